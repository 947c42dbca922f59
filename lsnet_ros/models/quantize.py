# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Quantize an ONNX graph to 8-bit integers, with ranges of values found on calibration frames.

Static quantization, of weights by channel (Jacob et al., "Quantization and Training of Neural
Networks for Efficient Integer-Arithmetic-Only Inference", CVPR 2018; Nagel et al., "A White Paper
on Neural Network Quantization", 2021). The graph keeps its float32 inputs and outputs. Each
operation that a runtime shall compute in integers lies between nodes DequantizeLinear and
QuantizeLinear.
"""

from pathlib import Path
import tempfile
from typing import Dict, Iterable, Iterator, Optional, Sequence, Tuple

import numpy as np
import onnx
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    quantize_static,
    QuantType,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from lsnet_ros.models.card import INPUT_NAME

CONVOLUTIONS = ('Conv', 'ConvTranspose')

Inputs = Tuple[np.ndarray, ...]  # of a network's core, one (1, 3, h, w) float32 for each size


def quantize_onnx(content: bytes, inputs: Iterable[Inputs]) -> bytes:
    """
    Quantize a graph; its last convolution, which makes the logits, stays in float32.

    :param content: the graph in float32, as ``export_onnx`` writes it
    :param inputs: of each calibration frame
    :returns: the graph with the same inputs and outputs
    """
    with tempfile.TemporaryDirectory() as folder:
        source, prepared, target = (
            str(Path(folder) / name) for name in ('fp32.onnx', 'prepared.onnx', 'int8.onnx'))
        Path(source).write_bytes(content)
        quant_pre_process(source, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared, target, _Frames(inputs), quant_format=QuantFormat.QDQ, per_channel=True,
            activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            nodes_to_exclude=_find_last_convolution(prepared))
        return _drop_unused_domains(onnx.load(target)).SerializeToString()


def _drop_unused_domains(model: onnx.ModelProto) -> onnx.ModelProto:
    """Keep the operator sets that the nodes are of: older runtimes do not know the others."""
    used = {node.domain for node in model.graph.node}
    kept = [entry for entry in model.opset_import if entry.domain in used]
    del model.opset_import[:]
    model.opset_import.extend(kept)
    return model


def _find_last_convolution(path: str) -> Sequence[str]:
    """Return the name of a graph's last convolution, none of a graph without one."""
    names = [node.name for node in onnx.load(path).graph.node if node.op_type in CONVOLUTIONS]
    return names[-1:]


class _Frames(CalibrationDataReader):
    """The inputs of calibration frames by their names, as ONNX Runtime asks for them."""

    def __init__(self, inputs: Iterable[Inputs]) -> None:
        self._inputs: Iterator[Inputs] = iter(inputs)

    def get_next(self) -> Optional[Dict[str, np.ndarray]]:
        """Return the inputs of the next frame, None after the last."""
        arrays = next(self._inputs, None)
        if arrays is None:
            return None
        return {INPUT_NAME.format(index): array for index, array in enumerate(arrays)}
