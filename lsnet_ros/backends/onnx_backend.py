# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""ONNX Runtime, the backend that every machine has; in float32 or in 8-bit integers."""

from typing import Any, Tuple

import numpy as np

from lsnet_ros.backends.agreement import check_int8
from lsnet_ros.backends.backend import Backend
from lsnet_ros.backends.onnx_file import check_ports, check_types, choose_file
from lsnet_ros.board.machine import available_cores
from lsnet_ros.errors import BackendError, one_line
from lsnet_ros.models.card import Model
from lsnet_ros.models.folder import onnx_path, read_onnx

PROVIDERS = {'CUDAExecutionProvider': 'CUDA', 'CPUExecutionProvider': 'CPU'}  # best first


class OnnxBackend(Backend):
    """
    An ONNX file of a model in ONNX Runtime, on CUDA if its build has it, else on the CPU.

    :param precision: 'fp32', or 'int8' for the quantized file of a model
    :raises BackendError: if ONNX Runtime is not installed or cannot open the file, or the 8-bit
        integers give other class ids on this processor than float32 does
    :raises ModelError: if the file is torn, or its inputs or outputs are not the card's
    """

    name = 'onnx'

    def __init__(self, model: Model, precision: str = 'fp32') -> None:
        super().__init__(model)
        self.precision = precision
        file = choose_file(model, precision)
        try:
            import onnxruntime
        except ImportError as error:
            raise BackendError('ONNX Runtime cannot be imported ({}): install onnxruntime'.format(
                one_line(error))) from error
        self._session = _open_session(
            onnxruntime, read_onnx(model, file), onnx_path(model, file))
        inputs, outputs = ([(node.name, node.shape) for node in nodes] for nodes in (
            self._session.get_inputs(), self._session.get_outputs()))
        check_ports(model, inputs, outputs, file)
        check_types(model, [node.type for node in (
            self._session.get_inputs() + self._session.get_outputs())], 'tensor(float)', file)
        self._names = [name for name, _ in inputs]
        provider = PROVIDERS.get(self._session.get_providers()[0], 'CPU')
        self.on_gpu = provider == 'CUDA'
        self.runtime = 'ONNX Runtime {}, {}, {} threads'.format(
            onnxruntime.__version__, provider, available_cores())
        if precision == 'int8':
            self.name, self.runtime = 'onnx-int8', self.runtime + ', int8'
            self.remark = check_int8(
                model, self.runtime, lambda: OnnxBackend(model)._run, self._run)

    def _run(self, inputs: Tuple[np.ndarray, ...]) -> Tuple[np.ndarray, ...]:
        try:
            return tuple(self._session.run(None, dict(zip(self._names, inputs))))
        except Exception as error:  # its exceptions have no narrower base class
            raise BackendError('ONNX Runtime failed: {}'.format(one_line(error))) from error


def _open_session(onnxruntime: Any, content: bytes, path: object) -> Any:
    """Open a session on the bytes of an ONNX file, with the settings that are fastest here."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors only
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.intra_op_num_threads = available_cores()
    # Threads that spin while they wait take the cores from the camera driver, the transport and
    # our own decoding, and do not make the network faster.
    options.add_session_config_entry('session.intra_op.allow_spinning', '0')
    # Numbers below 1e-38 are a hundred times slower than zero on many processors.
    options.add_session_config_entry('session.set_denormal_as_zero', '1')
    # It would also read its own format, in which weights may lie in other files.
    options.add_session_config_entry('session.load_model_format', 'ONNX')
    available = onnxruntime.get_available_providers()
    try:
        return onnxruntime.InferenceSession(
            content, options, providers=[name for name in PROVIDERS if name in available])
    except Exception as error:  # its exceptions have no narrower base class
        raise BackendError('ONNX Runtime {} cannot open {} ({}): export the model again'.format(
            onnxruntime.__version__, path, one_line(error))) from error
