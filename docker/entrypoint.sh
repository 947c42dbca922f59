#!/bin/bash
# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0
# Run a command with ROS 2 and lsnet_ros, whose setup file sources that of ROS too.
set -e
source /opt/lsnet_ros/install/setup.bash
exec "$@"
