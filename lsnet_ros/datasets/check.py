# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""A look at all files of one's own data, before hours of training are spent on them."""

from collections import Counter
import hashlib
import multiprocessing
from pathlib import Path
from typing import Callable, Dict, Iterable, List, NamedTuple, Optional, Tuple
from typing import Counter as Counts

import numpy as np

from lsnet_ros.board.machine import available_cores
from lsnet_ros.datasets.dataset_file import DatasetFile, read_dataset_file
from lsnet_ros.datasets.labelled_files import DatasetError
from lsnet_ros.datasets.own_data import (
    describe_unknown,
    divide,
    find_pairs,
    LabelDecoder,
    Pair,
)
from lsnet_ros.frames.image_files import decode_rgb, ImageError
from lsnet_ros.frames.label_files import read_label_values
from lsnet_ros.labels.label_sets import IGNORE_INDEX
from lsnet_ros.limits.bounds import IMAGE_FILE
from lsnet_ros.limits.regular_files import read_bytes

Progress = Callable[[Iterable, int, str], Iterable]  # (items, their number, their unit)
Size = Tuple[int, int]                               # (width, height), px

UPRIGHT = (0, 1)       # EXIF orientations of a picture that is shown as it is stored
EXIF_ORIENTATION = 0x112


class SplitReport(NamedTuple):
    """What the files of a split hold."""

    frames: int
    sizes: Dict[Size, int]        # frames of each size
    pixels: List[int]             # of each class
    frames_with: List[int]        # frames of each class
    ignored: int                  # pixels of no class


class DatasetReport(NamedTuple):
    """What a dataset holds, and all that is wrong with it."""

    class_names: List[str]
    splits: Dict[str, SplitReport]
    faults: List[str]     # training would be wrong
    remarks: List[str]    # worth knowing


class _Look(NamedTuple):
    """What was found out about one frame."""

    size: Optional[Size]
    digest: str                  # of the frame's file
    pixels: Dict[int, int]       # by train id
    values: Tuple[int, ...]      # smallest and largest label value, if there are indices
    faults: List[str]


def check_dataset(path: Path, progress: Progress) -> DatasetReport:
    """
    Read every file of a dataset and report all faults, not the first alone.

    :param path: folder with a ``dataset.yaml``, or that file
    :raises DatasetError: if the description is invalid, or there are no frames
    """
    file = read_dataset_file(path)
    pairs = find_pairs(file)
    splits = divide(file, pairs)
    looks = _look_at_all(file, sorted({pair for split in splits.values() for pair in split}),
                         progress)
    reports = {name: _summarise(file, [looks[pair] for pair in split])
               for name, split in sorted(splits.items())}
    faults = [fault for pair in sorted(looks) for fault in looks[pair].faults]
    faults += _find_leaks(splits, looks) + _find_binary_masks(file, looks)
    return DatasetReport(file.label_set.class_names, reports, faults,
                         _find_absent_classes(file, reports) + _find_unpaired(file, pairs))


def require_sound(path: Path, progress: Progress) -> None:
    """
    Raise a DatasetError if a dataset of one's own has faults.

    :param path: folder with a ``dataset.yaml``, or that file
    """
    faults = check_dataset(path, progress).faults
    if faults:
        raise DatasetError('{} has {} faults, such as {} ("lsnet dataset {}" names all)'.format(
            path, len(faults), faults[0], path))


def _look_at_all(file: DatasetFile, pairs: List[Pair], progress: Progress) -> Dict[Pair, _Look]:
    """Look at each frame, in a process for each processor."""
    with multiprocessing.get_context('spawn').Pool(
            available_cores(), _prepare, (file,)) as pool:
        found = progress(pool.imap(_look_at, pairs, chunksize=8), len(pairs), 'frames')
        return dict(zip(pairs, found))


_worker: Dict[str, LabelDecoder] = {}  # of a process of the pool


def _prepare(file: DatasetFile) -> None:
    """Make the tables that a process of the pool needs for each frame."""
    _worker['decoder'] = LabelDecoder(file)


def _look_at(pair: Pair) -> _Look:
    """Read the files of one frame; their content never raises."""
    faults: List[str] = []
    shape, digest = _look_at_frame(pair.frame, faults)
    pixels: Dict[int, int] = {}
    values: Tuple[int, ...] = ()
    if pair.target is None:
        faults.append('{}: has no target: label it, or remove the frame'.format(pair.frame))
    else:
        try:
            stored = read_label_values(pair.target)
            target, unknown = _worker['decoder'].decode(stored)
        except (DatasetError, ImageError, OSError) as error:
            faults.append('{}: {}'.format(pair.target, error))
        else:
            if shape is not None and target.shape != shape:
                faults.append('{}: is {}x{} (width x height), its frame is {}x{}: export it at '
                              'the size of the frame'.format(pair.target, *target.shape[::-1],
                                                         *shape[::-1]))
            if unknown:
                faults.append('{}: {}'.format(pair.target, describe_unknown(unknown)))
            counts = np.bincount(target.ravel(), minlength=256)
            pixels = {int(train_id): int(counts[train_id]) for train_id in counts.nonzero()[0]}
            if stored.ndim == 2:
                values = tuple(int(value) for value in np.unique(stored)[:3])
    return _Look(None if shape is None else (shape[1], shape[0]), digest, pixels, values, faults)


def _look_at_frame(path: Path, faults: List[str]) -> Tuple[Optional[Size], str]:
    """Return (height, width) and checksum of a frame; note its faults."""
    try:
        data = read_bytes(path, IMAGE_FILE)
        image = decode_rgb(data)
    except (ImageError, OSError) as error:
        faults.append('{}: {}'.format(path, error))
        return None, ''
    orientation = _read_orientation(path)
    if orientation not in UPRIGHT:
        faults.append('{}: is shown turned or mirrored (EXIF orientation {}), but its target '
                      'belongs to the pixels as stored: turn the pixels and remove the tag'.format(
                          path, orientation))
    return image.shape[:2], hashlib.sha256(data).hexdigest()


def _read_orientation(path: Path) -> int:
    """Return the EXIF orientation of an image file, 0 if there is none."""
    from PIL import Image
    try:
        with Image.open(str(path)) as image:
            return int(image.getexif().get(EXIF_ORIENTATION, 0))
    except Exception:  # whatever a malformed EXIF block raises: the picture itself was decoded
        return 0


def _summarise(file: DatasetFile, looks: List[_Look]) -> SplitReport:
    """Return the sums over the frames of a split."""
    count = file.label_set.num_classes
    sizes: Counts[Size] = Counter(look.size for look in looks if look.size is not None)
    return SplitReport(
        len(looks), dict(sizes.most_common()),
        [sum(look.pixels.get(train_id, 0) for look in looks) for train_id in range(count)],
        [sum(train_id in look.pixels for look in looks) for train_id in range(count)],
        sum(look.pixels.get(IGNORE_INDEX, 0) for look in looks))


def _find_leaks(splits: Dict[str, List[Pair]], looks: Dict[Pair, _Look]) -> List[str]:
    """Return the frames that are in two splits, by their content."""
    seen: Dict[str, Tuple[str, Path]] = {}
    faults = []
    for name, split in sorted(splits.items(), reverse=True):  # val before train
        for pair in split:
            digest = looks[pair].digest
            other, path = seen.setdefault(digest, (name, pair.frame))
            if digest and other != name:
                faults.append('{}: is in {}, the same picture is in {} ({}): remove one, as '
                              'figures of {} would be too good'.format(pair.frame, name, other,
                                                                       path, other))
    return faults


def _find_binary_masks(file: DatasetFile, looks: Dict[Pair, _Look]) -> List[str]:
    """Say that all masks hold 0 and 255 alone, where 255 would be ignored."""
    found = {value for look in looks.values() for value in look.values}
    if file.has_colors or not found or not found <= {0, 255} or 255 not in found \
            or file.train_ids.get(255) != IGNORE_INDEX:
        return []
    return ['all label files hold 0 and 255 alone, and 255 is of no class: where white means a '
            'class, give it "ids: [255]"']


def _find_absent_classes(file: DatasetFile, reports: Dict[str, SplitReport]) -> List[str]:
    """Name the classes that a split has no pixel of."""
    return ['class {} has no pixel in {}'.format(name, split)
            for split in ('train', 'val')
            for name, pixels in zip(file.label_set.class_names, reports[split].pixels)
            if not pixels]


def _find_unpaired(file: DatasetFile, pairs: List[Pair]) -> List[str]:
    """Count the targets that no frame has."""
    used = {pair.target for pair in pairs}
    unused = [match.path for pattern in file.targets for match in pattern.find(file.folder)
              if match.path not in used]
    if not unused:
        return []
    return ['{} targets have no frame, such as {}'.format(len(unused), unused[0])]
