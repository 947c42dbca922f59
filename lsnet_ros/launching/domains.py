# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""ROS domains, which keep the nodes of one program apart from all others."""

import random

HIGHEST_DOMAIN = 101  # above it, Linux gives the ports to other programs


def choose_domain_id() -> str:
    """Return a random value for ROS_DOMAIN_ID other than 0, the default of all robots."""
    return str(random.randint(1, HIGHEST_DOMAIN))
