# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
The 10,000 frames of BDD100K for semantic segmentation, in the classes of Cityscapes.

Yu et al., "BDD100K: A Diverse Driving Dataset for Heterogeneous Multitask Learning", CVPR 2020.
"""

from lsnet_ros.datasets.labelled_files import LabelledFiles
from lsnet_ros.labels.label_sets import IGNORE_INDEX, LABEL_SETS


class BDD100K(LabelledFiles):
    """
    The frames and targets of one split.

    :param root: folder with images/10k/SPLIT/*.jpg and labels/sem_seg/masks/SPLIT/*.png
    :param split: 'train' or 'val'
    """

    title = 'BDD100K'
    label_set = LABEL_SETS['bdd100k']
    ignored = (IGNORE_INDEX,)
    splits = {'train': 'train', 'val': 'val'}
    frame_pattern = 'images/10k/{}/*.jpg'
    target_pattern = 'labels/sem_seg/masks/{}/*.png'
