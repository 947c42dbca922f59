# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Accuracy of a model under noise, blur, darkness and other corruptions of the image."""

from typing import Any, Dict, List, NamedTuple

from lsnet_ros.datasets.corruptions import Corrupted, CORRUPTIONS, STRENGTHS
from lsnet_ros.evaluation.measure import measure, Progress
from lsnet_ros.segmenter import Segmenter


class Robustness(NamedTuple):
    """The mIoU under each corruption, from the weakest to the strongest."""

    miou: Dict[str, List[float]]  # by name, one for each of STRENGTHS

    @property
    def mean_miou(self) -> float:
        """Mean over all corruptions and strengths."""
        values = [value for row in self.miou.values() for value in row]
        return sum(values) / len(values)

    def as_json(self) -> Dict[str, Any]:
        """Return the entry of a report and of a model card."""
        return {'mean_miou': self.mean_miou, 'miou': self.miou,
                'strengths': [round(strength, 3) for strength in STRENGTHS]}


def measure_robustness(segmenter: Segmenter, dataset: Any, progress: Progress) -> Robustness:
    """
    Segment a dataset once for each corruption and strength.

    :param progress: shows how far each pass is while it passes the frames on
    :raises EvaluationError: if a target cannot be counted; the text names its frame
    """
    return Robustness({
        name: [measure(segmenter, Corrupted(dataset, name, strength), progress).miou()
               for strength in STRENGTHS] for name in CORRUPTIONS})
