# Copyright 2026 The lsnet_ros authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.
"""From a camera frame to its label image."""

import re
import time
from typing import Dict, NamedTuple, Optional, Tuple

import numpy as np

from lsnet_ros.backends import Backend, open_backend
from lsnet_ros.decoding import decode, decode_with_confidence
from lsnet_ros.errors import LsnetError
from lsnet_ros.model_files import Model
from lsnet_ros.preprocessing import InputSpec, Preprocessor

LARGEST_SIDE = 16384  # px, of a label image


class SegmenterError(LsnetError, ValueError):
    """A size of label images was asked for that is none."""


class Segmentation(NamedTuple):
    """The classes of one frame, and how long each stage took."""

    class_ids: np.ndarray               # (height, width) uint8
    confidence: Optional[np.ndarray]    # (height, width) uint8, 255 is certain; if asked for
    timings: Dict[str, float]           # preprocess_ms, network_ms, decode_ms, total_ms, their sum


class Segmenter:
    """
    A model, ready to turn frames into label images; to be used by one thread at a time.

    :param model: as read by ``read_model``
    :param backend: one of ``BACKENDS``, or ``auto``
    :param output_size: size of the label image: ``input``, the frame's own; ``network``, that of
        the model's input; or ``WxH`` in pixels. Only class ids are ever resized, never blended
    :raises SegmenterError: if ``output_size`` is none of these
    :raises BackendError: if the backend is not known or not to be had
    :raises ModelError: if the model's files do not agree with its card
    """

    def __init__(self, model: Model, backend: str = 'auto', output_size: str = 'input') -> None:
        self.model = model
        self._output_size = _parse_size(output_size, model)
        self.backend: Backend = open_backend(model, backend)
        self._stages = self.backend.on_device or _HostStages(model.spec, self.backend)

    def segment(self, image: np.ndarray, with_confidence: bool = False) -> Segmentation:
        """
        Give each pixel of a frame its class.

        :param image: (H, W, 3) uint8 RGB
        :param with_confidence: whether to compute the probability of the winning class too
        :raises PreprocessingError: if the image has another shape or type, or no pixels
        :raises BackendError: if the runtime fails
        :raises DecodingError: if the network's outputs are not finite
        """
        started = time.perf_counter()
        size = self._output_size or image.shape[:2]
        class_ids, confidence, preprocess_ms, network_ms = self._stages(
            image, size, with_confidence)
        total_ms = 1e3 * (time.perf_counter() - started)
        return Segmentation(class_ids, confidence, {
            'preprocess_ms': preprocess_ms,
            'network_ms': network_ms,
            'decode_ms': total_ms - preprocess_ms - network_ms,
            'total_ms': total_ms,
        })

    def warm_up(self) -> None:
        """Run every stage on nothing, so that the first frame is as fast as the others."""
        self.backend.warm_up()
        self.segment(np.zeros((self.model.spec.height, self.model.spec.width, 3), np.uint8))


class _HostStages:
    """The stages around a backend that only runs the network."""

    def __init__(self, spec: InputSpec, backend: Backend) -> None:
        self._preprocessor = Preprocessor(spec)
        self._backend = backend

    def __call__(self, image: np.ndarray, size: Tuple[int, int], with_confidence: bool,
                 ) -> Tuple[np.ndarray, Optional[np.ndarray], float, float]:
        """Return what ``Backend.on_device`` does."""
        started = time.perf_counter()
        inputs = self._preprocessor(image)
        prepared = time.perf_counter()
        outputs = self._backend.infer(inputs)
        inferred = time.perf_counter()
        if with_confidence:
            class_ids, confidence = decode_with_confidence(outputs, size)
        else:
            class_ids, confidence = decode(outputs, size), None
        return class_ids, confidence, 1e3 * (prepared - started), 1e3 * (inferred - prepared)


def _parse_size(text: str, model: Model) -> Optional[Tuple[int, int]]:
    """Return (height, width) of label images in pixels, None for that of each frame."""
    if text == 'input':
        return None
    if text == 'network':
        return (model.spec.height, model.spec.width)
    match = re.match(r'([0-9]{1,5})x([0-9]{1,5})$', text)
    width, height = (int(side) for side in match.groups()) if match else (0, 0)
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
        raise SegmenterError('output size {!r} is not known: give input, network, or WIDTHxHEIGHT '
                             'of 1 to {} pixels such as 640x480'.format(text, LARGEST_SIDE))
    return (height, width)
