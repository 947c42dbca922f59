# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Choose the backend that runs a model."""

from typing import Callable, Dict, List, Tuple

from lsnet_ros.backends.backend import Backend
from lsnet_ros.errors import BackendError
from lsnet_ros.models.folder import Model

Open = Callable[[Model], Backend]


def _open_tensorrt(model: Model) -> Backend:
    from lsnet_ros.backends.tensorrt_backend import TensorrtBackend
    return TensorrtBackend(model)


def _open_openvino(model: Model) -> Backend:
    from lsnet_ros.backends.openvino_backend import OpenvinoBackend
    return OpenvinoBackend(model)


def _open_onnx(model: Model) -> Backend:
    from lsnet_ros.backends.onnx_backend import OnnxBackend
    return OnnxBackend(model)


def _open_torch(model: Model) -> Backend:
    from lsnet_ros.backends.torch_backend import TorchBackend
    return TorchBackend(model)


BACKENDS: Dict[str, Open] = {
    'tensorrt': _open_tensorrt, 'openvino': _open_openvino, 'onnx': _open_onnx,
    'torch': _open_torch}
"""Functions that open a backend, by name; each imports its runtime only when called."""

AUTO_ORDER = ('tensorrt', 'openvino', 'onnx', 'torch')
"""The order in which ``auto`` tries the backends, fastest first."""


def open_backend(model: Model, name: str = 'auto') -> Backend:
    """
    Open a model with the named backend, or with the first that works here.

    :param model: as read by ``read_model``
    :param name: one of ``BACKENDS``, or ``auto``
    :returns: the backend; its ``reason`` says why this one, and why not those before it
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
    refusals = []
    for candidate, open_candidate in _list_candidates():
        try:
            backend = open_candidate(model)
        except BackendError as error:
            refusals.append('{}: {}'.format(candidate, error))
            continue
        backend.reason = '; '.join(
            ['{} ({}) is the first that works'.format(candidate, backend.device)] + refusals)
        return backend
    raise BackendError('no backend can run model {!r}: {}'.format(model.name, '; '.join(refusals)))


def _list_candidates() -> List[Tuple[str, Open]]:
    """Return the backends in the order in which to try them: OpenVINO would leave a GPU idle."""
    candidates = [(name, BACKENDS[name]) for name in AUTO_ORDER]
    if _onnx_has_cuda():
        candidates.insert(AUTO_ORDER.index('openvino'), ('onnx', _open_onnx_on_gpu))
    return candidates


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
