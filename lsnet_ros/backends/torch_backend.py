# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""PyTorch, the reference of the other backends."""

from typing import Any, Sequence, Tuple

import numpy as np

from lsnet_ros.backends.backend import Backend
from lsnet_ros.board.machine import available_cores
from lsnet_ros.errors import BackendError, one_line
from lsnet_ros.models.folder import Model, ModelError
from lsnet_ros.models.network import import_torch, load_network


class TorchBackend(Backend):
    """
    A model's network in eager PyTorch, FP32, on CUDA if it is available, else on the CPU.

    On CUDA the other stages of a frame run there too.

    :raises BackendError: if PyTorch is not installed
    :raises ModelError: if the weights are torn or do not fit the network on the card
    """

    name = 'torch'

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        torch = import_torch()
        self._torch, self._spec = torch, model.spec
        self._temperature = model.temperature
        self._device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
        self.on_gpu = self._device.type == 'cuda'
        # PyTorch does not see a container's quota of processor time.
        torch.set_num_threads(min(torch.get_num_threads(), available_cores()))
        network = load_network(model)
        sizes = [tuple(size) for size in network.input_sizes(model.spec.height, model.spec.width)]
        if sizes != [tuple(size) for size in model.spec.sizes]:
            raise ModelError('the card of {} says that the network reads {}, but {} reads {}: '
                             'export the model again'.format(
                                 model.folder, model.spec.sizes, model.network, sizes))
        self._network = network.deploy().to(self._device, memory_format=torch.channels_last)
        if self.on_gpu:
            self.on_device = self._open_stages()
        where = ('{} threads'.format(torch.get_num_threads()) if self._device.type == 'cpu'
                 else torch.cuda.get_device_name(self._device))
        self.runtime = 'PyTorch {}, {}, {}'.format(
            torch.__version__, self._device.type.upper(), where)

    def _open_stages(self) -> Any:
        """Return all stages of a frame on the network's device."""
        from lsnet_ros.backends.device_stages import DeviceStages
        torch, network = self._torch, self._network
        return DeviceStages(self._spec, self._device.type,
                            lambda images: _run_core(torch, network, images), torch.channels_last,
                            self._temperature)

    def _run(self, inputs: Tuple[np.ndarray, ...]) -> Tuple[np.ndarray, ...]:
        torch = self._torch
        try:
            with torch.no_grad():
                images = [torch.from_numpy(x).to(self._device).contiguous(
                    memory_format=torch.channels_last) for x in inputs]
                return tuple(y.float().cpu().contiguous().numpy()
                             for y in _run_core(torch, self._network, images))
        except RuntimeError as error:
            raise BackendError('PyTorch failed: {}'.format(one_line(error))) from error


def _run_core(torch: Any, network: Any, images: Sequence[Any]) -> Tuple[Any, ...]:
    """Run a network's core in full float32, as on the CPU."""
    # TensorFloat-32 would give other class ids than the other backends.
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        return network.core(*images)
