# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Benchmark of a model through ROS, after the method of ros2_benchmark."""
