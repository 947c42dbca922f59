# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Former name of ``lsnet_ros.launching.transport``, for launch files of users."""

from lsnet_ros.launching.transport import *  # noqa: F401, F403
