# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Read files that nobody vouches for: regular ones only, up to named sizes."""
