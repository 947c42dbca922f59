# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Time the stages of the segmenter, and the plain pipeline beside them in the same run."""

import math
from pathlib import Path
import time
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

import numpy as np

from lsnet_ros.backends import BackendError
from lsnet_ros.datasets.street_scene import StreetScene
from lsnet_ros.errors import LsnetError
from lsnet_ros.models.folder import Model, read_weights, write_model
from lsnet_ros.models.network import load_network, resize_model
from lsnet_ros.segmenter import Segmenter
from lsnet_ros.speed.load import Load, LoadMeter
from lsnet_ros.stages.timings import Timings

TURN = 5                    # frames timed in a row on one contender
FEWEST_TURNS = 4            # of which quartiles say something
SPREAD = 0.1                # of a ratio over the turns, at most
SCENE, SCENE_FRAMES = 1, 4  # seed of the rendered drive, and number of its frames
STAGES = Timings._fields

Milliseconds = Dict[str, float]  # by stage
Contender = Callable[[np.ndarray], Tuple[np.ndarray, Milliseconds]]  # RGB -> class ids, times


class BenchmarkError(LsnetError, ValueError):
    """A model cannot be timed at the size asked for."""


class Percentiles(NamedTuple):
    """Percentiles of times, ms."""

    p50: float
    p95: float
    p99: float

    def as_json(self) -> Dict[str, float]:
        """Return the times by name."""
        return dict(self._asdict())


class PlainResult(NamedTuple):
    """The plain pipeline beside a model."""

    total_ms: Percentiles
    speedup: float           # of the model, by the medians
    spread: Optional[float]  # of that ratio over the turns: its quartiles' distance by its median
    agreement: float         # fraction of pixels with the same class in both


class Comparison(NamedTuple):
    """Times of a model, and the plain pipeline where PyTorch is installed."""

    stages: Dict[str, Percentiles]  # by ``STAGES``
    plain: Optional[PlainResult]
    plain_reason: Optional[str]     # why the plain pipeline did not run
    backend: str
    device: str
    reason: str                     # why this backend
    load: Load                      # of the machine by others

    @property
    def warning(self) -> str:
        """Reason not to rely on the figures; empty if there is none."""
        if self.load.is_busy:
            return 'the machine was busy: repeat the benchmark while nothing else runs'
        spread = self.plain.spread if self.plain else 0.0
        if spread is None:
            return 'too few frames to tell whether the ratio holds: give --num-frames 20 or more'
        if spread > SPREAD:
            return 'the ratio varied by {:.0%} from turn to turn, at most {:.0%} was expected: ' \
                'repeat the benchmark while nothing else runs'.format(spread, SPREAD)
        return ''

    def as_json(self) -> Dict[str, Any]:
        """Return the stages and the figures of the plain pipeline beside the other fields."""
        plain = self.plain
        return dict(
            stages_as_json(self.stages), plain_total_ms=plain and plain.total_ms.as_json(),
            speedup=plain and plain.speedup, spread=plain and plain.spread,
            agreement=plain and plain.agreement,
            plain_reason=self.plain_reason, backend=self.backend, device=self.device,
            reason=self.reason, load=self.load.as_json(), warning=self.warning)


def stages_as_json(stages: Dict[str, Percentiles]) -> Dict[str, Dict[str, float]]:
    """Return the percentiles of each stage by name."""
    return {stage: times.as_json() for stage, times in stages.items()}


def scene_images(height: int, width: int) -> List[np.ndarray]:
    """Return the frames that models are timed on, (height, width, 3) uint8 RGB."""
    scene = StreetScene(SCENE, height, width)
    return [scene.frame(index).image for index in range(SCENE_FRAMES)]


def ours(segmenter: Segmenter) -> Contender:
    """Return the segmenter as a contender."""
    def segment(image):
        segmentation = segmenter.segment(image)
        return segmentation.class_ids, segmentation.timings._asdict()
    return segment


def plain(model: Model) -> Contender:
    """
    Return the plain pipeline as a contender.

    :raises BackendError: if PyTorch is not installed
    """
    from lsnet_ros.speed.plain import PlainPipeline
    pipeline = PlainPipeline(model)

    def segment(image):
        started = time.perf_counter()
        class_ids = pipeline.segment(image)
        return class_ids, {'total_ms': 1e3 * (time.perf_counter() - started)}
    return segment


def measure(contenders: List[Contender], images: List[np.ndarray],
            frames: int) -> List[Dict[str, Percentiles]]:
    """
    Time contenders in turns, so that other load on the machine slows all of them equally.

    Each turn starts with a frame that is not counted: it wakes the threads of the contender,
    loads its weights into the caches, and lets the threads of the previous one fall asleep.

    :param images: (H, W, 3) uint8 RGB, used cyclically
    :param frames: number of timed frames of each contender, rounded up to whole turns
    :returns: for each contender the percentiles of its stages
    """
    return [_summarise(times) for times in _take_turns(contenders, images, frames)]


def _take_turns(contenders: List[Contender], images: List[np.ndarray],
                frames: int) -> List[List[Milliseconds]]:
    """Return the times of each frame for each contender, as ``measure`` takes them."""
    samples: List[List[Milliseconds]] = [[] for _ in contenders]
    for turn in range(math.ceil(frames / TURN)):
        order = list(zip(contenders, samples))
        for contender, times in order[::-1] if turn % 2 else order:
            contender(images[-1])
            times += [contender(images[index % len(images)])[1] for index in range(TURN)]
    return samples


def _summarise(times: List[Milliseconds]) -> Dict[str, Percentiles]:
    """Return the percentiles of each stage."""
    return {stage: percentiles([entry[stage] for entry in times]) for stage in times[0]}


def _measure_spread(plain_times: List[Milliseconds],
                    our_times: List[Milliseconds]) -> Optional[float]:
    """Return how much the ratio of two contenders differs from turn to turn, None if unknown."""
    plain_ms, our_ms = (np.array([entry['total_ms'] for entry in times]).reshape(-1, TURN)
                        for times in (plain_times, our_times))
    if len(our_ms) < FEWEST_TURNS:
        return None
    return find_spread(np.median(plain_ms, axis=1) / np.median(our_ms, axis=1))


def find_spread(ratios: np.ndarray) -> float:
    """Return the distance of the quartiles by the median, of the ratios of all turns."""
    low, middle, high = np.percentile(ratios, (25, 50, 75))
    return float((high - low) / middle)


def percentiles(values: List[float]) -> Percentiles:
    """Return p50, p95 and p99 of some values, interpolated linearly."""
    return Percentiles(*(float(np.percentile(values, int(name[1:])))
                         for name in Percentiles._fields))


def compare(model: Model, backend: str, images: List[np.ndarray], frames: int) -> Comparison:
    """
    Time a model on images of one size, and the plain pipeline where PyTorch is installed.

    :param images: (H, W, 3) uint8 RGB
    :param frames: number of timed frames, rounded up to whole turns
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
    meter = LoadMeter()
    our_times, *others = _take_turns(contenders, images, frames)
    stages, load = _summarise(our_times), meter.read()
    result: Optional[PlainResult] = None
    if others:
        plain_ms = _summarise(others[0])['total_ms']
        result = PlainResult(plain_ms, plain_ms.p50 / stages['total_ms'].p50,
                             _measure_spread(others[0], our_times),
                             float((results[0] == results[1]).mean()))
    return Comparison(stages, result, plain_reason, segmenter.backend.name,
                      segmenter.backend.device, segmenter.backend.reason, load)


def export_at(model: Model, size: Tuple[int, int], folder: Path) -> Model:
    """
    Return a model for another input size; the model itself if the size is its own.

    An ONNX file and an engine are for one size; the weights are for any.

    :param size: (height, width), px
    :param folder: model folder to write for that size
    :raises BenchmarkError: if the model has to be exported and PyTorch or onnx is not installed
    :raises SizeError: if the size is too small for the network
    """
    if size == (model.spec.height, model.spec.width):
        return model
    try:
        from lsnet_ros.models.export import export_onnx
        network = load_network(model)
    except (BackendError, ImportError) as error:
        raise BenchmarkError(
            'model {!r} is for {}x{}; for {}x{} it has to be exported again, which fails here '
            '({}): leave --size out or install torch and onnx'.format(
                model.name, model.spec.height, model.spec.width, size[0], size[1],
                error)) from error
    spec = resize_model(model, network, size).spec
    card = dict(model.card, input=dict(spec._asdict()))
    return write_model(folder, card, read_weights(model), export_onnx(network, spec))
