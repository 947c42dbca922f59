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
CamVid at 480x360 with 11 classes, in the layout published with SegNet.

Brostow, Fauqueur, Cipolla, "Semantic object classes in video: A high-definition ground truth
database", Pattern Recognition Letters 30(2), 2009.
"""

from typing import Optional

from lsnet_ros.datasets.labelled_files import LabelledFiles
from lsnet_ros.labels import IGNORE_INDEX, LABEL_SETS

SPLITS = ('train', 'val', 'test')
UNLABELLED = 11
FRAME_RATE = 30.0  # Hz; the number in a file's name counts these


class CamVid(LabelledFiles):
    """
    The frames and targets of one split: SPLIT/ and SPLITannot/, PNG files of the same names.

    :param root: folder that holds the two
    :param split: 'train', 'val' or 'test'
    """

    title = 'CamVid'
    label_set = LABEL_SETS['camvid']
    ignored = (UNLABELLED, IGNORE_INDEX)
    splits = {split: split for split in SPLITS}
    frame_pattern = '{}/*.png'
    target_pattern = '{}annot/*.png'

    def stamp(self, stem: str) -> Optional[float]:
        """Return the time in its sequence that a name like 0001TP_006690 tells, s."""
        digits = ''.join(c for c in stem.rsplit('_', 1)[-1] if c.isdigit())
        return int(digits) / FRAME_RATE if digits else None
