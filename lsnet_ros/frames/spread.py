# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Choose frames spread over a drive, since neighbours look alike."""

from typing import List

import numpy as np


def choose_evenly(count: int, most: int) -> List[int]:
    """
    Choose indices evenly spaced from the first frame to the last; all of them if they are few.

    :param count: of the frames
    :param most: indices to return
    """
    return np.linspace(0, count - 1, min(count, most)).astype(int).tolist()
