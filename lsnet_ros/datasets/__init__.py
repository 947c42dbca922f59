# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Datasets by name: labelled frames for training and evaluation."""

from functools import partial
import importlib
from pathlib import Path
from typing import Any, Optional

from lsnet_ros.errors import not_known


def _import_split(module: str, name: str, root: Optional[Path], split: str) -> Any:
    """Import a dataset's module and open one of its splits."""
    dataset = getattr(importlib.import_module('lsnet_ros.datasets.' + module), name)
    return dataset(root, split)


DATASETS = {
    'ade20k': partial(_import_split, 'ade20k', 'ADE20K'),
    'bdd100k': partial(_import_split, 'bdd100k', 'BDD100K'),
    'camvid': partial(_import_split, 'camvid', 'CamVid'),
    'cityscapes': partial(_import_split, 'cityscapes', 'Cityscapes'),
    'cityscapes-coarse': partial(_import_split, 'cityscapes', 'CityscapesCoarse'),
    'street-scenes': partial(_import_split, 'street_scene', 'open_split'),
}
"""Functions by name: (folder, split) -> dataset; each has the splits 'train' and 'val'."""

LABEL_SET_NAMES = {'cityscapes-coarse': 'cityscapes', 'street-scenes': 'camvid'}
"""Names of the label sets of datasets that have no label set of their own name."""

RENDERED = {'street-scenes'}
"""Datasets that need no folder; they ignore the one given."""


def open_split(dataset: str, root: Optional[Path], split: str) -> Any:
    """
    Open a split of a dataset.

    :param dataset: one of ``DATASETS``, or the path of one's own, a folder with a
        ``dataset.yaml``
    :param root: folder of the dataset, None for a rendered one and for one's own
    :raises DatasetError: if the dataset needs a folder, or its files are missing
    """
    if dataset not in DATASETS:
        return _open_own(dataset, root, split)
    if root is None and dataset not in RENDERED:
        from lsnet_ros.datasets.labelled_files import DatasetError
        raise DatasetError('dataset {!r} is read from files: give its folder with --root'.format(
            dataset))
    return DATASETS[dataset](root, split)


def is_dataset(dataset: str) -> bool:
    """Say whether a text is the name of a dataset, or the path of one's own."""
    return dataset in DATASETS or (Path(dataset) / 'dataset.yaml').is_file() or (
        dataset.endswith('.yaml') and Path(dataset).is_file())


def _open_own(dataset: str, root: Optional[Path], split: str) -> Any:
    """Open a split of one's own data."""
    from lsnet_ros.datasets.labelled_files import DatasetError
    from lsnet_ros.datasets.own_data import OwnData
    if not is_dataset(dataset):
        raise DatasetError('{}: choose from {}, or give the path of a folder with a '
                           'dataset.yaml'.format(not_known('dataset', dataset, DATASETS),
                                                 ', '.join(sorted(DATASETS))))
    if root is not None:
        raise DatasetError('--root is {}, but {} says itself where its files are: leave out '
                           '--root'.format(root, dataset))
    return OwnData(dataset, split)
