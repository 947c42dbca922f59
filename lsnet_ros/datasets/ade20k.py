# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
ADE20K in the 150 classes of the scene parsing benchmark.

Zhou et al., "Scene Parsing through ADE20K Dataset", CVPR 2017.
"""

from lsnet_ros.datasets.labelled_files import LabelledFiles
from lsnet_ros.labels.label_sets import LABEL_SETS

OTHER = 0  # label of pixels outside of the classes, which are 1 to 150


class ADE20K(LabelledFiles):
    """
    The frames and targets of one split, in the layout of the benchmark.

    :param root: folder with images/training/*.jpg and annotations/training/*.png, and the same
        for validation
    :param split: 'train' or 'val'
    """

    title = 'ADE20K'
    label_set = LABEL_SETS['ade20k']
    ignored = (OTHER,)
    splits = {'train': 'training', 'val': 'validation'}
    frame_pattern = 'images/{}/*.jpg'
    target_pattern = 'annotations/{}/*.png'
