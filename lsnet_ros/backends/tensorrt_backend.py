# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""TensorRT, with engines that "lsnet build-engine" built on this machine."""

from typing import Any, Dict, Optional, Sequence, Tuple

import numpy as np

from lsnet_ros.backends.backend import Backend
from lsnet_ros.engines.building import DEVICE, fallback_reason
from lsnet_ros.engines.engine_cache import CachedEngine, EngineCache
from lsnet_ros.engines.engine_key import PRECISIONS
from lsnet_ros.engines.runtime import Engine, EngineError, import_tensorrt
from lsnet_ros.errors import BackendError
from lsnet_ros.models.card import INPUT_NAME, OUTPUT_NAMES
from lsnet_ros.models.folder import Model
from lsnet_ros.models.network import import_torch


class GateError(BackendError):
    """Engines of a model were built, and none computes the same as PyTorch."""


class TensorrtBackend(Backend):
    """
    A model's engine, with all other stages on the same GPU in PyTorch.

    If there are engines of several precisions, it takes the fastest: int8, fp16, fp32.

    :raises BackendError: if TensorRT, PyTorch or a GPU is missing, no engine fits the model and
        this machine, or it cannot be loaded
    :raises GateError: if no engine passed the parity gate
    """

    name = 'tensorrt'
    on_gpu = True

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        try:
            torch = _import_all()
            content, card = _read_engine(model)
            engine = Engine(content)
            engine.check(model.spec.sizes, model.label_set.num_classes)
        except EngineError as error:
            raise BackendError(str(error)) from error
        from lsnet_ros.backends.device_stages import DeviceStages
        self.precision = card['precision']
        self.on_device = DeviceStages(
            model.spec, DEVICE, _EngineRunner(torch, engine), temperature=model.temperature)
        reason = fallback_reason(card)
        self.runtime = 'TensorRT {}, {}{}, {}'.format(
            import_tensorrt().__version__, self.precision, reason and ' as {}'.format(reason),
            torch.cuda.get_device_name() if DEVICE == 'cuda' else 'CPU')

    def _run(self, inputs: Tuple[np.ndarray, ...]) -> Tuple[np.ndarray, ...]:
        return self.on_device.infer(inputs)


def lacks_engine(model: Model) -> bool:
    """
    Tell whether only an engine is missing to run a model with TensorRT.

    False if engines were built and none passed the parity gate: another build would fail too.
    """
    try:
        _import_all()
        return _find_cached(model)[0] is None
    except EngineError:
        return False


class _EngineRunner:
    """An engine with memory for its outputs, run on tensors of its device."""

    def __init__(self, torch: Any, engine: Engine) -> None:
        self._torch, self._engine = torch, engine
        self._outputs = {binding.name: torch.empty(binding.shape, device=DEVICE)
                         for binding in engine.outputs}

    def __call__(self, images: Sequence[Any]) -> Sequence[Any]:
        """Enqueue a run on the current stream; returns the tensors that it will write."""
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
    """Return the module torch; raises EngineError if it, TensorRT or a GPU is missing."""
    import_tensorrt()  # before torch, whose import takes seconds
    try:
        torch = import_torch()
    except BackendError as error:
        raise EngineError(str(error)) from error
    if DEVICE == 'cuda' and not torch.cuda.is_available():
        raise EngineError('PyTorch {} sees no GPU: on a Jetson install the PyTorch that NVIDIA '
                          'offers for its JetPack'.format(torch.__version__))
    return torch


def _read_engine(model: Model) -> Tuple[bytes, Dict[str, Any]]:
    """Return the engine to use and its card; raises EngineError or GateError if there is none."""
    cached, reason = _find_cached(model)
    if cached is None:
        raise EngineError('no engine for {} ({}): run "lsnet build-engine --model {}"'.format(
            model.name, reason, model.name))
    if cached.content is None:
        raise GateError('no engine for {} computes the same as PyTorch ({}): use another '
                        'backend'.format(model.name, fallback_reason(cached.card)))
    return cached.content, cached.card


def _find_cached(model: Model) -> Tuple[Optional[CachedEngine], str]:
    """
    Find the fastest engine in the cache.

    :returns: the engine, or the entry that says that none passed the parity gate, or None; in
        the last case, the reasons
    """
    cache, found, reasons = EngineCache(), None, []
    for precision in reversed(PRECISIONS):
        cached = cache.find(model, precision)
        if cached is not None and cached.content is not None:
            return cached, ''
        found = cached or found
        reasons += [cache.reason] if cached is None and cache.reason not in reasons else []
    return found, '; '.join(reasons)
