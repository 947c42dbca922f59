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
"""TensorRT: engines built on the machine that runs them, with "lsnet build-engine"."""

from typing import Any, Optional, Sequence, Tuple

import numpy as np

from lsnet_ros.backends.backend import Backend, BackendError
from lsnet_ros.backends.torch_backend import import_torch
from lsnet_ros.engines.building import fallback_reason
from lsnet_ros.engines.engine_cache import CachedEngine, EngineCache
from lsnet_ros.engines.engine_key import PRECISIONS
from lsnet_ros.engines.runtime import (
    Engine, EngineError, import_tensorrt, INPUT_NAME, OUTPUT_NAMES)
from lsnet_ros.model_files import Model

DEVICE = 'cuda'  # 'cpu' with a stand-in for TensorRT that computes in the memory of the host


class GateError(BackendError):
    """Engines of a model were built, and none computes what PyTorch does."""


class TensorrtBackend(Backend):
    """
    A model's engine, with all other stages on the same GPU in PyTorch.

    Of engines that were built for several precisions it takes the fastest: int8, fp16, fp32.

    :raises BackendError: if TensorRT, PyTorch or a GPU is missing, no engine fits the model and
        this machine, or it cannot be loaded
    :raises GateError: if none passed the comparison with PyTorch
    """

    name = 'tensorrt'
    on_gpu = True

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        try:
            torch = _import_all()
            cached = _find(model)
            engine = Engine(cached.content)
            engine.check(model.spec.sizes, model.label_set.num_classes)
        except EngineError as error:
            raise BackendError(str(error)) from error
        from lsnet_ros.backends.device_stages import DeviceStages
        self.precision = cached.card['precision']
        self.on_device = DeviceStages(model.spec, DEVICE, _Core(torch, engine))
        reason = fallback_reason(cached.card)
        self.device = 'TensorRT {}, {}{}, {}'.format(
            import_tensorrt().__version__, self.precision, reason and ' as {}'.format(reason),
            torch.cuda.get_device_name() if DEVICE == 'cuda' else 'CPU')

    def _run(self, inputs: Tuple[np.ndarray, ...]) -> Tuple[np.ndarray, ...]:
        return self.on_device.infer(inputs)


def lacks_engine(model: Model) -> bool:
    """
    Tell whether an engine is all that TensorRT needs here to run a model.

    Not so where one was built and none passed its test: it would be built in vain again.
    """
    try:
        _import_all()
        return _cached(model)[0] is None
    except EngineError:
        return False


class _Core:
    """An engine with memory for what it writes, to be run on tensors of its device."""

    def __init__(self, torch: Any, engine: Engine) -> None:
        self._torch, self._engine = torch, engine
        self._outputs = {binding.name: torch.empty(binding.shape, device=DEVICE)
                         for binding in engine.outputs}

    def __call__(self, images: Sequence[Any]) -> Sequence[Any]:
        """Ask for a run on the current stream; returns what it will have written."""
        tensors = {INPUT_NAME.format(index): image for index, image in enumerate(images)}
        tensors.update(self._outputs)
        stream = self._torch.cuda.current_stream().cuda_stream if DEVICE == 'cuda' else 0
        try:
            self._engine.enqueue(
                {name: tensor.data_ptr() for name, tensor in tensors.items()}, stream)
        except EngineError as error:
            raise BackendError(str(error)) from error
        return [self._outputs[name] for name in OUTPUT_NAMES if name in self._outputs]


def _import_all() -> Any:
    """Return the module torch; raises EngineError unless it, TensorRT and a GPU are there."""
    import_tensorrt()  # before torch, which is large and in vain without it
    try:
        torch = import_torch()
    except BackendError as error:
        raise EngineError(str(error)) from error
    if DEVICE == 'cuda' and not torch.cuda.is_available():
        raise EngineError('PyTorch {} sees no GPU: on a Jetson install the PyTorch that NVIDIA '
                          'offers for its JetPack'.format(torch.__version__))
    return torch


def _find(model: Model) -> CachedEngine:
    """Return the engine to use; raises EngineError or GateError if there is none."""
    cached, reason = _cached(model)
    if cached is None:
        raise EngineError('no engine for {} ({}): run "lsnet build-engine --model {}"'.format(
            model.name, reason, model.name))
    if cached.content is None:
        raise GateError('no engine for {} computes what PyTorch does ({}): use another '
                        'backend'.format(model.name, fallback_reason(cached.card)))
    return cached


def _cached(model: Model) -> Tuple[Optional[CachedEngine], str]:
    """Return the fastest engine, or what says that there can be none, and why there is neither."""
    cache, found, reasons = EngineCache(), None, []
    for precision in reversed(PRECISIONS):
        cached = cache.find(model, precision)
        if cached is not None and cached.content is not None:
            return cached, ''
        found = cached or found
        reasons += [cache.reason] if cached is None and cache.reason not in reasons else []
    return found, '; '.join(reasons)
