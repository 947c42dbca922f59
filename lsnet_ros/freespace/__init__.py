# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Free space in front of a robot: class ids of an image, projected onto the ground."""
