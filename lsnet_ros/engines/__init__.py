# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""TensorRT engines: convert the core of a network, build, compare, keep and run it."""
