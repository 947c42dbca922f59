# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Accuracy of a model on a labelled dataset: measurement and pictures."""
