# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Classes: label sets, their colours, overlays, and the metrics of class ids."""

from lsnet_ros.labels.label_sets import (
    check_palette,
    IGNORE_INDEX,
    label_set,
    LABEL_SETS,
    LabelClass,
    LabelError,
    LabelSet,
)

__all__ = ['IGNORE_INDEX', 'LABEL_SETS', 'LabelClass', 'LabelError', 'LabelSet', 'check_palette',
           'label_set']
