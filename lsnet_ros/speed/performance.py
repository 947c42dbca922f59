# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Time a model with every backend at one size, beside the plain pipeline and the roofline."""

import math
from pathlib import Path
import tempfile
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import numpy as np

from lsnet_ros.backends import BackendError, BACKENDS
from lsnet_ros.models.folder import Model
from lsnet_ros.models.network import SizeError
from lsnet_ros.segmenter import Segmenter
from lsnet_ros.speed.contenders import (
    BenchmarkError,
    Contender,
    export_at,
    measure,
    ours,
    Percentiles,
    plain,
    scene_images,
    stages_as_json,
    TURN,
)
from lsnet_ros.speed.roofline import bound, Roofs

SIZES = ((512, 1024), (1024, 2048))  # measured besides a model's own: (height, width), px
SECONDS = 6.0                        # for a model at a size, within FEWEST and MOST frames
FEWEST, MOST = TURN, 10 * TURN


class BackendSpeed(NamedTuple):
    """Speed of a model with one backend, and its share of the roofline."""

    backend: str
    runtime: str                     # its device without the remark
    device: str
    precision: str
    stages: Dict[str, Percentiles]   # by ``contenders.STAGES``
    speedup: Optional[float]         # over the plain pipeline, of the medians
    agreement: Optional[float]       # fraction of pixels with the plain pipeline's class
    processor: Optional[str] = None  # that the roofline is of
    bound_ms: Optional[float] = None
    bound_by: Optional[str] = None

    @property
    def share(self) -> Optional[float]:
        """Share of the roofline that the network reaches, 1 at the roofline."""
        return self.bound_ms and self.bound_ms / self.stages['network_ms'].p50

    def as_json(self) -> Dict[str, Any]:
        """Return the stages beside the other fields."""
        fields = dict(self._asdict(), share=self.share)
        del fields['stages'], fields['runtime']
        return dict(fields, **stages_as_json(self.stages))


class ModelSpeed(NamedTuple):
    """Speed of a model at one size with all backends that work."""

    model: str
    height: int                                # px
    width: int                                 # px
    reasons: Dict[str, str]                    # why a backend did not run, by its name
    measured: Tuple[BackendSpeed, ...] = ()
    frames: Optional[int] = None               # None if nothing ran
    plain_total_ms: Optional[Percentiles] = None
    plain_reason: Optional[str] = None         # why the plain pipeline did not run
    multiply_adds: Optional[int] = None        # None without PyTorch
    values_moved: Optional[int] = None         # None without PyTorch

    def as_json(self) -> Dict[str, Any]:
        """Return the fields by name."""
        return dict(self._asdict(), measured=[speed.as_json() for speed in self.measured],
                    plain_total_ms=self.plain_total_ms and self.plain_total_ms.as_json())


def sizes(model: Model) -> List[Tuple[int, int]]:
    """Return the sizes that a model is measured at, (height, width), its own first."""
    own = (model.spec.height, model.spec.width)
    return [own] + [size for size in SIZES if size != own]


def measure_at(model: Model, size: Tuple[int, int], roofs: Roofs) -> ModelSpeed:
    """
    Time a model at a size with every backend and the plain pipeline, all in turns.

    :param size: (height, width), px
    :param roofs: rooflines of the processors, measured while nothing else runs
    """
    height, width = size
    with tempfile.TemporaryDirectory() as folder:
        try:
            model = export_at(model, size, Path(folder) / 'resized')
        except (BenchmarkError, SizeError) as error:
            return ModelSpeed(model.name, height, width, dict.fromkeys(BACKENDS, str(error)))
        segmenters, reasons = _open_segmenters(model)
        speed = _count(ModelSpeed(model.name, height, width, reasons), model)
        contenders = [ours(segmenter) for segmenter in segmenters]
        try:
            contenders.append(plain(model))
        except BackendError as error:
            speed = speed._replace(plain_reason=str(error))
        if segmenters:
            speed = _time(speed, segmenters, contenders, scene_images(height, width))
    return speed._replace(measured=tuple(
        _add_roofline(speed, measured, segmenter, roofs)
        for measured, segmenter in zip(speed.measured, segmenters)))


def _count(speed: ModelSpeed, model: Model) -> ModelSpeed:
    """Add the multiply-adds and values moved of a network if PyTorch is installed."""
    try:
        from lsnet_ros.networks import build_network, multiply_adds, values_moved
    except ImportError:
        return speed
    network = build_network(model.network, **model.config)
    return speed._replace(multiply_adds=multiply_adds(network, speed.height, speed.width),
                          values_moved=values_moved(network, speed.height, speed.width))


def _open_segmenters(model: Model) -> Tuple[List[Segmenter], Dict[str, str]]:
    """Open a model with each backend; returns also the reasons of those that fail, by name."""
    segmenters: List[Segmenter] = []
    reasons: Dict[str, str] = {}
    for name in sorted(BACKENDS):
        try:
            segmenter = Segmenter(model, name)
            segmenter.warm_up()
        except BackendError as error:
            reasons[name] = str(error)
        else:
            segmenters.append(segmenter)
    return segmenters, reasons


def _time(speed: ModelSpeed, segmenters: List[Segmenter], contenders: List[Contender],
          images: List[np.ndarray]) -> ModelSpeed:
    """
    Time all contenders on the same images and add the results.

    :param contenders: the segmenters, and after them the plain pipeline if it works
    """
    firsts = [contender(images[0]) for contender in contenders]
    round_ms = sum(times['total_ms'] for _, times in firsts)
    frames = min(max(math.ceil(1e3 * SECONDS / round_ms), FEWEST), MOST)
    results = measure(contenders, images, frames)
    has_plain = len(contenders) > len(segmenters)
    plain_ms = results[-1]['total_ms'] if has_plain else None
    return speed._replace(
        frames=math.ceil(frames / TURN) * TURN, plain_total_ms=plain_ms,
        measured=tuple(BackendSpeed(
            segmenter.backend.name, segmenter.backend.runtime, segmenter.backend.device,
            segmenter.backend.precision, stages,
            plain_ms and plain_ms.p50 / stages['total_ms'].p50,
            float((class_ids == firsts[-1][0]).mean()) if has_plain else None)
            for segmenter, stages, (class_ids, _) in zip(segmenters, results, firsts)))


def _add_roofline(speed: ModelSpeed, measured: BackendSpeed, segmenter: Segmenter,
                  roofs: Roofs) -> BackendSpeed:
    """Add the bound of the roofline, as far as it is known."""
    roof = roofs(segmenter.backend)
    if roof is None:
        return measured
    measured = measured._replace(processor=roof.processor)
    if speed.multiply_adds is None or speed.values_moved is None:
        return measured
    least = bound(roof, measured.precision, speed.multiply_adds, speed.values_moved)
    return measured._replace(bound_ms=least.milliseconds, bound_by=least.by) if least else measured
