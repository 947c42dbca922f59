# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Fitting the temperature of a model to a labelled dataset, for its card."""

from typing import Any, Dict, List, NamedTuple, Tuple

import numpy as np

from lsnet_ros.evaluation.calibration import fit_temperature, Reliability
from lsnet_ros.evaluation.measure import Progress
from lsnet_ros.labels import IGNORE_INDEX
from lsnet_ros.segmenter import Segmenter
from lsnet_ros.stages.preprocessing import Preprocessor

EVERY = 4  # pixels from one that is looked at to the next, across and down


class Calibration(NamedTuple):
    """The temperature of a model, and the data that it was fitted to."""

    temperature: float
    dataset: str       # such as 'camvid-val'
    ece_before: float  # expected calibration error of the same pixels with temperature 1

    def as_json(self) -> Dict[str, Any]:
        """Return the section ``calibration`` of a card."""
        return dict(self._asdict())


def calibrate(segmenter: Segmenter, network: Any, dataset: Any, name: str, progress: Progress
              ) -> Calibration:
    """
    Fit a model's temperature to a dataset.

    :param segmenter: of the model; only its network is run
    :param network: in PyTorch, whose ``decode`` upsamples the logits
    :param dataset: sequence of frames with targets
    :param name: of the dataset, for the card
    :param progress: passes its items on and shows their number
    :raises CalibrationError: if no pixel is labelled
    """
    logits, classes = _collect_logits(segmenter, network, dataset, progress)
    temperature = fit_temperature(logits, classes)
    return Calibration(round(temperature, 4), name, _measure_error(logits, classes))


def _collect_logits(segmenter: Segmenter, network: Any, dataset: Any, progress: Progress
                    ) -> Tuple[np.ndarray, np.ndarray]:
    """Return the logits (n, C) float32 and the classes (n,) of some pixels of each frame."""
    import torch
    preprocess = Preprocessor(segmenter.model.spec)
    logits: List[np.ndarray] = []
    classes: List[np.ndarray] = []
    for index in progress(range(len(dataset)), len(dataset), 'frames'):
        frame = dataset[index]
        outputs = segmenter.backend.infer(preprocess(frame.image))
        with torch.no_grad():
            full = network.decode([torch.from_numpy(output) for output in outputs],
                                  frame.target.shape)[0].numpy()
        target = frame.target[::EVERY, ::EVERY]
        labelled = target != IGNORE_INDEX
        logits.append(full[:, ::EVERY, ::EVERY][:, labelled].T)
        classes.append(target[labelled])
    return np.concatenate(logits), np.concatenate(classes)


def _measure_error(logits: np.ndarray, classes: np.ndarray) -> float:
    """Return the expected calibration error of softmax(logits)."""
    weights = np.exp(logits - logits.max(1, keepdims=True))
    confidence = np.rint(255 * weights.max(1) / weights.sum(1)).astype(np.uint8)
    reliability = Reliability()
    reliability.update(classes, logits.argmax(1).astype(np.uint8), confidence)
    return reliability.expected_calibration_error()
