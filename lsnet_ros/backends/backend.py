# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The base class of all backends."""

from typing import Any, Tuple

import numpy as np

from lsnet_ros.errors import BackendError
from lsnet_ros.models.folder import Model

WARM_UP_RUNS = 2  # the first plans memory and kernels, the second has the usual latency


class Backend:
    """
    The core of one model's network, ready to run; for one thread at a time.

    A subclass defines ``_run`` and sets ``name`` and ``runtime``, and ``remark``, ``on_gpu`` and
    ``precision`` if they differ from the defaults. One that runs every stage of a frame on its
    device sets ``on_device``. Segmenter calls it with an image, the size of the label image,
    whether it needs confidence, and the value of each class; it returns class ids, confidence,
    ms of preprocessing and ms of the network, as DeviceStages does.
    """

    name = ''    # its key in BACKENDS
    runtime = ''  # library, version, processor: 'ONNX Runtime 1.15, CPU, 2 threads'
    remark = ''  # on this model, such as the agreement in bfloat16
    on_gpu = False
    precision = 'fp32'  # of most of the arithmetic: 'fp32', 'fp16', 'bf16' or 'int8'
    on_device: Any = None  # Optional[Callable]

    def __init__(self, model: Model) -> None:
        self.reason = ''  # why this backend and not another, for people
        self._shapes = [(1, 3) + tuple(size) for size in model.spec.sizes]

    @property
    def device(self) -> str:
        """Runtime and, in brackets, the remark."""
        return '{} ({})'.format(self.runtime, self.remark) if self.remark else self.runtime

    def infer(self, inputs: Tuple[np.ndarray, ...]) -> Tuple[np.ndarray, ...]:
        """
        Run the network.

        :param inputs: one (1, 3, h, w) float32 for each of the ``sizes`` of the model's input
        :returns: outputs of the network's core, float32: logits (1, C, h, w), and the offset
            field (1, 2, H, W) if the network has one
        :raises BackendError: if the inputs have other shapes, or the runtime fails
        """
        shapes = [tuple(x.shape) for x in inputs]
        if shapes != self._shapes:
            raise BackendError('the network was given {}, expected {}: prepare the image with '
                               'the input of the model'.format(shapes, self._shapes))
        return self._run(inputs)

    def warm_up(self) -> None:
        """Run a few times on zeros, so that the first frame is as fast as the others."""
        zeros = tuple(np.zeros(shape, np.float32) for shape in self._shapes)
        for _ in range(WARM_UP_RUNS):
            self.infer(zeros)

    def _run(self, inputs: Tuple[np.ndarray, ...]) -> Tuple[np.ndarray, ...]:
        raise NotImplementedError
