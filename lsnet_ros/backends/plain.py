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
"""What one would write without this package, to compare with."""

import numpy as np

from lsnet_ros.backends.backend import available_cores
from lsnet_ros.backends.torch_backend import import_torch, load_network
from lsnet_ros.model_files import Model


class PlainPipeline:
    """
    A model in eager PyTorch as its authors publish it, logits and argmax at full size.

    The frame becomes a normalised float image, the network resizes that for its paths, its
    logits are upsampled to the size of the frame, and ``argmax`` is taken over all of them.

    :raises BackendError: if PyTorch is not installed
    :raises ModelError: if the weights are not those of the network on the card
    """

    def __init__(self, model: Model) -> None:
        torch = self._torch = import_torch()
        self._device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
        if self._device.type == 'cpu':
            torch.set_num_threads(available_cores())
        network = load_network(model)
        if model.config.get('block') == 'deploy':
            network = _as_published(network, model)
        self._network = network.to(self._device).eval()
        self._mean, self._std = (
            torch.tensor(values).reshape(3, 1, 1).to(self._device)
            for values in (model.spec.mean, model.spec.std))

    def segment(self, image: np.ndarray) -> np.ndarray:
        """
        Give each pixel of a frame its class.

        :param image: (H, W, 3) uint8 RGB
        :returns: (H, W) uint8
        """
        torch = self._torch
        with torch.no_grad():
            x = torch.from_numpy(image).to(self._device).permute(2, 0, 1).float() / 255
            x = (x - self._mean) / self._std
            logits = self._network(x.unsqueeze(0))                     # (1, C, H, W)
            return logits.argmax(1)[0].to(torch.uint8).cpu().numpy()


def _as_published(network, model: Model):
    """Return the same function with its blocks written as convolution, batch norm, ReLU."""
    from lsnet_ros.networks import build_network
    plain = build_network(model.network, **dict(model.config, block='plain'))
    plain.classifier.load_state_dict(network.classifier.state_dict())
    for paths, plain_paths in zip(network.paths, plain.paths):
        for stage, plain_stage in zip(paths, plain_paths):
            for block, plain_block in zip(stage, plain_stage):
                weight, bias = block.fused()
                convolution, norm = plain_block[0], plain_block[1]
                convolution.weight.data.copy_(weight.data)
                norm.bias.data.copy_(bias.data)
                norm.running_var.fill_(1 - norm.eps)  # the norm then only adds its bias
    return plain
