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
"""Time the stages of the segmenter, and the plain pipeline beside them in the same run."""

import math
from pathlib import Path
import time
from typing import Any, Callable, Dict, List, Optional, Tuple

import numpy as np

from lsnet_ros.backends import BackendError
from lsnet_ros.errors import LsnetError
from lsnet_ros.model_files import Model, read_weights, write_model
from lsnet_ros.segmenter import Segmenter

ROUND = 5  # frames that one pipeline is timed on before it is the other's turn
STAGES = ('preprocess_ms', 'network_ms', 'decode_ms', 'total_ms')
PERCENTILES = (50, 95, 99)

Timings = Dict[str, float]      # ms by stage
Percentiles = Dict[str, float]  # ms by p50, p95, p99
Contender = Callable[[np.ndarray], Tuple[np.ndarray, Timings]]  # RGB -> class ids, timings


class BenchmarkError(LsnetError, ValueError):
    """A model cannot be timed at the size asked for."""


def ours(segmenter: Segmenter) -> Contender:
    """Return the segmenter as a contender."""
    def segment(image):
        segmentation = segmenter.segment(image)
        return segmentation.class_ids, segmentation.timings
    return segment


def plain(model: Model) -> Contender:
    """
    Return the plain pipeline as a contender.

    :raises BackendError: if PyTorch is not installed
    """
    from lsnet_ros.backends.plain import PlainPipeline
    pipeline = PlainPipeline(model)

    def segment(image):
        started = time.perf_counter()
        class_ids = pipeline.segment(image)
        return class_ids, {'total_ms': 1e3 * (time.perf_counter() - started)}
    return segment


def measure(contenders: List[Contender], images: List[np.ndarray],
            frames: int) -> List[Dict[str, Percentiles]]:
    """
    Time contenders in turns, so that whatever else the machine does meets all alike.

    Each turn starts with a frame that is not counted: it wakes the threads of the one whose turn
    it is, fetches its weights, and lets the threads of the other fall asleep.

    :param images: (H, W, 3) uint8 RGB, shown in turn
    :param frames: how many frames to time each on, rounded up to whole turns
    :returns: for each contender the percentiles of each of its stages, ms
    """
    samples: List[List[Timings]] = [[] for _ in contenders]
    for turn in range(math.ceil(frames / ROUND)):
        order = list(zip(contenders, samples))
        for contender, timings in order[::-1] if turn % 2 else order:
            contender(images[-1])
            timings += [contender(images[index % len(images)])[1]
                        for index in range(ROUND)]
    return [{stage: percentiles([timing[stage] for timing in timings]) for stage in timings[0]}
            for timings in samples]


def percentiles(values: List[float]) -> Percentiles:
    """Return p50, p95 and p99 of some values, interpolated linearly."""
    return {'p{}'.format(q): float(np.percentile(values, q)) for q in PERCENTILES}


def benchmark(model: Model, backend: str, images: List[np.ndarray],
              frames: int) -> Dict[str, Any]:
    """
    Time a model on images of one size, and the plain pipeline where PyTorch is installed.

    :param images: (H, W, 3) uint8 RGB
    :returns: preprocess_ms, network_ms, decode_ms, total_ms, plain_total_ms (p50, p95 and p99
        each), speedup (of the medians) and agreement (the fraction of the pixels that both give
        the same class), the last three None where there is no plain pipeline; backend, device,
        reason and plain_reason
    """
    segmenter = Segmenter(model, backend)
    segmenter.warm_up()
    contenders: List[Contender] = [ours(segmenter)]
    plain_reason: Optional[str] = None
    try:
        contenders.append(plain(model))
    except BackendError as error:
        plain_reason = str(error)
    results = [contender(images[0])[0] for contender in contenders]
    ours_ms, *plain_ms = measure(contenders, images, frames)
    report = dict(ours_ms, plain_total_ms=None, speedup=None, agreement=None,
                  plain_reason=plain_reason, backend=segmenter.backend.name,
                  device=segmenter.backend.device, reason=segmenter.backend.reason)
    if plain_ms:
        report['plain_total_ms'] = plain_ms[0]['total_ms']
        report['speedup'] = plain_ms[0]['total_ms']['p50'] / ours_ms['total_ms']['p50']
        report['agreement'] = float((results[0] == results[1]).mean())
    return report


def resized(model: Model, size: Tuple[int, int], folder: Path) -> Model:
    """
    Return a model made for another input size, the model itself if that is its own.

    An ONNX file and an engine are for one size; the weights are for any.

    :param size: (height, width), px
    :param folder: where to write the model for that size
    :raises BenchmarkError: if that takes PyTorch and it is not installed, or the size is too
        small for the network
    """
    if size == (model.spec.height, model.spec.width):
        return model
    try:
        from lsnet_ros.backends.torch_backend import load_network
        network = load_network(model)
        from lsnet_ros.export import export_onnx
    except (BackendError, ImportError) as error:
        raise BenchmarkError(
            'model {!r} is for {}x{}, and for {}x{} it has to be exported anew, which does not '
            'work here ({}): leave --size out or install torch and onnx'.format(
                model.name, model.spec.height, model.spec.width, size[0], size[1],
                error)) from error
    spec = model.spec._replace(height=size[0], width=size[1],
                               sizes=tuple(network.input_sizes(*size)))
    if min(side for path in spec.sizes for side in path) < 1:
        raise BenchmarkError('{}x{} is too small for network {!r}, which would read it at {}: '
                             'give a larger size'.format(size[0], size[1], model.network,
                                                         list(spec.sizes)))
    card = dict(model.card, input=dict(spec._asdict()))
    return write_model(folder, card, read_weights(model), export_onnx(network, spec))
