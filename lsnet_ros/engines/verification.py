# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Run an engine on frames that its build did not see, and compare it with PyTorch."""

from typing import List, Sequence

import numpy as np
import torch

from lsnet_ros.engines.frames import Inputs, prepare_inputs, stack_inputs
from lsnet_ros.engines.runtime import Engine
from lsnet_ros.models.card import OUTPUT_NAMES
from lsnet_ros.models.parity import compare, INT8_LIMITS, Limits, Outputs, Parity
from lsnet_ros.networks.core import Network
from lsnet_ros.stages.preprocessing import InputSpec, Preprocessor

# Of the pixels of the worst frame. With the models shipped, rounding to float16 keeps 99.93 % and
# more of them, to 255 steps in each layer 97.7 and 99.2 %; a resize half a pixel off about 90 %.
LIMITS = {'fp32': Limits(0.999), 'fp16': Limits(0.995), 'int8': INT8_LIMITS}


class Reference:
    """
    Outputs of a network for some frames in PyTorch, FP32 on the CPU.

    :param network: as it was trained, in inference mode, on the CPU
    :param frames: (H, W, 3) uint8 RGB, at least two
    """

    def __init__(self, network: Network, spec: InputSpec, frames: Sequence[np.ndarray]) -> None:
        preprocessor = Preprocessor(spec)
        self.size = (spec.height, spec.width)
        self.inputs = [prepare_inputs(preprocessor, frame) for frame in frames]
        with torch.no_grad():
            self.outputs: List[Outputs] = [
                tuple(y.numpy() for y in network.core(*map(torch.from_numpy, inputs)))
                for inputs in self.inputs]


def verify_engine(engine: Engine, reference: Reference, limits: Limits, batch: int = 1,
                  device: str = 'cuda') -> Parity:
    """
    Pass an engine through the parity gate, in every place of its batch.

    Each run has different frames in the places of the batch, so each place sees each frame.

    :param device: of PyTorch, where the engine reads and writes
    :raises EngineError: if the engine does not run
    """
    count = len(reference.inputs)
    runs = [run_engine(engine, stack_inputs([reference.inputs[(start + place) % count]
                                             for place in range(batch)]), device)
            for start in range(count)]
    return _merge([compare(
        [tuple(y[place:place + 1] for y in runs[(frame - place) % count])
         for frame in range(count)], reference.outputs, limits, reference.size)
        for place in range(batch)])


def run_engine(engine: Engine, images: Inputs, device: str = 'cuda') -> Outputs:
    """
    Run an engine once, and wait for it.

    :param images: one for each input size of the network
    :param device: of PyTorch, where the engine reads and writes
    :returns: logits, and the offset if there is one
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


def _merge(parities: Sequence[Parity]) -> Parity:
    """Merge the parities of the places of a batch: the first failure, else the worst figures."""
    failed = [parity for parity in parities if not parity.passed]
    if failed:
        return failed[0]
    return parities[0]._replace(
        agreement=[min(values) for values in zip(*[parity.agreement for parity in parities])],
        difference=max(parity.difference or 0.0 for parity in parities))
