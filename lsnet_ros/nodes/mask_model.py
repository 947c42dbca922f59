# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Whether all masks that are counted together come from one model, as their publisher says."""

from typing import Any

from lsnet_ros.nodes.mask_classes import list_mask_publishers, MaskError

MIXED = ('{name} published masks of {before}, then of {after}, and frames of both may have been '
         'counted: call evaluation/reset')


class MaskModel:
    """
    Notes a change of the model while frames are counted.

    :param node: counts the masks
    :param topic: full name of the topic of the masks
    """

    def __init__(self, node: Any, topic: str) -> None:
        self._node, self._topic = node, topic
        self.clear()

    def clear(self) -> None:
        """Forget all, with the masks."""
        self._model = ''   # of the masks so far, '' if not known yet
        self.problem = ''  # stays until the masks counted so far are forgotten

    def on_diagnostics(self, array_msg: Any, frames: int) -> None:
        """
        Read the model that the publisher of the masks names in a diagnostic_msgs/DiagnosticArray.

        :param frames: number of frames counted so far
        """
        for found in list_mask_publishers(self._node, self._topic, array_msg):
            if self._model not in ('', found.model) and frames:
                self.problem = self.problem or MIXED.format(
                    name=found.name, before=self._model, after=found.model)
            self._model = found.model

    def check(self) -> None:
        """Raise a MaskError if masks of several models may have been counted."""
        if self.problem:
            raise MaskError(self.problem)
