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
Cityscapes with its 19 evaluated classes, fine and coarse.

Cordts et al., "The Cityscapes Dataset for Semantic Urban Scene Understanding", CVPR 2016.
"""

from lsnet_ros.datasets.labelled_files import LabelledFiles
from lsnet_ros.labels import LABEL_SETS

_LABELS = range(34)  # what label files hold; those that are not evaluated are ignored


class Cityscapes(LabelledFiles):
    """
    The frames of one split with their fine annotations.

    :param root: folder that holds leftImg8bit/SPLIT/CITY/*_leftImg8bit.png and
        gtFine/SPLIT/CITY/*_gtFine_labelIds.png
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

    :param root: folder that holds leftImg8bit/SPLIT/CITY/*_leftImg8bit.png and
        gtCoarse/SPLIT/CITY/*_gtCoarse_labelIds.png
    :param split: 'train', 'train_extra' (19,998 frames that have no fine ones) or 'val'
    """

    title = 'Cityscapes (coarse)'
    splits = {'train': 'train', 'train_extra': 'train_extra', 'val': 'val'}
    target_pattern = 'gtCoarse/{}/*/*_gtCoarse_labelIds.png'
