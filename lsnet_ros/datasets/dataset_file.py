# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``dataset.yaml``: the classes, files and splits of one's own labelled frames."""

from pathlib import Path
from typing import Any, Dict, List, Mapping, NamedTuple, Sequence, Tuple, Union

from lsnet_ros.datasets.file_patterns import Pattern
from lsnet_ros.datasets.labelled_files import DatasetError
from lsnet_ros.datasets.splits import Folders, read_splits, Splits
from lsnet_ros.errors import one_line
from lsnet_ros.labels.label_sets import (
    Color,
    IGNORE_INDEX,
    LabelError,
    LabelSet,
    own_label_set,
)
from lsnet_ros.limits.bounds import FormatError, TEXT_FILE
from lsnet_ros.limits.regular_files import read_bytes
from lsnet_ros.limits.yaml_text import parse_yaml

NAME = 'dataset.yaml'

Value = Union[int, Color]  # of a pixel of a label file


class DatasetFile(NamedTuple):
    """What a ``dataset.yaml`` describes."""

    folder: Path
    label_set: LabelSet
    train_ids: Dict[Value, int]      # by value of the label files; 255 for those of no class
    has_colors: bool                 # the label files hold colours, not indices
    images: Tuple[Pattern, ...]
    targets: Tuple[Pattern, ...]
    splits: Splits


def read_dataset_file(path: Path) -> DatasetFile:
    """
    Read the description of a dataset.

    :param path: of a folder with a ``dataset.yaml``, or of such a file
    :raises DatasetError: if there is none, or a key of it is unknown, missing or invalid
    """
    file = path / NAME if path.is_dir() else path
    try:
        fields = parse_yaml(read_bytes(file, TEXT_FILE))
    except OSError as error:
        raise DatasetError('{}: cannot be opened: {}'.format(file, error.strerror)) from error
    except FormatError as error:
        raise DatasetError('{}: {}'.format(file, error)) from error
    try:
        return _interpret(file.parent.resolve(), fields)
    except (DatasetError, LabelError) as error:
        raise DatasetError('{}: {}'.format(file, error)) from error


def _interpret(folder: Path, fields: Any) -> DatasetFile:
    """Return the description in the parsed fields."""
    if not isinstance(fields, dict):
        raise DatasetError('found {}, expected keys such as classes, images and targets'.format(
            one_line(repr(fields))))
    for key in fields:
        if key not in KEYS:
            raise DatasetError('unknown key {}: the keys are {}'.format(
                one_line(repr(key)), ', '.join(KEYS)))
    for key in ('classes', 'images', 'targets'):
        if key not in fields:
            raise DatasetError('the key {} is missing'.format(key))
    values = dict(dict(DEFAULTS, name=folder.name), **fields)
    has_colors = _choose(values['labels'], 'labels', {'ids': False, 'colors': True})
    entries = _read_classes(values['classes'])
    images, targets = (_read_patterns(values[key], key) for key in ('images', 'targets'))
    splits = read_splits(values['splits'], folder)
    _check_patterns(images, targets, isinstance(splits, Folders))
    return DatasetFile(folder, _read_label_set(values['name'], entries),
                       _read_train_ids(entries, values['ignore'], has_colors), has_colors,
                       images, targets, splits)


def read_class_list(path: Path) -> LabelSet:
    """
    Read the classes of a network: a YAML list of names, or of name and color, or its ``classes``.

    A text file with one name in each line does too.

    :returns: a label set with the name of the file
    :raises DatasetError: if the file is missing or the classes are wrong
    :raises LabelError: if two classes share a name or a colour
    """
    try:
        text = read_bytes(path, TEXT_FILE).decode('utf-8')
        content = parse_yaml(text)
    except (OSError, ValueError) as error:
        raise DatasetError('{} cannot be read as a list of classes ({})'.format(
            path, one_line(error))) from error
    if isinstance(content, str):
        content = [line.strip() for line in text.splitlines() if line.strip()]
    if isinstance(content, dict):
        content = content.get('classes')
    try:
        return _read_label_set(path.stem, _read_classes(content))
    except DatasetError as error:
        raise DatasetError('{}: {}'.format(path, error)) from error


KEYS = ('name', 'classes', 'ignore', 'labels', 'images', 'targets', 'splits')
DEFAULTS = {'ignore': [], 'labels': 'ids', 'splits': 'folders'}


def _choose(value: Any, key: str, choices: Mapping[str, Any]) -> Any:
    """Return the meaning of a word."""
    if not isinstance(value, str) or value not in choices:
        raise DatasetError('{} is {}: choose {}'.format(
            key, one_line(repr(value)), ' or '.join(choices)))
    return choices[value]


def _read_classes(value: Any) -> List[Dict[str, Any]]:
    """Return the classes, each with name, color and ids."""
    if not isinstance(value, list) or not 1 < len(value) <= IGNORE_INDEX:
        raise DatasetError('classes: expected a list of 2 to {} classes, such as '
                           '"- {{name: road, color: [128, 64, 128]}}"'.format(IGNORE_INDEX))
    return [_read_class(index, entry) for index, entry in enumerate(value)]


def _read_class(index: int, entry: Any) -> Dict[str, Any]:
    """Return one class with all its keys."""
    if isinstance(entry, str):
        entry = {'name': entry}
    prefix = 'classes[{}]'.format(index)
    if not isinstance(entry, dict) or not isinstance(entry.get('name'), str) or not entry['name']:
        raise DatasetError('{} is {}: expected a name, and if wanted color and ids'.format(
            prefix, one_line(repr(entry))))
    for key in entry:
        if key not in ('name', 'color', 'ids'):
            raise DatasetError('{}: unknown key {}: the keys are name, color, ids'.format(
                prefix, one_line(repr(key))))
    color = _read_color(entry.get('color', default_color(index)), prefix + '.color')
    ids = entry.get('ids', index)
    return {'name': entry['name'], 'color': color, 'has_ids': 'ids' in entry,
            'ids': ids if isinstance(ids, list) and ids else [ids]}


def default_color(index: int) -> List[int]:
    """Return the colour of a class that has none: those of Pascal VOC, from the second on."""
    color, bits = [0, 0, 0], index + 1
    for place in range(7, -1, -1):
        for channel in range(3):
            color[channel] |= (bits >> channel & 1) << place
        bits >>= 3
    return color


def _read_color(value: Any, key: str) -> Color:
    """Return an RGB colour."""
    if (not isinstance(value, (list, tuple)) or len(value) != 3
            or not all(_is_byte(part) for part in value)):
        raise DatasetError('{} is {}: expected three values of 0 to 255'.format(
            key, one_line(repr(value))))
    return (value[0], value[1], value[2])


def _is_byte(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 255


def _read_label_set(name: Any, entries: Sequence[Dict[str, Any]]) -> LabelSet:
    """Return the label set."""
    if not isinstance(name, str) or not name:
        raise DatasetError('name is {}: expected a word'.format(one_line(repr(name))))
    return own_label_set(name, [(entry['name'], entry['color']) for entry in entries])


def _read_train_ids(entries: Sequence[Dict[str, Any]], ignored: Any,
                    has_colors: bool) -> Dict[Value, int]:
    """Return the train id of each value that a label file may hold."""
    if not isinstance(ignored, list):
        ignored = [ignored]
    found: Dict[Value, int] = {}
    for train_id, entry in enumerate(entries):
        listed = entry['ids'] if entry['has_ids'] or not has_colors else [list(entry['color'])]
        for value in listed:
            _add(found, _read_value(value, 'classes[{}].ids'.format(train_id), has_colors),
                 train_id)
    for value in ignored:
        _add(found, _read_value(value, 'ignore', has_colors), IGNORE_INDEX)
    if not has_colors:
        found.setdefault(IGNORE_INDEX, IGNORE_INDEX)
    return found


def _read_value(value: Any, key: str, has_colors: bool) -> Value:
    """Return a value of the label files: an index, or a colour."""
    if has_colors:
        return _read_color(value, key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 65535:
        raise DatasetError('{} is {}: expected whole numbers of 0 to 65535'.format(
            key, one_line(repr(value))))
    return value


def _add(found: Dict[Value, int], value: Value, train_id: int) -> None:
    """Note the class of a value; raise a DatasetError if it has another already."""
    if found.setdefault(value, train_id) != train_id:
        raise DatasetError('the value {} stands for two classes (or one and ignore): give it to '
                           'one alone'.format(value))


def _read_patterns(value: Any, key: str) -> Tuple[Pattern, ...]:
    """Return one or several patterns."""
    texts = value if isinstance(value, list) else [value]
    for text in texts:
        if not isinstance(text, str) or not text:
            raise DatasetError('{} is {}: expected a pattern such as '
                               'images/{{split}}/*.jpg'.format(key, one_line(repr(value))))
        if text.startswith('/') or '..' in text.split('/'):
            raise DatasetError('{} is {!r}: expected a pattern below the folder of {}'.format(
                key, text, NAME))
    return tuple(Pattern(text) for text in texts)


def _check_patterns(images: Sequence[Pattern], targets: Sequence[Pattern],
                    by_folders: bool) -> None:
    """Raise a DatasetError if the patterns of frames and targets do not belong together."""
    if len(images) != len(targets):
        raise DatasetError('there are {} patterns of images and {} of targets: give one of '
                           'targets for each of images'.format(len(images), len(targets)))
    for image, target in zip(images, targets):
        if image.text == target.text:
            raise DatasetError('images and targets are both {!r}: give each its own '
                               'pattern'.format(image.text))
        if image.wildcards != target.wildcards:
            raise DatasetError('{!r} and {!r} have different wildcards: the text of each * of a '
                               'frame is that of its target'.format(image.text, target.text))
        if image.has_split != target.has_split or image.has_split < by_folders:
            raise DatasetError('{!r} and {!r} do not both have {{split}}: splits by folders need '
                               'it in both, "splits: {{val: 0.2}}" draws some instead'.format(
                                   image.text, target.text))
