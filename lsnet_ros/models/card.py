# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The card of a model folder, ``model.yaml``: its keys, their checks, the model described."""

from pathlib import Path
from typing import Any, Dict, Mapping, NamedTuple

from lsnet_ros.errors import LsnetError, one_line, visible
from lsnet_ros.labels import IGNORE_INDEX
from lsnet_ros.labels.label_sets import LabelError, LabelSet, own_label_set
from lsnet_ros.limits.bounds import check_most, FormatError, PATHS, PIXELS
from lsnet_ros.stages.preprocessing import InputSpec

ONNX = 'model.onnx'
WEIGHTS = 'weights.npz'               # left out where the ONNX file holds the same arrays
INT8 = 'model.int8.onnx'              # the same network in 8-bit integers, if it was quantized
ONNX_FILES = {'fp32': ONNX, 'int8': INT8}
FOREIGN = 'onnx'                     # as network: the ONNX file of others, without weights of ours
INPUT_NAME = 'image_{}'              # of the ONNX file, with the number of the input size
OUTPUT_NAMES = ('logits', 'offset')  # of the ONNX file, the second if the network has an offset
HEX_DIGITS = frozenset('0123456789abcdef')
TYPE_NAMES = {str: 'text', int: 'a whole number', dict: 'a mapping', list: 'a list'}
KEYS: Dict[str, type] = {
    'name': str, 'network': str, 'config': dict, 'label_set': str, 'classes': list,
    'input': dict, 'training': dict, 'metrics': dict, 'files': dict}
INPUT_KEYS: Dict[str, type] = {
    'height': int, 'width': int, 'sizes': list, 'mean': list, 'std': list}
LARGEST = 10 ** 9  # of any number on a card; not-a-number and infinity fail the comparison too
TEMPERATURES = (0.05, 20.0)  # lowest and highest of a calibration


class ModelError(LsnetError, ValueError):
    """A model folder is missing, torn, or contradicts itself."""


class Model(NamedTuple):
    """A model as its card describes it."""

    folder: Path
    name: str
    network: str               # a name in networks.NETWORKS, or FOREIGN
    config: Dict[str, Any]     # further arguments of build_network, with num_classes
    label_set: LabelSet
    spec: InputSpec
    card: Dict[str, Any]       # the whole of model.yaml
    temperature: float = 1.0   # that confidences are calibrated by

    @property
    def is_quantized(self) -> bool:
        """Whether it has an ONNX file in 8-bit integers."""
        return INT8 in self.card['files']


def interpret(folder: Path, card: Any) -> Model:
    """
    Return the model that a card describes; its files are not read.

    :param card: content of ``model.yaml``, parsed
    :raises ModelError: if a key is missing or its value is invalid; the text names the key
    """
    if not isinstance(card, dict):
        raise ModelError('found {}, expected keys such as name and network'.format(
            one_line(repr(card))))
    _check_keys(card, '', KEYS)
    for key in ('name', 'network'):
        if visible(card[key]) != card[key]:
            raise ModelError('{} is {!r}, expected no control characters'.format(key, card[key]))
    _check_files(card['files'])
    label_set = _label_set(card)
    _check_keys(card['config'], 'config.', {'num_classes': int})
    if card['config']['num_classes'] != label_set.num_classes:
        raise ModelError('config.num_classes is {}, but {} classes are listed'.format(
            card['config']['num_classes'], label_set.num_classes))
    if not all(isinstance(key, str) for key in card['config']):
        raise ModelError('the keys of config are not all names')
    return Model(folder, card['name'], card['network'], card['config'], label_set,
                 _input_spec(card['input']), card, _temperature(card))


def _check_keys(mapping: Dict[str, Any], prefix: str, types: Mapping[str, type]) -> None:
    """Raise a ModelError unless each key has a value of its type."""
    for key, expected in types.items():
        if key not in mapping:
            raise ModelError('the key {}{} is missing'.format(prefix, key))
        value = mapping[key]
        if not isinstance(value, expected) or isinstance(value, bool):
            raise ModelError('{}{} is {}, expected {}'.format(
                prefix, key, one_line(repr(value)), TYPE_NAMES[expected]))


def _check_bound(name: str, found: int, most: int) -> None:
    """Raise a ModelError if a number is above its bound."""
    try:
        check_most(name, found, most)
    except FormatError as error:
        raise ModelError(str(error)) from error


def _check_files(files: Dict[Any, Any]) -> None:
    """Raise a ModelError unless the names stay in the folder and the checksums are sha256."""
    for name, digest in files.items():
        if not isinstance(name, str) or name in ('', '.', '..') or set(name) & set('/\\\0'):
            raise ModelError('files names {}, which is not a file of the folder itself'.format(
                one_line(repr(name))))
        if not isinstance(digest, str) or len(digest) != 64 or set(digest) - HEX_DIGITS:
            raise ModelError('files.{} is not a sha256 of 64 hexadecimal digits'.format(
                one_line(name)))
    if ONNX not in files:
        raise ModelError('the key files.{} is missing'.format(ONNX))


def _label_set(card: Dict[str, Any]) -> LabelSet:
    """
    Return the label set of a card.

    A name of ``LABEL_SETS`` has to list that set's classes; any other name, its own.
    """
    listed = []
    _check_bound('the number of classes', len(card['classes']), IGNORE_INDEX)
    for index, entry in enumerate(card['classes']):
        prefix = 'classes[{}].'.format(index)
        if not isinstance(entry, dict):
            raise ModelError('{} is not a mapping of name and color'.format(prefix[:-1]))
        _check_keys(entry, prefix, {'name': str, 'color': list})
        listed.append((entry['name'], tuple(_numbers(entry['color'], prefix + 'color', 3, int))))
    try:
        return own_label_set(card['label_set'], listed)
    except LabelError as error:
        raise ModelError('classes are wrong: {}'.format(error)) from error


def _input_spec(entry: Dict[str, Any]) -> InputSpec:
    """Return the input that a card describes."""
    _check_keys(entry, 'input.', INPUT_KEYS)
    if not entry['sizes']:
        raise ModelError('input.sizes is empty, expected a [height, width] for each path')
    _check_bound('the number of input.sizes', len(entry['sizes']), PATHS)
    sizes = tuple(tuple(_numbers(size, 'input.sizes', 2, int)) for size in entry['sizes'])
    if min([entry['height'], entry['width']] + [side for size in sizes for side in size]) < 1:
        raise ModelError('input has a size of 0 or less, expected pixels')
    for height, width in sizes + ((entry['height'], entry['width']),):
        _check_bound('the number of pixels of the input', height * width, PIXELS)
    mean = tuple(_numbers(entry['mean'], 'input.mean', 3, float))
    std = tuple(_numbers(entry['std'], 'input.std', 3, float))
    if min(std) <= 0:
        raise ModelError('input.std is {}, expected values above 0'.format(list(std)))
    return InputSpec(entry['height'], entry['width'], sizes, mean, std)


def _temperature(card: Dict[str, Any]) -> float:
    """Return the temperature of a card's calibration, 1 for a model without one."""
    calibration = card.get('calibration', {})
    if not isinstance(calibration, dict):
        raise ModelError('calibration is {}, expected a mapping'.format(
            one_line(repr(calibration))))
    value = calibration.get('temperature', 1.0)
    low, high = TEMPERATURES
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not low <= value <= high:
        raise ModelError('calibration.temperature is {}, expected a number of {} to {}'.format(
            one_line(repr(value)), low, high))
    return float(value)


def _numbers(value: Any, key: str, count: int, kind: type) -> list:
    """Return a list of ``count`` finite numbers as ``kind``, or raise a ModelError."""
    accepted = int if kind is int else (int, float)
    if (not isinstance(value, list) or len(value) != count
            or not all(isinstance(item, accepted) and not isinstance(item, bool)
                       and abs(item) < LARGEST for item in value)):
        raise ModelError('{} is {}, expected a list of {} {}'.format(
            key, one_line(repr(value)), count, 'whole numbers' if kind is int else 'numbers'))
    return [kind(item) for item in value]
