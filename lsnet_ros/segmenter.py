# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Segment a camera frame: preprocess it, run the network, decode the class ids."""

import copy
import re
import time
from typing import NamedTuple, Optional, Tuple

import numpy as np

from lsnet_ros.backends import Backend, open_backend
from lsnet_ros.errors import LsnetError
from lsnet_ros.labels.groups import Groups
from lsnet_ros.labels.label_sets import LabelSet
from lsnet_ros.models.folder import Model
from lsnet_ros.stages.decoding import decode, decode_with_confidence
from lsnet_ros.stages.preprocessing import Preprocessor
from lsnet_ros.stages.timings import Timings

LARGEST_SIDE = 16384  # px, of a label image


class SegmenterError(LsnetError, ValueError):
    """The output size is invalid."""


class Segmentation(NamedTuple):
    """Class ids of one frame, and the times of its stages."""

    class_ids: np.ndarray               # (height, width) uint8, ids of ``Segmenter.label_set``
    confidence: Optional[np.ndarray]    # (height, width) uint8, 255 is certain; None if not wanted
    timings: Timings


class Segmenter:
    """
    A model with its backend, ready to segment frames; one thread at a time may use it.

    :param model: as read by ``read_model``
    :param backend: one of ``BACKENDS``, or ``auto``
    :param output_size: size of the label image: ``input``, the frame's own; ``network``, that of
        the model's input; or ``WxH`` in pixels. Class ids are resized by nearest neighbour
    :param groups: of the model's classes, whose ids take the place of class ids; a confidence
        stays that of the class
    :raises SegmenterError: if ``output_size`` is invalid
    :raises BackendError: if the backend is unknown or unavailable
    :raises ModelError: if the model's files contradict its card
    """

    def __init__(self, model: Model, backend: str = 'auto', output_size: str = 'input',
                 groups: Optional[Groups] = None) -> None:
        self.model = model
        self._choose_masks(output_size, groups)
        self.backend: Backend = open_backend(model, backend)
        self._stages = self.backend.on_device or _HostStages(model, self.backend)

    def with_masks(self, output_size: str, groups: Optional[Groups]) -> 'Segmenter':
        """
        Return a segmenter with the same open backend and other masks; use one of the two.

        :raises SegmenterError: if ``output_size`` is invalid
        """
        other = copy.copy(self)
        other._choose_masks(output_size, groups)
        return other

    def segment(self, image: np.ndarray, with_confidence: bool = False) -> Segmentation:
        """
        Classify each pixel of a frame.

        :param image: (H, W, 3) uint8 RGB
        :param with_confidence: whether to compute the probability of the predicted class too
        :raises PreprocessingError: if the image has another shape or type, or no pixels
        :raises BackendError: if the runtime fails
        :raises DecodingError: if the network's outputs are not finite
        """
        started = time.perf_counter()
        size = self._output_size or image.shape[:2]
        class_ids, confidence, preprocess_ms, network_ms = self._stages(
            image, size, with_confidence, self._ids)
        total_ms = 1e3 * (time.perf_counter() - started)
        decode_ms = total_ms - preprocess_ms - network_ms
        return Segmentation(class_ids, confidence, Timings(
            preprocess_ms, network_ms, decode_ms, total_ms))

    def _choose_masks(self, output_size: str, groups: Optional[Groups]) -> None:
        """Set size and classes of the masks."""
        self.label_set: LabelSet = groups.label_set if groups else self.model.label_set
        self._ids = groups.table if groups else None  # the value of each class
        self._output_size = parse_size(output_size, self.model)

    def warm_up(self) -> None:
        """Segment a black frame, so that the first real frame is as fast as the others."""
        self.segment(np.zeros((self.model.spec.height, self.model.spec.width, 3), np.uint8))


class _HostStages:
    """The stages on the CPU, around a backend that only runs the network."""

    def __init__(self, model: Model, backend: Backend) -> None:
        self._preprocessor = Preprocessor(model.spec)
        self._temperature = model.temperature
        self._backend = backend

    def __call__(self, image: np.ndarray, size: Tuple[int, int], with_confidence: bool,
                 ids: Optional[np.ndarray],
                 ) -> Tuple[np.ndarray, Optional[np.ndarray], float, float]:
        """Return class ids, confidence, preprocess_ms and network_ms, as ``Backend.on_device``."""
        started = time.perf_counter()
        inputs = self._preprocessor(image)
        prepared = time.perf_counter()
        outputs = self._backend.infer(inputs)
        inferred = time.perf_counter()
        if with_confidence:
            class_ids, confidence = decode_with_confidence(
                outputs, size, self._temperature, ids)
        else:
            class_ids, confidence = decode(outputs, size, ids), None
        return class_ids, confidence, 1e3 * (prepared - started), 1e3 * (inferred - prepared)


def parse_size(text: str, model: Model) -> Optional[Tuple[int, int]]:
    """
    Return (height, width) of label images, px; None for the size of each frame.

    :param text: ``output_size`` of a ``Segmenter``
    :raises SegmenterError: if it is invalid
    """
    if text == 'input':
        return None
    if text == 'network':
        return (model.spec.height, model.spec.width)
    match = re.match(r'([0-9]{1,5})x([0-9]{1,5})$', text)
    width, height = (int(side) for side in match.groups()) if match else (0, 0)
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
        raise SegmenterError('output size {!r} is invalid: give input, network, or WIDTHxHEIGHT '
                             'of 1 to {} pixels such as 640x480'.format(text, LARGEST_SIDE))
    return (height, width)
