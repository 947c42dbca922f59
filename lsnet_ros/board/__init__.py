# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Processor, memory, clocks, temperatures and power of the board in use."""
