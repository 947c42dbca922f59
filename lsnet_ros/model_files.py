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
"""
Read and write a model folder: its card, its weights and its ONNX file.

``model.yaml`` is the card and holds the sha256 of the two others; ``weights.npz`` holds one array
for each parameter and is read without pickle; ``model.onnx`` is the network's ``core``.
"""

import contextlib
import hashlib
import io
import os
from pathlib import Path
from typing import Any, BinaryIO, Dict, Union
import zipfile
import zlib

import numpy as np
import yaml

from lsnet_ros.ament_prefix import installed
from lsnet_ros.files import replacing
from lsnet_ros.model_card import interpret, Model, ModelError, one_line, ONNX, WEIGHTS

CARD = 'model.yaml'
CHUNK = 1 << 20  # bytes read at a time for a checksum


def read_model(name_or_folder: Union[str, Path]) -> Model:
    """
    Read a model's card and verify the checksum of each of its files.

    :param name_or_folder: name of an installed model, or the path of a model folder
    :raises ModelError: if there is no such model, or a file of it is missing or changed, or the
        card is not a card
    """
    folder = _find(name_or_folder)
    model = _read_card(folder)
    for name in sorted(model.card['files']):
        with _opened(folder / name) as file:
            digest = hashlib.sha256()
            for chunk in iter(lambda: file.read(CHUNK), b''):
                digest.update(chunk)
        _compare(model, name, digest.hexdigest())
    return model


def read_verified(model: Model, name: str) -> bytes:
    """
    Return the bytes of one file of a model, the very ones whose checksum was right.

    :param name: 'weights.npz' or 'model.onnx'
    :raises ModelError: if the file is missing or is not the one that the card was written for
    """
    with _opened(model.folder / name) as file:
        content = file.read()
    _compare(model, name, hashlib.sha256(content).hexdigest())
    return content


def read_weights(model: Model) -> Dict[str, np.ndarray]:
    """
    Return a model's arrays by parameter name.

    :raises ModelError: if the file changed since the card was written, or is no archive of arrays
    """
    content = read_verified(model, WEIGHTS)
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (AttributeError, EOFError, OSError, ValueError, zipfile.BadZipFile,
            zlib.error) as error:
        raise ModelError('{} is not an archive of plain arrays ({}): write the model again'.format(
            model.folder / WEIGHTS, one_line(error))) from error


def onnx_path(model: Model) -> Path:
    """Return the path of a model's ONNX file."""
    return model.folder / ONNX


def write_model(folder: Union[str, Path], card: Dict[str, Any], weights: Dict[str, np.ndarray],
                onnx: bytes) -> Model:
    """
    Write a model folder; what was there before stays whole unless all of it can be written.

    All three files are on the disk beside their places before the first takes its place. Other
    files of the folder are left alone.

    :param card: the content of ``model.yaml`` but for ``files``, which is computed here
    :param weights: arrays by parameter name
    :param onnx: the network's core as an ONNX file
    :returns: the model, read back
    :raises ModelError: if the card is not one that ``read_model`` accepts
    :raises OSError: if a file cannot be written
    """
    folder = Path(folder)
    archive = io.BytesIO()
    np.savez(archive, **weights)
    contents = {WEIGHTS: archive.getvalue(), ONNX: onnx}
    card = dict(card, files={
        name: hashlib.sha256(content).hexdigest() for name, content in contents.items()})
    text = yaml.dump(card, Dumper=_CardDumper, default_flow_style=None, allow_unicode=True,
                     width=99)
    interpret(folder, yaml.safe_load(text))
    contents[CARD] = text.encode('utf-8')
    with contextlib.ExitStack() as stack:
        for name in (CARD, ONNX, WEIGHTS):  # left in the opposite order: the card comes last
            file = stack.enter_context(replacing(folder / name))
            file.write(contents[name])
            file.flush()
            os.fsync(file.fileno())
    return read_model(folder)


def list_models() -> Dict[str, Path]:
    """Return the folders of the models that a name can stand for, by name, sorted."""
    found: Dict[str, Path] = {}
    for root in installed('models'):
        for card in sorted(root.glob('*/' + CARD)):
            found.setdefault(card.parent.name, card.parent)
    return dict(sorted(found.items()))


def _find(name_or_folder: Union[str, Path]) -> Path:
    """Return the folder that a name or a path stands for; a name goes before a path."""
    known = list_models()
    if str(name_or_folder) in known:
        return known[str(name_or_folder)]
    folder = Path(name_or_folder)
    if (folder / CARD).is_file():
        return folder
    if folder.is_dir():
        raise ModelError('{} is not a model folder, it has no {}: give one that was written by '
                         '"lsnet export"'.format(folder, CARD))
    raise ModelError('model {!r} is not known: choose from {}, or give the path of a model '
                     'folder'.format(str(name_or_folder), ', '.join(known) or '(none installed)'))


def _read_card(folder: Path) -> Model:
    """Return the model that the card of a folder describes, its files not looked at."""
    with _opened(folder / CARD) as file:
        content = file.read()
    try:
        return interpret(folder, yaml.safe_load(content.decode('utf-8')))
    except ModelError as error:
        raise ModelError('{}: {}'.format(folder / CARD, error)) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ModelError('{} is not YAML ({}): install or export the model again'.format(
            folder / CARD, one_line(error))) from error


def _opened(path: Path) -> BinaryIO:
    """Open a file of a model for reading; what the system says becomes a ModelError."""
    try:
        return path.open('rb')
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
    """Writes mappings in their own order; PyYAML before 5.1 has no option for it."""


_CardDumper.add_representer(dict, lambda dumper, mapping: dumper.represent_mapping(
    'tag:yaml.org,2002:map', mapping.items()))
