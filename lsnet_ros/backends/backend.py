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
"""What every backend is."""

import os
from typing import Tuple

import numpy as np

from lsnet_ros.errors import LsnetError
from lsnet_ros.model_files import Model

WARM_UP_RUNS = 2  # the first plans memory and kernels, the second shows the pace to come


class BackendError(LsnetError, RuntimeError):
    """A backend cannot be had here, or was given what its network does not take."""


class Backend:
    """
    The core of one model's network, ready to run; to be used by one thread at a time.

    A backend sets ``name`` and ``device``, and ``on_gpu`` and ``precision`` where they are others
    than here, and defines ``_run``. One that has every stage of a frame on its device sets
    ``on_device``, which Segmenter then calls with an image, the size of the label image and
    whether confidence is wanted; it returns class ids, confidence, and ms of preprocessing and
    of the network, as DeviceStages does.
    """

    name = ''    # its key in BACKENDS
    device = ''  # what it runs with, for people: 'ONNX Runtime 1.15, CPU, 2 threads'
    on_gpu = False
    precision = 'fp32'  # that most of the arithmetic is done in: 'fp32', 'fp16' or 'bf16'
    on_device = None    # Optional[Callable]

    def __init__(self, model: Model) -> None:
        self.reason = ''  # why this backend and not another, for people
        self._shapes = [(1, 3) + tuple(size) for size in model.spec.sizes]

    def infer(self, inputs: Tuple[np.ndarray, ...]) -> Tuple[np.ndarray, ...]:
        """
        Run the network.

        :param inputs: one (1, 3, h, w) float32 for each of the ``sizes`` of the model's input
        :returns: what the network's core gives, float32: logits (1, C, h, w), and the offset
            field (1, 2, H, W) where the network has one
        :raises BackendError: if the inputs have other shapes, or the runtime fails
        """
        shapes = [tuple(x.shape) for x in inputs]
        if shapes != self._shapes:
            raise BackendError('the network was given {}, expected {}: prepare the image with '
                               'the input of the model'.format(shapes, self._shapes))
        return self._run(inputs)

    def warm_up(self) -> None:
        """Run a few times on nothing, so that the first frame is as fast as the others."""
        zeros = tuple(np.zeros(shape, np.float32) for shape in self._shapes)
        for _ in range(WARM_UP_RUNS):
            self.infer(zeros)

    def _run(self, inputs: Tuple[np.ndarray, ...]) -> Tuple[np.ndarray, ...]:
        raise NotImplementedError


def available_cores() -> int:
    """Return the number of processor cores that this process may run on."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # only Linux tells
        return os.cpu_count() or 1
