# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Cityscapes with its 19 evaluated classes, fine and coarse.

Cordts et al., "The Cityscapes Dataset for Semantic Urban Scene Understanding", CVPR 2016.
"""

from lsnet_ros.datasets.labelled_files import LabelledFiles
from lsnet_ros.labels.label_sets import LABEL_SETS

_LABELS = range(34)  # values of label files; those outside of the 19 classes are ignored


class Cityscapes(LabelledFiles):
    """
    The frames of one split with their fine annotations.

    :param root: folder with ``leftImg8bit/SPLIT/CITY/*_leftImg8bit.png`` and
        ``gtFine/SPLIT/CITY/*_gtFine_labelIds.png``
    :param split: 'train' or 'val'
    """

    title = 'Cityscapes'
    label_set = LABEL_SETS['cityscapes']
    ignored = tuple(set(_LABELS) - {label.id for label in label_set.classes})
    splits = {'train': 'train', 'val': 'val'}
    frame_pattern = 'leftImg8bit/{}/*/*_leftImg8bit.png'
    target_pattern = 'gtFine/{}/*/*_gtFine_labelIds.png'


class CityscapesCoarse(Cityscapes):
    """
    The frames of one split with their coarse annotations.

    :param root: folder with ``leftImg8bit/SPLIT/CITY/*_leftImg8bit.png`` and
        ``gtCoarse/SPLIT/CITY/*_gtCoarse_labelIds.png``
    :param split: 'train', 'train_extra' (19,998 frames without fine annotations) or 'val'
    """

    title = 'Cityscapes (coarse)'
    splits = {'train': 'train', 'train_extra': 'train_extra', 'val': 'val'}
    target_pattern = 'gtCoarse/{}/*/*_gtCoarse_labelIds.png'
