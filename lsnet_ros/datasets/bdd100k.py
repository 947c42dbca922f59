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
BDD100K with the classes of Cityscapes: its 10,000 frames for semantic segmentation.

Yu et al., "BDD100K: A Diverse Driving Dataset for Heterogeneous Multitask Learning", CVPR 2020.
"""

from lsnet_ros.datasets.labelled_files import LabelledFiles
from lsnet_ros.labels import IGNORE_INDEX, LABEL_SETS


class BDD100K(LabelledFiles):
    """
    The frames and targets of one split.

    :param root: folder that holds images/10k/SPLIT/*.jpg and labels/sem_seg/masks/SPLIT/*.png
    :param split: 'train' or 'val'
    """

    title = 'BDD100K'
    label_set = LABEL_SETS['bdd100k']
    ignored = (IGNORE_INDEX,)
    splits = {'train': 'train', 'val': 'val'}
    frame_pattern = 'images/10k/{}/*.jpg'
    target_pattern = 'labels/sem_seg/masks/{}/*.png'
