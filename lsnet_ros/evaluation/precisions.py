# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""A model at a lower precision beside itself in float32, on the same frames."""

from typing import Any, Dict, NamedTuple, Optional, Tuple

import numpy as np

from lsnet_ros.evaluation.measure import Progress
from lsnet_ros.labels.metrics import ConfusionMatrix, Scores
from lsnet_ros.segmenter import Segmenter


class PrecisionComparison(NamedTuple):
    """Class ids and IoU of two precisions."""

    frames: int
    agreement: float              # share of pixels with the same class, mean of the frames
    worst_agreement: float        # of the frame with the least
    network_ms: float             # median, at the lower precision
    reference_ms: float           # median, in float32
    scores: Scores                # at the lower precision
    reference: Scores             # in float32

    @property
    def miou(self) -> Optional[Tuple[float, float]]:
        """Mean IoU at the lower precision and in float32; None without labels."""
        found, expected = self.scores.miou, self.reference.miou
        return None if found is None or expected is None else (found, expected)

    def as_json(self) -> Dict[str, Any]:
        """Return the fields of the card and the report: the mIoU if there are labels."""
        fields: Dict[str, Any] = {
            'compared_frames': self.frames, 'agreement': round(self.agreement, 4),
            'worst_agreement': round(self.worst_agreement, 4)}
        if self.miou is not None:
            fields.update(zip(('miou', 'fp32_miou'), self.miou))
        return fields


def compare_precisions(reference: Segmenter, candidate: Segmenter, frames: Any,
                       progress: Progress) -> PrecisionComparison:
    """
    Segment frames with two segmenters of one model.

    :param reference: in float32
    :param candidate: at a lower precision
    :param frames: sequence of at least one frame with ``image`` and ``target``
    """
    labels = reference.label_set
    confusions = [ConfusionMatrix(labels.num_classes) for _ in range(2)]
    agreement, times = [], []
    for index in progress(range(len(frames)), len(frames), 'frames'):
        frame = frames[index]
        found = [segmenter.segment(frame.image) for segmenter in (reference, candidate)]
        times.append([each.timings.network_ms for each in found])
        agreement.append(float((found[0].class_ids == found[1].class_ids).mean()))
        for confusion, each in zip(confusions, found):
            confusion.update(frame.target, each.class_ids)
    expected, scores = (confusion.scores(labels.class_names, labels.categories)
                        for confusion in confusions)
    reference_ms, network_ms = (float(ms) for ms in np.median(times, axis=0))
    return PrecisionComparison(len(agreement), float(np.mean(agreement)), min(agreement),
                               network_ms, reference_ms, scores, expected)
