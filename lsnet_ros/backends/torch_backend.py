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
"""PyTorch: the reference, and the way where only PyTorch is at hand."""

from typing import Any, Sequence, Tuple

import numpy as np

from lsnet_ros.backends.backend import Backend, BackendError
from lsnet_ros.model_card import one_line
from lsnet_ros.model_files import Model, ModelError, read_weights, WEIGHTS


class TorchBackend(Backend):
    """
    A model's network in eager PyTorch, FP32, on CUDA where there is one, else on the CPU.

    On CUDA the other stages are done there too.

    :raises BackendError: if PyTorch is not installed
    :raises ModelError: if the weights are torn, or are not those of the network on the card
    """

    name = 'torch'

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        torch = import_torch()
        self._torch, self._spec = torch, model.spec
        self._device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
        self.on_gpu = self._device.type == 'cuda'
        network = load_network(model)
        sizes = [tuple(size) for size in network.input_sizes(model.spec.height, model.spec.width)]
        if sizes != [tuple(size) for size in model.spec.sizes]:
            raise ModelError('the card of {} says that the network reads {}, but {} reads {}: '
                             'export the model again'.format(
                                 model.folder, model.spec.sizes, model.network, sizes))
        self._network = network.deployed().to(self._device, memory_format=torch.channels_last)
        if self.on_gpu:
            self.on_device = self._open_stages()
        where = ('{} threads'.format(torch.get_num_threads()) if self._device.type == 'cpu'
                 else torch.cuda.get_device_name(self._device))
        self.device = 'PyTorch {}, {}, {}'.format(
            torch.__version__, self._device.type.upper(), where)

    def _open_stages(self) -> Any:
        """Return all stages of a frame on the network's device."""
        from lsnet_ros.backends.device_stages import DeviceStages
        torch, network = self._torch, self._network
        return DeviceStages(self._spec, self._device.type,
                            lambda images: _core(torch, network, images), torch.channels_last)

    def _run(self, inputs: Tuple[np.ndarray, ...]) -> Tuple[np.ndarray, ...]:
        torch = self._torch
        try:
            with torch.no_grad():
                images = [torch.from_numpy(x).to(self._device).contiguous(
                    memory_format=torch.channels_last) for x in inputs]
                return tuple(y.float().cpu().contiguous().numpy()
                             for y in _core(torch, self._network, images))
        except RuntimeError as error:
            raise BackendError('PyTorch failed: {}'.format(one_line(error))) from error


def _core(torch: Any, network: Any, images: Sequence[Any]) -> Tuple[Any, ...]:
    """Run a network's core as exactly as on the CPU."""
    # TensorFloat-32 would give other labels than the other backends.
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        return network.core(*images)


def load_network(model: Model) -> Any:
    """
    Build a model's network with its weights, in inference mode.

    :returns: a torch module with ``core``, ``forward`` and ``input_sizes``
    :raises BackendError: if PyTorch is not installed
    :raises ModelError: if the weights are torn, or are not those of the network on the card
    """
    torch = import_torch()
    from lsnet_ros.networks import build_network
    try:
        network = build_network(model.network, **model.config)
    except (TypeError, ValueError) as error:
        raise ModelError('the card of {} describes no network ({}): export the model again'.format(
            model.folder, one_line(error))) from error
    weights = read_weights(model)
    state = network.state_dict()
    problem = _misfit({name: tuple(value.shape) for name, value in state.items()}, weights)
    if problem:
        raise ModelError('{} does not fit network {!r} as the card describes it: {}; export the '
                         'model again'.format(model.folder / WEIGHTS, model.network, problem))
    network.load_state_dict({name: torch.from_numpy(np.ascontiguousarray(value)).reshape(
        state[name].shape) for name, value in weights.items()})
    return network.eval()


def _misfit(shapes: dict, weights: dict) -> str:
    """Say what keeps the arrays from being the parameters of these shapes, '' if nothing."""
    for name in sorted(set(shapes) | set(weights)):
        if name not in weights:
            return 'it has no {}'.format(name)
        if name not in shapes:
            return 'the network has no {}'.format(name)
        if weights[name].shape != shapes[name]:
            return '{} is {}, expected {}'.format(name, weights[name].shape, shapes[name])
        if weights[name].dtype.kind not in 'fiu' or not np.isfinite(weights[name]).all():
            return '{} holds what is no number'.format(name)
    return ''


def import_torch() -> Any:
    """Return the module torch."""
    try:
        import torch
    except ImportError as error:
        raise BackendError('PyTorch cannot be imported ({}): install torch'.format(
            one_line(error))) from error
    return torch
