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
"""Show TensorRT images, so that it finds the ranges of values that INT8 is to cover."""

from typing import Any, Iterable, List, Optional, Sequence

from lsnet_ros.engines.runtime import INPUT_NAME
import numpy as np
import torch


def calibrator(tensorrt: Any, images: Iterable[Sequence[np.ndarray]], batch: int,
               device: str) -> Any:
    """
    Return what TensorRT asks for images while it calibrates.

    :param images: arrays (N, 3, h, w) float32 for each size that the network reads
    :param batch: N
    :param device: of PyTorch, where the GPU reads them
    """
    kind = type('Calibrator', (_Calibrator, tensorrt.IInt8EntropyCalibrator2), {})
    return kind(tensorrt, images, batch, device)


class _Calibrator:
    """The methods are named as TensorRT calls them."""

    def __init__(self, tensorrt: Any, images: Iterable[Sequence[np.ndarray]], batch: int,
                 device: str) -> None:
        tensorrt.IInt8EntropyCalibrator2.__init__(self)
        self._images, self._batch, self._device = iter(images), batch, device
        self._tensors: List[torch.Tensor] = []  # kept while TensorRT reads them

    def get_batch_size(self) -> int:
        """Return N."""
        return self._batch

    def get_batch(self, names: Sequence[str]) -> Optional[List[int]]:
        """Return where the next images are, for each input by its name; None after the last."""
        images = next(self._images, None)
        if images is None:
            return None
        self._tensors = [torch.from_numpy(np.array(image)).to(self._device) for image in images]
        if self._device != 'cpu':
            torch.cuda.synchronize()  # TensorRT reads them in a stream of its own
        addresses = {INPUT_NAME.format(index): tensor.data_ptr()
                     for index, tensor in enumerate(self._tensors)}
        return [addresses[name] for name in names]

    def read_calibration_cache(self) -> None:
        """Return no ranges: those of another calibration would be taken without a look."""

    def write_calibration_cache(self, cache: Any) -> None:
        """Do not keep the ranges; the engine has them."""
