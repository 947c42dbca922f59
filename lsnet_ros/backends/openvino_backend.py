# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""OpenVINO in float32, bfloat16 or 8-bit integers: on many processors faster than others."""

import contextlib
from functools import lru_cache, partial
from typing import Any, Dict, Tuple

import numpy as np

from lsnet_ros.backends.agreement import (
    check_int8,
    LIMITS,
    measure_agreement,
    recall_or_measure,
)
from lsnet_ros.backends.backend import Backend
from lsnet_ros.backends.kept import keep_bytes, recall_bytes
from lsnet_ros.backends.onnx_file import check_ports, check_types, choose_file
from lsnet_ros.board.machine import available_cores
from lsnet_ros.errors import BackendError, one_line
from lsnet_ros.models.card import Model, ONNX
from lsnet_ros.models.folder import onnx_path, read_onnx

SETTINGS: Dict[str, Any] = {
    'PERFORMANCE_HINT': 'LATENCY',
    'NUM_STREAMS': 1,
    # Threads tied to cores wait for the camera driver, the transport and our own decoding.
    'ENABLE_CPU_PINNING': False,
    # Work that is dealt out dynamically does not wait for the core that is busy with those.
    'TBB_PARTITIONER': 'AUTO',
}
"""The fastest settings; one that a version does not have is left out."""

PRECISIONS = {'f32': 'fp32', 'bf16': 'bf16'}  # OpenVINO's names to those of Backend.precision


class OpenvinoBackend(Backend):
    """
    An ONNX file of a model in OpenVINO on the CPU.

    In bfloat16 if the processor has instructions for it and, on rendered scenes, gives nearly
    the same class ids as in float32; else in float32. ``device`` names the precision and why.

    :param precision: 'fp32' for float32 or bfloat16, 'int8' for the quantized file of a model
    :raises BackendError: if OpenVINO is not installed or cannot open the file, or the 8-bit
        integers give other class ids on this processor than float32 does
    :raises ModelError: if the file is torn, or its inputs or outputs are not the card's
    """

    name = 'openvino'

    def __init__(self, model: Model, precision: str = 'fp32') -> None:
        super().__init__(model)
        file = choose_file(model, precision)
        openvino = _import_openvino()
        self._core = shared_core(openvino)
        runtime = 'OpenVINO {}, CPU, {} threads, '.format(
            openvino.__version__.split('-')[0], available_cores())
        self._version = openvino.__version__
        if precision == 'int8':
            self.name, self.precision, self.runtime = 'openvino-int8', 'int8', runtime + 'int8'
            # Layers that were not quantized compute in float32.
            self._request = self._open(model, file, 'f32')
            self.remark = check_int8(model, self.runtime, lambda: partial(
                _infer, self._open(model, ONNX, 'f32')), self._run)
        else:
            chosen, self.remark = self._choose(model)
            self._request = self._open(model, file, chosen)
            self.precision, self.runtime = PRECISIONS[chosen], runtime + chosen

    def _open(self, model: Model, file: str, precision: str) -> Any:
        """
        Return an inference request of the network, compiled once and then kept.

        Opening a kept network takes a tenth of the time of compiling it.
        """
        content, settings = read_onnx(model, file), self._settings(precision)
        key = {'file': model.card['files'][file], 'input': model.card['input'],
               'openvino': self._version, 'settings': {
                   name: str(value) for name, value in settings.items()}}
        kept = recall_bytes('openvino', key)
        if kept is not None:
            with contextlib.suppress(RuntimeError):  # then it is compiled again
                compiled = self._core.import_model(kept, 'CPU', settings)
                _check(model, file, compiled)
                return compiled.create_infer_request()
        compiled = self._compile(self._parse(model, file, content), settings)
        with contextlib.suppress(RuntimeError):  # it is only slower the next time
            keep_bytes('openvino', key, bytes(compiled.export_model().getbuffer()))
        return compiled.create_infer_request()

    def _parse(self, model: Model, file: str, content: bytes) -> Any:
        """Parse an ONNX file and compare it with the card."""
        try:
            graph = self._core.read_model(content)
        except Exception as error:  # its exceptions are not documented
            raise BackendError('OpenVINO cannot open {} ({}): export the model again'.format(
                onnx_path(model, file), one_line(error))) from error
        _check(model, file, graph)
        return graph

    def _settings(self, precision: str) -> Dict[str, Any]:
        """Return the settings for a precision that this version has."""
        # By default it takes the fastest precision of the processor, whatever the result.
        wanted = dict(SETTINGS, INFERENCE_PRECISION_HINT=precision,
                      INFERENCE_NUM_THREADS=available_cores())
        supported = self._core.get_property('CPU', 'SUPPORTED_PROPERTIES')
        return {key: value for key, value in wanted.items() if key in supported}

    def _compile(self, graph: Any, settings: Dict[str, Any]) -> Any:
        """Compile the network for the CPU."""
        try:
            return self._core.compile_model(graph, 'CPU', settings)
        except RuntimeError as error:
            raise BackendError('OpenVINO cannot compile the network in {} ({}): take another '
                               'backend'.format(settings.get('INFERENCE_PRECISION_HINT'),
                                                one_line(error))) from error

    def _choose(self, model: Model) -> Tuple[str, str]:
        """Choose the precision to compute in; returns it and the reason."""
        capabilities = self._core.get_property('CPU', 'OPTIMIZATION_CAPABILITIES')
        if 'BF16' not in capabilities:
            return 'f32', ''
        key = {'onnx': model.card['files'][ONNX], 'input': model.card['input'],
               'openvino': self._version, 'capabilities': sorted(capabilities),
               'processor': self._core.get_property('CPU', 'FULL_DEVICE_NAME')}
        same = recall_or_measure(key, lambda: measure_agreement(model.spec, *(
            partial(_infer, self._open(model, ONNX, precision)) for precision in (
                'f32', 'bf16'))))
        least = LIMITS['bf16'].agreement
        if same < least:
            return 'f32', 'bf16 would keep {:.2%} of the class ids, at least {:.0%} was ' \
                'expected'.format(same, least)
        return 'bf16', '{:.2%} of the class ids are those of f32'.format(same)

    def _run(self, inputs: Tuple[np.ndarray, ...]) -> Tuple[np.ndarray, ...]:
        if any(x.dtype != np.float32 for x in inputs):
            raise BackendError('the network was given {}, expected float32'.format(
                ', '.join(str(x.dtype) for x in inputs)))
        try:
            return _infer(self._request, inputs)
        except RuntimeError as error:
            raise BackendError('OpenVINO failed: {}'.format(one_line(error))) from error


def _check(model: Model, file: str, graph: Any) -> None:
    """Raise a ModelError if the inputs or outputs of a graph are not those of the card."""
    inputs, outputs = ([(port.get_any_name(), port.shape) for port in ports]
                       for ports in (graph.inputs, graph.outputs))
    check_ports(model, inputs, outputs, file)
    check_types(model, [port.get_element_type().get_type_name()
                        for port in graph.inputs + graph.outputs], 'f32', file)


def _infer(request: Any, inputs: Tuple[np.ndarray, ...]) -> Tuple[np.ndarray, ...]:
    """Run a network; the outputs are copied, since the next run overwrites them."""
    results = request.infer(list(inputs), share_inputs=True)
    return tuple(results.values())


@lru_cache(maxsize=None)
def shared_core(openvino: Any) -> Any:
    """
    Return the one ``openvino.Core`` of this process, which lives until the process ends.

    On processors with wide registers, a core replaces the signal stack of the thread that makes
    it, and frees that stack when it is deleted. After two of them the thread has a stack that
    was freed: Ctrl+C would be a segmentation fault.
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
