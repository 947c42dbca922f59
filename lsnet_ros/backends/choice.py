# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Choose the backend that runs a model."""

from typing import Callable, Dict, List, Optional

from lsnet_ros.backends.backend import Backend
from lsnet_ros.backends.fastest import (
    choose_fastest,
    describe_times,
    keep_times,
    measure_times,
    Milliseconds,
    recall_times,
)
from lsnet_ros.errors import BackendError
from lsnet_ros.models.folder import Model

Open = Callable[[Model], Backend]
Refusals = Dict[str, str]  # why a backend does not work, by name


def _open_tensorrt(model: Model) -> Backend:
    from lsnet_ros.backends.tensorrt_backend import TensorrtBackend
    return TensorrtBackend(model)


def _open_openvino(model: Model) -> Backend:
    from lsnet_ros.backends.openvino_backend import OpenvinoBackend
    return OpenvinoBackend(model)


def _open_openvino_int8(model: Model) -> Backend:
    from lsnet_ros.backends.openvino_backend import OpenvinoBackend
    return OpenvinoBackend(model, 'int8')


def _open_onnx(model: Model) -> Backend:
    from lsnet_ros.backends.onnx_backend import OnnxBackend
    return OnnxBackend(model)


def _open_onnx_int8(model: Model) -> Backend:
    from lsnet_ros.backends.onnx_backend import OnnxBackend
    return OnnxBackend(model, 'int8')


def _open_torch(model: Model) -> Backend:
    from lsnet_ros.backends.torch_backend import TorchBackend
    return TorchBackend(model)


BACKENDS: Dict[str, Open] = {
    'tensorrt': _open_tensorrt, 'onnx': _open_onnx, 'openvino': _open_openvino,
    'onnx-int8': _open_onnx_int8, 'openvino-int8': _open_openvino_int8, 'torch': _open_torch}
"""Functions that open a backend, by name; each imports its runtime only when called."""

TIMED = {'onnx': 'onnxruntime', 'openvino': 'openvino', 'onnx-int8': 'onnxruntime',
         'openvino-int8': 'openvino'}
"""The backends of which ``auto`` takes the fastest, the simplest first: their modules."""


def open_backend(model: Model, name: str = 'auto') -> Backend:
    """
    Open a model with the named backend, or with the fastest that works here.

    :param model: as read by ``read_model``
    :param name: one of ``BACKENDS``; or ``auto``: one on a GPU, else the fastest of ``TIMED`` on
        this machine, measured once, else ``torch``
    :returns: the backend; its ``reason`` says why this one, and why not others
    :raises BackendError: if the name is not known or the runtime is not available
    :raises ModelError: if the model's files contradict its card
    """
    if name != 'auto':
        if name not in BACKENDS:
            raise BackendError('backend {!r} is not known: choose from auto, {}'.format(
                name, ', '.join(sorted(BACKENDS))))
        backend = BACKENDS[name](model)
        backend.reason = '{} ({}) was asked for'.format(name, backend.device)
        return backend
    refusals: Refusals = {}
    found = (_open_on_gpu(model, refusals) or _open_known(model) or _open_timed(model, refusals)
             or _open_first({'torch': BACKENDS['torch']}, model, refusals))
    told = _describe_refusals(refusals)
    if found is None:
        raise BackendError('no backend can run model {!r}: {}'.format(
            model.name, '; '.join(told)))
    found.reason = '; '.join([found.reason] + told)
    return found


def _describe_refusals(refusals: Refusals) -> List[str]:
    """Return the refusals in words, each reason once: a missing module refuses two backends."""
    names: Dict[str, List[str]] = {}
    for name, reason in refusals.items():
        names.setdefault(reason, []).append(name)
    return ['{}: {}'.format(', '.join(known), reason) for reason, known in names.items()]


def _open_on_gpu(model: Model, refusals: Refusals) -> Optional[Backend]:
    """Open the first backend that works on a GPU; None without one."""
    candidates = {'tensorrt': BACKENDS['tensorrt']}
    if _onnx_has_cuda():
        candidates['onnx'] = _open_onnx_on_gpu
    return _open_first(candidates, model, refusals)


def _open_known(model: Model) -> Optional[Backend]:
    """Open the backend that was the fastest before; None if that is not known or fails now."""
    times = recall_times(model, _list_timed(model))
    if times is None:
        return None
    name = choose_fastest(times, list(TIMED))
    try:
        backend = BACKENDS[name](model)
    except BackendError:
        return None  # such as another version of its runtime: all are opened and timed again
    backend.reason = _describe_choice(backend, times)
    return backend


def _open_timed(model: Model, refusals: Refusals) -> Optional[Backend]:
    """Open the fastest of the backends on the processor, by timing those that work."""
    opened: Dict[str, Backend] = {}
    candidates = _list_timed(model)
    for name in candidates:
        backend = _open_first({name: BACKENDS[name]}, model, refusals)
        if backend is not None:
            opened[name] = backend
    if len(opened) < 2:
        return next(iter(opened.values()), None)
    times = measure_times(opened, [(1, 3) + tuple(size) for size in model.spec.sizes])
    keep_times(model, candidates, times)
    backend = opened[choose_fastest(times, list(TIMED))]
    backend.reason = _describe_choice(backend, times)
    return backend


def _list_timed(model: Model) -> Dict[str, str]:
    """Return the backends to time whose files the model has, and their modules."""
    return {name: module for name, module in TIMED.items()
            if model.is_quantized or not name.endswith('-int8')}


def _describe_choice(backend: Backend, times: Milliseconds) -> str:
    return '{} ({}) is the fastest here ({})'.format(
        backend.name, backend.device, describe_times(times))


def _open_first(candidates: Dict[str, Open], model: Model,
                refusals: Refusals) -> Optional[Backend]:
    """Open the first backend that works, and add why those before it do not."""
    for name, open_candidate in candidates.items():
        try:
            backend = open_candidate(model)
        except BackendError as error:
            refusals[name] = str(error)
            continue
        backend.reason = '{} ({}) is the first that works'.format(name, backend.device)
        return backend
    return None


def _open_onnx_on_gpu(model: Model) -> Backend:
    """
    Open ONNX Runtime on the GPU.

    :raises BackendError: if its build for CUDA runs on the processor, as without CUDA's libraries
    """
    backend = BACKENDS['onnx'](model)
    if not backend.on_gpu:
        raise BackendError('it was built for CUDA, which does not work here')
    return backend


def _onnx_has_cuda() -> bool:
    """Tell whether ONNX Runtime was built for CUDA; whether that works, only a session tells."""
    try:
        import onnxruntime
    except ImportError:
        return False
    return 'CUDAExecutionProvider' in onnxruntime.get_available_providers()
