# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Model folders of card, weights and ONNX file: read, export and check them."""
