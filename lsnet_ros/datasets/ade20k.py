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
ADE20K in the 150 classes of the scene parsing benchmark.

Zhou et al., "Scene Parsing through ADE20K Dataset", CVPR 2017.
"""

from lsnet_ros.datasets.labelled_files import LabelledFiles
from lsnet_ros.labels import LABEL_SETS

OTHER = 0  # label of what is in none of the classes, which are 1 to 150


class ADE20K(LabelledFiles):
    """
    The frames and targets of one split, as published with the benchmark.

    :param root: folder that holds images/training/*.jpg and annotations/training/*.png, and the
        same with validation
    :param split: 'train' or 'val'
    """

    title = 'ADE20K'
    label_set = LABEL_SETS['ade20k']
    ignored = (OTHER,)
    splits = {'train': 'training', 'val': 'validation'}
    frame_pattern = 'images/{}/*.jpg'
    target_pattern = 'annotations/{}/*.png'
