# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Feed images to TensorRT, which finds the ranges of values for INT8."""

from typing import Any, Iterable, List, Optional, Sequence

import numpy as np
import torch

from lsnet_ros.models.card import INPUT_NAME


def make_calibrator(tensorrt: Any, images: Iterable[Sequence[np.ndarray]], batch: int,
                    device: str) -> Any:
    """
    Make the calibrator that TensorRT asks for images.

    :param images: arrays (N, 3, h, w) float32 for each input size of the network
    :param batch: N
    :param device: of PyTorch, where the GPU reads the images
    """
    kind = type('Calibrator', (_Calibrator, tensorrt.IInt8EntropyCalibrator2), {})
    return kind(tensorrt, images, batch, device)


class _Calibrator:
    """Calls of IInt8EntropyCalibrator2; TensorRT gives the names of the methods."""

    def __init__(self, tensorrt: Any, images: Iterable[Sequence[np.ndarray]], batch: int,
                 device: str) -> None:
        tensorrt.IInt8EntropyCalibrator2.__init__(self)
        self._images, self._batch, self._device = iter(images), batch, device
        self._tensors: List[torch.Tensor] = []  # kept while TensorRT reads them

    def get_batch_size(self) -> int:
        """Return N."""
        return self._batch

    def get_batch(self, names: Sequence[str]) -> Optional[List[int]]:
        """Return the addresses of the next images by input name, None after the last."""
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
        """Return no ranges, so that none of another calibration are used."""

    def write_calibration_cache(self, cache: Any) -> None:
        """Discard the ranges; the engine has them."""
