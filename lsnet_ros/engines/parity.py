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
"""
The parity gate: an engine is used only if it computes what PyTorch does.

What can be wrong with an engine is mostly silent: a constant where there was an operation
without a converter, a resize that is half a pixel off, a sum that float16 cannot hold. All of
it shows in the class ids of frames that the build did not see.
"""

from typing import List, NamedTuple, Optional, Sequence, Tuple

from lsnet_ros.decoding import decode
from lsnet_ros.engines.frames import Inputs, prepared, stacked
from lsnet_ros.engines.runtime import Engine, OUTPUT_NAMES
from lsnet_ros.preprocessing import InputSpec, Preprocessor
import numpy as np
import torch
from torch import nn

# Of the pixels of the worst frame. With the models shipped, rounding to float16 keeps 99.93 % and
# more of them, to 255 steps in each layer 97.7 and 99.2 %; a resize half a pixel off about 90 %.
AGREEMENT = {'fp32': 0.999, 'fp16': 0.995, 'int8': 0.97}
SHARE = 0.5  # of what PyTorch's outputs change from frame to frame, that an engine's have to


class Parity(NamedTuple):
    """How an engine compares with PyTorch."""

    passed: bool
    reason: str                     # why it did not, '' if it did
    agreement: List[float]          # share of the pixels with the same class, by frame
    limit: float                    # of the agreement of every frame
    difference: Optional[float]     # largest, over the largest value of the output


class Reference:
    """
    What PyTorch computes of some frames, in FP32 on the CPU.

    :param network: as it was trained, in inference mode, on the CPU
    :param frames: (H, W, 3) uint8 RGB
    """

    def __init__(self, network: nn.Module, spec: InputSpec, frames: Sequence[np.ndarray]) -> None:
        prepare = Preprocessor(spec)
        self.size = (spec.height, spec.width)
        self.inputs = [prepared(prepare, frame) for frame in frames]
        with torch.no_grad():
            self.outputs = [tuple(y.numpy() for y in network.core(*map(torch.from_numpy, x)))
                            for x in self.inputs]
        self.class_ids = [decode(outputs, self.size) for outputs in self.outputs]


def check_parity(engine: Engine, reference: Reference, precision: str, batch: int = 1,
                 device: str = 'cuda') -> Parity:
    """
    Run an engine on each frame, and compare.

    Other frames share its batch, so that the places of a batch are compared too.

    :param device: of PyTorch, where the engine reads and writes
    :raises EngineError: if the engine does not run
    """
    count = len(reference.inputs)
    runs = [run_engine(engine, stacked([reference.inputs[(start + place) % count]
                                        for place in range(batch)]), device)
            for start in range(count)]
    return _worst([compare([tuple(y[place:place + 1] for y in runs[(frame - place) % count])
                            for frame in range(count)], reference, AGREEMENT[precision])
                   for place in range(batch)])


def compare(outputs: Sequence[Tuple[np.ndarray, ...]], reference: Reference,
            limit: float) -> Parity:
    """
    Compare what an engine gave for each frame with the reference.

    :param outputs: of the network's core, frame by frame
    :param limit: share of the pixels whose class has to be the same, in every frame
    """
    reason = _not_finite(outputs) or _unchanged(outputs, reference.outputs)
    if reason:
        return Parity(False, reason, [], limit, None)
    agreement = [float((decode(ours, reference.size) == theirs).mean())
                 for ours, theirs in zip(outputs, reference.class_ids)]
    if min(agreement) < limit:
        reason = '{:.3%} of the pixels of frame {} have PyTorch\'s class, expected {:.1%}'.format(
            min(agreement), agreement.index(min(agreement)), limit)
    difference = max(float(np.abs(x - y).max() / max(np.abs(y).max(), 1e-30))
                     for ours, theirs in zip(outputs, reference.outputs)
                     for x, y in zip(ours, theirs))
    return Parity(not reason, reason, agreement, limit, difference)


def run_engine(engine: Engine, images: Inputs, device: str = 'cuda') -> Tuple[np.ndarray, ...]:
    """
    Run an engine once, and wait for it.

    :param images: for each size that the network reads
    :param device: of PyTorch, where the engine reads and writes
    :returns: logits, and the offset where there is one
    :raises EngineError: if TensorRT does not run it
    """
    outputs = {binding.name: torch.full(binding.shape, float('nan'), device=device)
               for binding in engine.outputs}
    inputs = {binding.name: torch.from_numpy(image).to(device)
              for binding, image in zip(sorted(engine.inputs), images)}
    tensors = dict(inputs, **outputs)
    is_cuda = torch.device(device).type == 'cuda'
    stream = torch.cuda.current_stream().cuda_stream if is_cuda else 0
    engine.enqueue({name: tensor.data_ptr() for name, tensor in tensors.items()}, stream)
    if is_cuda:
        torch.cuda.synchronize()
    return tuple(outputs[name].cpu().numpy() for name in OUTPUT_NAMES if name in outputs)


def _not_finite(outputs: Sequence[Tuple[np.ndarray, ...]]) -> str:
    """Say where there is a NaN or infinity, '' if nowhere."""
    for frame, arrays in enumerate(outputs):
        for name, values in zip(OUTPUT_NAMES, arrays):
            if not np.isfinite(values).all():
                return '{} of frame {} holds NaN or infinity'.format(name, frame)
    return ''


def _unchanged(outputs: Sequence[Tuple[np.ndarray, ...]],
               expected: Sequence[Tuple[np.ndarray, ...]]) -> str:
    """Say which output does not follow the input as PyTorch's does, '' if each does."""
    for name, ours, theirs in zip(OUTPUT_NAMES, zip(*outputs), zip(*expected)):
        if _change(ours) < SHARE * _change(theirs):
            return '{} does not change with the image as PyTorch\'s does'.format(name)
    return ''


def _change(arrays: Sequence[np.ndarray]) -> float:
    """Return how far an output is from that of the first frame, on average."""
    return float(np.mean([np.abs(values - arrays[0]).mean() for values in arrays[1:]]))


def _worst(parities: Sequence[Parity]) -> Parity:
    """Return what the places of a batch come to."""
    failed = [parity for parity in parities if not parity.passed]
    if failed:
        return failed[0]
    return parities[0]._replace(
        agreement=[min(values) for values in zip(*[parity.agreement for parity in parities])],
        difference=max(parity.difference for parity in parities))
