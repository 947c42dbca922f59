# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
CamVid at 480x360 with 11 classes, in the layout published with SegNet.

Brostow, Fauqueur, Cipolla, "Semantic object classes in video: A high-definition ground truth
database", Pattern Recognition Letters 30(2), 2009.
"""

from typing import Optional

from lsnet_ros.datasets.labelled_files import LabelledFiles
from lsnet_ros.labels.label_sets import IGNORE_INDEX, LABEL_SETS

SPLITS = ('train', 'val', 'test')
UNLABELLED = 11
FRAME_RATE = 30.0  # Hz, of the frame number in a file's name


class CamVid(LabelledFiles):
    """
    The frames and targets of one split: PNG files of the same names in SPLIT/ and SPLITannot/.

    :param root: folder with the two
    :param split: 'train', 'val' or 'test'
    """

    title = 'CamVid'
    label_set = LABEL_SETS['camvid']
    ignored = (UNLABELLED, IGNORE_INDEX)
    splits = {split: split for split in SPLITS}
    frame_pattern = '{}/*.png'
    target_pattern = '{}annot/*.png'

    def stamp_ns(self, stem: str) -> Optional[int]:
        """Return the time in its sequence of a frame with a name like 0001TP_006690, ns."""
        digits = ''.join(c for c in stem.rsplit('_', 1)[-1] if c.isdigit())
        return round(int(digits) / FRAME_RATE * 10**9) if digits else None
