# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Speed of models, beside the plain pipeline and the roofline of the machine."""
