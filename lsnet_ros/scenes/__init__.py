# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Parts of rendered street scenes: the layout of streets, and the drawing of their things."""
