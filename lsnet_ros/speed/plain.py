# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The plain pipeline: eager PyTorch without this package, as a baseline."""

from typing import Any

import numpy as np

from lsnet_ros.board.machine import available_cores
from lsnet_ros.models.folder import Model
from lsnet_ros.models.network import import_torch, load_network


class PlainPipeline:
    """
    A model in eager PyTorch as published by its authors, with logits and argmax at full size.

    The frame is converted to a normalised float image, which the network resizes for its paths;
    the logits are upsampled to the size of the frame before ``argmax``.

    :raises BackendError: if PyTorch is not installed
    :raises ModelError: if the weights do not fit the network on the card
    """

    def __init__(self, model: Model) -> None:
        torch = self._torch = import_torch()
        self._device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
        if self._device.type == 'cpu':
            torch.set_num_threads(available_cores())
        network = load_network(model)
        if model.config.get('block') == 'deploy':
            network = _restore_published(network, model)
        self._network = network.to(self._device).eval()
        self._mean, self._std = (
            torch.tensor(values).reshape(3, 1, 1).to(self._device)
            for values in (model.spec.mean, model.spec.std))

    def segment(self, image: np.ndarray) -> np.ndarray:
        """
        Return the class of each pixel of a frame.

        :param image: (H, W, 3) uint8 RGB
        :returns: (H, W) uint8
        """
        torch = self._torch
        with torch.no_grad():
            x = torch.from_numpy(image).to(self._device).permute(2, 0, 1).float() / 255
            x = (x - self._mean) / self._std
            logits = self._network(x.unsqueeze(0))                     # (1, C, H, W)
            return logits.argmax(1)[0].to(torch.uint8).cpu().numpy()


def _restore_published(network: Any, model: Model) -> Any:
    """Return an equivalent network whose blocks are convolution, batch norm and ReLU."""
    from lsnet_ros.networks import build_network
    plain: Any = build_network(model.network, **dict(model.config, block='plain'))
    plain.classifier.load_state_dict(network.classifier.state_dict())
    for paths, plain_paths in zip(network.paths, plain.paths):
        for stage, plain_stage in zip(paths, plain_paths):
            for block, plain_block in zip(stage, plain_stage):
                weight, bias = block.fuse()
                convolution, norm = plain_block[0], plain_block[1]
                convolution.weight.data.copy_(weight.data)
                norm.bias.data.copy_(bias.data)
                norm.running_var.fill_(1 - norm.eps)  # the norm only adds its bias
    return plain
