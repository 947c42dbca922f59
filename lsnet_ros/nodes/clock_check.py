# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Tell an age of a mask from a difference of two clocks."""

from typing import List, Optional

NEGATIVE_S = -0.05  # s, lowest age: a network's time service leaves such differences
OLDEST_S = 60.0     # s, highest age: cameras and networks are faster

REMEDY = ('ages are wrong: set the clocks of camera and computer alike (chrony), stamp the '
          'images, or play a recording with --clock and use_sim_time')


def warn_of_clocks(age_s: Optional[float]) -> List[str]:
    """
    Return a warning if an age can only be a difference of clocks; else nothing.

    :param age_s: of the latest mask by this computer's clock, s; None without one
    """
    if age_s is None or NEGATIVE_S <= age_s <= OLDEST_S:
        return []
    side = 'ahead' if age_s < 0 else 'ago'
    return ['the clocks differ, or stamps are old: latest image is from {:.1f} s {}; {}'.format(
        abs(age_s), side, REMEDY)]
