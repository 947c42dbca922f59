# Copyright 2026 The lsnet_ros authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.
"""What the card of a model folder, ``model.yaml``, has to say, and what it means."""

from pathlib import Path
from typing import Any, Dict, NamedTuple

from lsnet_ros.errors import LsnetError
from lsnet_ros.labels import check_palette, LABEL_SETS, LabelClass, LabelError, LabelSet
from lsnet_ros.preprocessing import InputSpec

WEIGHTS, ONNX = 'weights.npz', 'model.onnx'
HEX_DIGITS = frozenset('0123456789abcdef')
TYPE_NAMES = {str: 'text', int: 'a whole number', dict: 'a mapping', list: 'a list'}
KEYS = {'name': str, 'network': str, 'config': dict, 'label_set': str, 'classes': list,
        'input': dict, 'training': dict, 'metrics': dict, 'files': dict}
INPUT_KEYS = {'height': int, 'width': int, 'sizes': list, 'mean': list, 'std': list}
LARGEST = 10 ** 9  # of any number on a card; not-a-number and infinity fail the comparison too


class ModelError(LsnetError, ValueError):
    """A model folder is missing, torn, or does not agree with itself."""


class Model(NamedTuple):
    """What the card of a model folder says."""

    folder: Path
    name: str
    network: str               # a name in networks.NETWORKS
    config: Dict[str, Any]     # what build_network takes besides, num_classes among it
    label_set: LabelSet
    spec: InputSpec
    card: Dict[str, Any]       # the whole of model.yaml


def interpret(folder: Path, card: Any) -> Model:
    """
    Return the model that a card describes; its files are not looked at.

    :param card: what YAML made of ``model.yaml``
    :raises ModelError: if a key is missing or its value cannot be meant; the text names the key
    """
    if not isinstance(card, dict):
        raise ModelError('found {}, expected keys such as name and network'.format(
            one_line(repr(card))))
    _check_keys(card, '', KEYS)
    _check_files(card['files'])
    label_set = _label_set(card)
    _check_keys(card['config'], 'config.', {'num_classes': int})
    if card['config']['num_classes'] != label_set.num_classes:
        raise ModelError('config.num_classes is {}, but {} classes are listed'.format(
            card['config']['num_classes'], label_set.num_classes))
    if not all(isinstance(key, str) for key in card['config']):
        raise ModelError('the keys of config are not all names')
    return Model(folder, card['name'], card['network'], card['config'], label_set,
                 _input_spec(card['input']), card)


def one_line(text: object, limit: int = 120) -> str:
    """Return the words of a text on one line, cut after ``limit`` characters."""
    words = ' '.join(str(text).split())
    return words if len(words) <= limit else words[:limit] + '...'


def _check_keys(mapping: Dict[str, Any], prefix: str, types: Dict[str, type]) -> None:
    """Raise a ModelError unless each key is there with a value of its type."""
    for key, expected in types.items():
        if key not in mapping:
            raise ModelError('the key {}{} is missing'.format(prefix, key))
        value = mapping[key]
        if not isinstance(value, expected) or isinstance(value, bool):
            raise ModelError('{}{} is {}, expected {}'.format(
                prefix, key, one_line(repr(value)), TYPE_NAMES[expected]))


def _check_files(files: Dict[Any, Any]) -> None:
    """Raise a ModelError unless the names stay in the folder and the checksums are sha256."""
    for name, digest in files.items():
        if not isinstance(name, str) or name in ('', '.', '..') or set(name) & set('/\\\0'):
            raise ModelError('files names {}, which is not a file of the folder itself'.format(
                one_line(repr(name))))
        if not isinstance(digest, str) or len(digest) != 64 or set(digest) - HEX_DIGITS:
            raise ModelError('files.{} is not a sha256 of 64 hexadecimal digits'.format(name))
    for name in (WEIGHTS, ONNX):
        if name not in files:
            raise ModelError('the key files.{} is missing'.format(name))


def _label_set(card: Dict[str, Any]) -> LabelSet:
    """
    Return the label set of a card.

    A set that is not one of ours is what the card lists; one of ours has to be listed right.
    """
    listed = []
    for index, entry in enumerate(card['classes']):
        prefix = 'classes[{}].'.format(index)
        if not isinstance(entry, dict):
            raise ModelError('{} is not a mapping of name and color'.format(prefix[:-1]))
        _check_keys(entry, prefix, {'name': str, 'color': list})
        color = _numbers(entry['color'], prefix + 'color', 3, int)
        listed.append(LabelClass(entry['name'], index, index, tuple(color)))
    own = LabelSet(card['label_set'], tuple(listed))
    try:
        check_palette(own)
    except LabelError as error:
        raise ModelError('classes are wrong: {}'.format(error)) from error
    known = LABEL_SETS.get(own.name, own)
    if [(c.name, c.color) for c in own.classes] != [(c.name, c.color) for c in known.classes]:
        raise ModelError('the {} classes listed are not the {} classes of label set {!r}'.format(
            own.num_classes, known.num_classes, known.name))
    return known


def _input_spec(entry: Dict[str, Any]) -> InputSpec:
    """Return the input that a card describes."""
    _check_keys(entry, 'input.', INPUT_KEYS)
    if not entry['sizes']:
        raise ModelError('input.sizes is empty, expected a [height, width] for each path')
    sizes = tuple(tuple(_numbers(size, 'input.sizes', 2, int)) for size in entry['sizes'])
    if min([entry['height'], entry['width']] + [side for size in sizes for side in size]) < 1:
        raise ModelError('input has a size of 0 or less, expected pixels')
    mean = tuple(_numbers(entry['mean'], 'input.mean', 3, float))
    std = tuple(_numbers(entry['std'], 'input.std', 3, float))
    if min(std) <= 0:
        raise ModelError('input.std is {}, expected values above 0'.format(list(std)))
    return InputSpec(entry['height'], entry['width'], sizes, mean, std)


def _numbers(value: Any, key: str, count: int, kind: type) -> list:
    """Return a list of ``count`` finite numbers as ``kind``, or raise a ModelError."""
    accepted = int if kind is int else (int, float)
    if (not isinstance(value, list) or len(value) != count
            or not all(isinstance(item, accepted) and not isinstance(item, bool)
                       and abs(item) < LARGEST for item in value)):
        raise ModelError('{} is {}, expected a list of {} {}'.format(
            key, one_line(repr(value)), count, 'whole numbers' if kind is int else 'numbers'))
    return [kind(item) for item in value]
