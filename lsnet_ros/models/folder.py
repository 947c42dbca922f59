# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Read and write a model folder: its card, its weights and its ONNX files.

``model.yaml`` is the card and has the sha256 of the others; ``model.onnx`` is the network's
``core``, and ``model.int8.onnx``, if it was quantized, the same in 8-bit integers. ``weights.npz``
has one array for each parameter and is read without pickle; it is left out where ``model.onnx``
holds the same arrays, as that of a network without batch norms does.
"""

import hashlib
import io
from pathlib import Path
from typing import Any, BinaryIO, Dict, Union

import numpy as np
import yaml

from lsnet_ros.ament_prefix import installed
from lsnet_ros.errors import not_known
from lsnet_ros.files import expand_home
from lsnet_ros.limits.archives import read_arrays
from lsnet_ros.limits.bounds import FormatError, MODEL_FILE, TEXT_FILE
from lsnet_ros.limits.onnx_tensors import read_constants
from lsnet_ros.limits.onnx_wire import check_onnx
from lsnet_ros.limits.regular_files import open_regular
from lsnet_ros.limits.yaml_text import parse_yaml
from lsnet_ros.models.card import INT8, interpret, Model, ModelError, ONNX, WEIGHTS
from lsnet_ros.models.journal import finish_replacing, replace_files

CARD = 'model.yaml'
DEFAULT_MODEL = 'fpn-lite0-camvid'  # of the nodes and commands
FILES = (CARD, WEIGHTS, ONNX, INT8)
PARAMETER = 'network.'  # begins the names of parameters in an ONNX file of ours
CHUNK = 1 << 20  # bytes read at a time for a checksum


def read_model(name_or_folder: Union[str, Path]) -> Model:
    """
    Read a model's card and verify the checksum of each of its files.

    :param name_or_folder: name of an installed model, or the path of a model folder
    :raises ModelError: if there is no such model, its card is invalid, or a file of it is
        missing or changed
    """
    folder = _find(name_or_folder)
    model = _read_card(folder)
    for name in sorted(model.card['files']):
        with _open_file(folder / name, MODEL_FILE) as file:
            digest = hashlib.sha256()
            for chunk in iter(lambda: file.read(CHUNK), b''):
                digest.update(chunk)
        _compare(model, name, digest.hexdigest())
    return model


def read_verified(model: Model, name: str) -> bytes:
    """
    Return the bytes of one file of a model, after its checksum was verified.

    :param name: one of the files that the card lists
    :raises ModelError: if the file is missing or its checksum is not the card's
    """
    with _open_file(model.folder / name, MODEL_FILE) as file:
        content = file.read()
    _compare(model, name, hashlib.sha256(content).hexdigest())
    return content


def read_onnx(model: Model, name: str = ONNX) -> bytes:
    """
    Return an ONNX file of a model, which holds all its weights: a runtime needs no other file.

    :param name: one of ``ONNX_FILES``
    :raises ModelError: if it changed since the card was written, or keeps weights elsewhere
    """
    content = read_verified(model, name)
    try:
        check_onnx(content)
    except FormatError as error:
        raise ModelError('{} cannot be used: {}'.format(
            onnx_path(model, name), error)) from error
    return content


def read_weights(model: Model) -> Dict[str, np.ndarray]:
    """
    Return a model's arrays by parameter name.

    :raises ModelError: if the file changed since the card was written, or is not an archive of
        plain arrays
    """
    if WEIGHTS not in model.card['files']:
        return _read_onnx_parameters(model)
    content = read_verified(model, WEIGHTS)
    try:
        return read_arrays(content)
    except FormatError as error:
        raise ModelError('{} is not an archive of plain arrays ({}): write the model again'.format(
            model.folder / WEIGHTS, error)) from error


def onnx_path(model: Model, name: str = ONNX) -> Path:
    """Return the path of an ONNX file of a model."""
    return model.folder / name


def write_model(folder: Union[str, Path], card: Dict[str, Any], weights: Dict[str, np.ndarray],
                onnx: bytes) -> Model:
    """
    Write a model folder; an older model in it stays whole unless all files can be written.

    A write that was killed is ended by the next ``read_model``. Other files of the folder are not
    touched.

    :param card: the content of ``model.yaml`` without ``files``, which is computed here
    :param weights: arrays by parameter name; no file of them is written if ``onnx`` holds them
    :param onnx: the network's core as an ONNX file
    :returns: the model, read back
    :raises ModelError: if ``read_model`` would not accept the card
    :raises OSError: if a file cannot be written
    """
    folder = Path(folder)
    contents = {ONNX: onnx}
    if not _has_parameters(onnx, weights):
        archive = io.BytesIO()
        arrays: Dict[str, Any] = dict(weights)
        np.savez(archive, **arrays)
        contents[WEIGHTS] = archive.getvalue()
    card = {key: value for key, value in card.items() if key != 'int8'}  # of another ONNX file
    return _write(folder, card, {}, contents)


def _read_onnx_parameters(model: Model) -> Dict[str, np.ndarray]:
    """Return the parameters in a model's ONNX file, or raise a ModelError."""
    try:
        return _read_parameters(read_onnx(model))
    except FormatError as error:
        raise ModelError('{} has no readable weights ({}): write the model again'.format(
            onnx_path(model), error)) from error


def _read_parameters(onnx: bytes) -> Dict[str, np.ndarray]:
    """Return the arrays of an ONNX file that are a network's parameters, by parameter name."""
    return {name[len(PARAMETER):]: array for name, array in read_constants(onnx).items()
            if name.startswith(PARAMETER)}


def _has_parameters(onnx: bytes, weights: Dict[str, np.ndarray]) -> bool:
    """Tell whether an ONNX file holds the same arrays as ``weights``, and no other parameters."""
    try:
        held = _read_parameters(onnx)
    except FormatError:  # which the readers of the file refuse with its reason
        return False
    return bool(held) and held.keys() == weights.keys() and all(
        (array.dtype, array.shape, array.tobytes()) == (
            held[name].dtype, held[name].shape, held[name].tobytes())
        for name, array in weights.items())


def add_int8(model: Model, onnx: bytes, about: Dict[str, Any]) -> Model:
    """
    Add an ONNX file in 8-bit integers to a model folder, in place of an older one.

    :param about: section ``int8`` of the card: how the file was made, and how good it is
    :returns: the model, read back
    :raises OSError: if a file cannot be written; the model stays as it was
    """
    card = {key: value for key, value in model.card.items() if key != 'files'}
    return _write(model.folder, dict(card, int8=about), model.card['files'], {INT8: onnx})


def _write(folder: Path, card: Dict[str, Any], kept: Dict[str, str],
           contents: Dict[str, bytes]) -> Model:
    """
    Write files and a card that lists them and the files kept; returns the model, read back.

    :param kept: sha256 of the files that stay as they are, by name
    """
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    card = dict(card, files=dict(kept, **digests))
    text = yaml.dump(card, Dumper=_CardDumper, default_flow_style=None, allow_unicode=True,
                     width=99)
    interpret(folder, parse_yaml(text))
    contents = dict(contents, **{CARD: text.encode('utf-8')})
    replace_files(expand_home(folder), {
        name: contents[name] for name in FILES if name in contents})
    return read_model(folder)


def list_models() -> Dict[str, Path]:
    """Return the folders of the installed models by name, sorted."""
    found: Dict[str, Path] = {}
    for root in installed('models'):
        for card in sorted(root.glob('*/' + CARD)):
            found.setdefault(card.parent.name, card.parent)
    return dict(sorted(found.items()))


def _find(name_or_folder: Union[str, Path]) -> Path:
    """Return the folder of an installed model or of a path; an installed model goes first."""
    known = list_models()
    if str(name_or_folder) in known:
        return known[str(name_or_folder)]
    folder = expand_home(name_or_folder)
    _finish_writing(folder)
    if (folder / CARD).is_file():
        return folder
    if folder.is_dir():
        raise ModelError('{} is not a model folder, it has no {}: give one that "lsnet export" '
                         'wrote'.format(folder, CARD))
    raise ModelError('{}: choose from {}, or give the path of a model folder'.format(
        not_known('model', str(name_or_folder), known), ', '.join(known) or '(none installed)'))


def _finish_writing(folder: Path) -> None:
    """Give the files of a write that was killed their names."""
    try:
        finish_replacing(folder, FILES)
    except OSError as error:
        raise ModelError('{} was written while the program was killed, and its new files cannot '
                         'be renamed ({}): make the folder writable'.format(
                             folder, error.strerror)) from error


def _read_card(folder: Path) -> Model:
    """Return the model that the card of a folder describes; its other files are not read."""
    with _open_file(folder / CARD, TEXT_FILE) as file:
        content = file.read()
    try:
        return interpret(folder, parse_yaml(content))
    except ModelError as error:
        raise ModelError('{}: {}'.format(folder / CARD, error)) from error
    except FormatError as error:
        raise ModelError('{} cannot be read ({}): install or export the model again'.format(
            folder / CARD, error)) from error


def _open_file(path: Path, most: int) -> BinaryIO:
    """Open a file of a model for reading; an OSError becomes a ModelError."""
    try:
        return open_regular(path, most)
    except OSError as error:
        raise ModelError('{} cannot be read ({}): install or export the model again'.format(
            path, error.strerror or error)) from error


def _compare(model: Model, name: str, digest: str) -> None:
    """Raise a ModelError unless ``digest`` is the sha256 that the card gives for the file."""
    if digest != model.card['files'][name]:
        raise ModelError('{} is torn or was changed (sha256 {}..., its card says {}...): install '
                         'or export the model again'.format(
                             model.folder / name, digest[:12], model.card['files'][name][:12]))


class _CardDumper(yaml.SafeDumper):
    """Dumps mappings in their own order; PyYAML before 5.1 has no option for it."""


_CardDumper.add_representer(dict, lambda dumper, mapping: dumper.represent_mapping(
    'tag:yaml.org,2002:map', mapping.items()))
