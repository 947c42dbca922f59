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
"""OpenVINO: on many processors faster than ONNX Runtime, and faster still in bfloat16."""

from functools import lru_cache, partial
from typing import Any, Tuple

import numpy as np

from lsnet_ros.backends.backend import available_cores, Backend, BackendError
from lsnet_ros.backends.onnx_file import check_ports
from lsnet_ros.backends.parity import agreement, MIN_AGREEMENT, remembered
from lsnet_ros.model_card import one_line
from lsnet_ros.model_files import Model, ONNX, onnx_path, read_verified

SETTINGS = {
    'PERFORMANCE_HINT': 'LATENCY',
    'NUM_STREAMS': 1,
    # Threads tied to cores wait there for the camera driver, the transport and our own decode.
    'ENABLE_CPU_PINNING': False,
    # Work that is shared out as it goes does not wait for the core that is busy with those.
    'TBB_PARTITIONER': 'AUTO',
}
"""What is fastest here; a setting that a version does not have is left out."""

PRECISIONS = {'f32': 'fp32', 'bf16': 'bf16'}  # its names, and those of the other backends


class OpenvinoBackend(Backend):
    """
    A model's ONNX file in OpenVINO on the CPU.

    In bfloat16 where the processor computes in it and, on frames drawn for this, gives nearly
    the same class ids as in float32; else in float32. ``device`` says which, and why.

    :raises BackendError: if OpenVINO is not installed or cannot open the file
    :raises ModelError: if the file is torn, or takes or gives other shapes than the card says
    """

    name = 'openvino'

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        openvino = _import_openvino()
        self._core = shared_core(openvino)
        graph = self._read(model)
        precision, why = self._choose(model, graph, openvino.__version__)
        self._request = self._compiled(graph, precision)
        self.precision = PRECISIONS[precision]
        self.device = 'OpenVINO {}, CPU, {} threads, {}{}'.format(
            openvino.__version__.split('-')[0], available_cores(), precision, why)

    def _read(self, model: Model) -> Any:
        """Read the ONNX file and compare it with the card."""
        content = read_verified(model, ONNX)
        try:
            graph = self._core.read_model(content)
        except Exception as error:  # what it raises is not documented
            raise BackendError('OpenVINO cannot open {} ({}): export the model again'.format(
                onnx_path(model), one_line(error))) from error
        check_ports(model, *([(port.get_any_name(), port.shape) for port in ports]
                             for ports in (graph.inputs, graph.outputs)))
        return graph

    def _compiled(self, graph: Any, precision: str) -> Any:
        """Compile the network for the CPU; give what runs it."""
        # Unless told, it takes the fastest precision of the processor, whatever that does.
        wanted = dict(SETTINGS, INFERENCE_PRECISION_HINT=precision,
                      INFERENCE_NUM_THREADS=available_cores())
        supported = self._core.get_property('CPU', 'SUPPORTED_PROPERTIES')
        settings = {key: value for key, value in wanted.items() if key in supported}
        try:
            return self._core.compile_model(graph, 'CPU', settings).create_infer_request()
        except RuntimeError as error:
            raise BackendError('OpenVINO cannot compile the network in {} ({}): take another '
                               'backend'.format(precision, one_line(error))) from error

    def _choose(self, model: Model, graph: Any, version: str) -> Tuple[str, str]:
        """Return the precision to compute in, and why."""
        capabilities = self._core.get_property('CPU', 'OPTIMIZATION_CAPABILITIES')
        if 'BF16' not in capabilities:
            return 'f32', ''
        key = {'onnx': model.card['files'][ONNX], 'input': model.card['input'],
               'openvino': version, 'capabilities': sorted(capabilities),
               'processor': self._core.get_property('CPU', 'FULL_DEVICE_NAME')}
        same = remembered(key, lambda: agreement(model.spec, *(
            partial(_infer, self._compiled(graph, precision)) for precision in ('f32', 'bf16'))))
        if same < MIN_AGREEMENT:
            return 'f32', ' (bf16 would keep {:.2%} of the class ids, at least {:.0%} was ' \
                'expected)'.format(same, MIN_AGREEMENT)
        return 'bf16', ' ({:.2%} of the class ids are those of f32)'.format(same)

    def _run(self, inputs: Tuple[np.ndarray, ...]) -> Tuple[np.ndarray, ...]:
        if any(x.dtype != np.float32 for x in inputs):
            raise BackendError('the network was given {}, expected float32'.format(
                ', '.join(str(x.dtype) for x in inputs)))
        try:
            return _infer(self._request, inputs)
        except RuntimeError as error:
            raise BackendError('OpenVINO failed: {}'.format(one_line(error))) from error


def _infer(request: Any, inputs: Tuple[np.ndarray, ...]) -> Tuple[np.ndarray, ...]:
    """Run a network; what it gives is copied, since the next run writes over it."""
    results = request.infer(list(inputs), share_inputs=True)
    return tuple(results.values())


@lru_cache(maxsize=None)
def shared_core(openvino: Any) -> Any:
    """
    Return this process's core of OpenVINO, which is kept until it ends.

    Where the processor has wide registers, a core gives the thread that makes it another stack
    for signals, and takes it away when it goes. Two at a time leave one that has been freed:
    then Ctrl+C would be a segmentation fault.
    """
    return openvino.Core()


def _import_openvino() -> Any:
    """Return the module openvino."""
    try:
        import openvino
    except ImportError as error:
        raise BackendError('OpenVINO cannot be imported ({}): install openvino'.format(
            one_line(error))) from error
    if not hasattr(openvino, 'Core'):
        raise BackendError('this OpenVINO is older than 2023.1: install a newer openvino')
    return openvino
