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
"""ONNX Runtime: the default where there is no TensorRT."""

from typing import Any, Tuple

import numpy as np

from lsnet_ros.backends.backend import available_cores, Backend, BackendError
from lsnet_ros.backends.onnx_file import check_ports
from lsnet_ros.model_card import one_line
from lsnet_ros.model_files import Model, ONNX, onnx_path, read_verified

PROVIDERS = {'CUDAExecutionProvider': 'CUDA', 'CPUExecutionProvider': 'CPU'}  # best first


class OnnxBackend(Backend):
    """
    A model's ONNX file in ONNX Runtime, on CUDA where its build has it, else on the CPU.

    :raises BackendError: if ONNX Runtime is not installed or cannot open the file
    :raises ModelError: if the file is torn, or takes or gives other shapes than the card says
    """

    name = 'onnx'

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        try:
            import onnxruntime
        except ImportError as error:
            raise BackendError('ONNX Runtime cannot be imported ({}): install onnxruntime'.format(
                one_line(error))) from error
        self._session = _open_session(onnxruntime, read_verified(model, ONNX), onnx_path(model))
        inputs, outputs = ([(node.name, node.shape) for node in nodes] for nodes in (
            self._session.get_inputs(), self._session.get_outputs()))
        check_ports(model, inputs, outputs)
        self._names = [name for name, _ in inputs]
        provider = PROVIDERS.get(self._session.get_providers()[0], 'CPU')
        self.on_gpu = provider == 'CUDA'
        self.device = 'ONNX Runtime {}, {}, {} threads'.format(
            onnxruntime.__version__, provider, available_cores())

    def _run(self, inputs: Tuple[np.ndarray, ...]) -> Tuple[np.ndarray, ...]:
        try:
            return tuple(self._session.run(None, dict(zip(self._names, inputs))))
        except Exception as error:  # its classes have no other base in common
            raise BackendError('ONNX Runtime failed: {}'.format(one_line(error))) from error


def _open_session(onnxruntime: Any, content: bytes, path: object) -> Any:
    """Open a session on the bytes of an ONNX file, with the settings that are fastest here."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors; they come as exceptions too
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.intra_op_num_threads = available_cores()
    # Threads that wait for work spinning take the cores from the camera driver, the transport
    # and our own decode, and do not make the network faster.
    options.add_session_config_entry('session.intra_op.allow_spinning', '0')
    # Numbers below 1e-38 are a hundred times slower than zero on many processors.
    options.add_session_config_entry('session.set_denormal_as_zero', '1')
    available = onnxruntime.get_available_providers()
    try:
        return onnxruntime.InferenceSession(
            content, options, providers=[name for name in PROVIDERS if name in available])
    except Exception as error:  # its classes have no other base in common
        raise BackendError('ONNX Runtime {} cannot open {} ({}): export the model again'.format(
            onnxruntime.__version__, path, one_line(error))) from error
