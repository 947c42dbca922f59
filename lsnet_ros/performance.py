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
"""Models with every backend at several sizes, beside the plain pipeline and the roofline."""

import math
from pathlib import Path
import tempfile
from typing import Any, Dict, List, Optional, Tuple

import numpy as np

from lsnet_ros.backends import BackendError, BACKENDS
from lsnet_ros.benchmark import (
    BenchmarkError, Contender, measure, ours, plain, resized, ROUND)
from lsnet_ros.datasets.street_scene import StreetScene
from lsnet_ros.model_files import Model
from lsnet_ros.roofline import bound, Roofs
from lsnet_ros.segmenter import Segmenter

SIZES = ((512, 1024), (1024, 2048))  # besides a model's own: (height, width), px
SCENE, SCENE_FRAMES = 1, 4           # seed of the drive that is shown, frames of it
SECONDS = 6.0                        # for a model at a size, if that is enough for the fewest
FEWEST, MOST = ROUND, 10 * ROUND     # frames


def sizes(model: Model) -> List[Tuple[int, int]]:
    """Return the sizes that a model is measured at, (height, width), its own first."""
    own = (model.spec.height, model.spec.width)
    return [own] + [size for size in SIZES if size != own]


def measure_at(model: Model, size: Tuple[int, int], roofs: Roofs) -> Dict[str, Any]:
    """
    Time a model at a size with every backend, and the plain pipeline, all in turns.

    :param size: (height, width), px
    :param roofs: of the processors; they are measured when nothing else runs
    :returns: model, height, width; multiply_adds and values_moved (see ``networks``), None
        without PyTorch; frames and plain_total_ms (p50, p95, p99), None if nothing ran or there
        is no plain pipeline; plain_reason, why there is none; reasons, why some backends did not
        run, by their names; and measured, of each that did: backend, device, precision,
        preprocess_ms, network_ms, decode_ms, total_ms (p50, p95, p99), speedup and agreement
        beside the plain pipeline, processor, bound_ms, bound_by and share of the roofline
    """
    report: Dict[str, Any] = {
        'model': model.name, 'height': size[0], 'width': size[1], 'frames': None,
        'plain_total_ms': None, 'plain_reason': None, 'measured': [], 'reasons': {},
        'multiply_adds': None, 'values_moved': None}
    with tempfile.TemporaryDirectory() as folder:
        try:
            model = resized(model, size, Path(folder) / 'resized')
        except BenchmarkError as error:
            report['reasons'] = {name: str(error) for name in BACKENDS}
            return report
        report.update(_counts(model, size))
        segmenters, report['reasons'] = _opened(model)
        contenders = [ours(segmenter) for segmenter in segmenters]
        try:
            contenders.append(plain(model))
        except BackendError as error:
            report['plain_reason'] = str(error)
        scene = StreetScene(SCENE, *size)
        _time(report, segmenters, contenders,
              [scene.frame(index).image for index in range(SCENE_FRAMES)])
    for figures, segmenter in zip(report['measured'], segmenters):
        figures.update(_beside_the_roof(report, figures, segmenter, roofs))
    return report


def _counts(model: Model, size: Tuple[int, int]) -> Dict[str, Optional[int]]:
    """Count what a model's network computes and moves."""
    try:
        from lsnet_ros.networks import build_network, multiply_adds, values_moved
    except ImportError:
        return {'multiply_adds': None, 'values_moved': None}
    network = build_network(model.network, **model.config)
    return {'multiply_adds': multiply_adds(network, *size),
            'values_moved': values_moved(network, *size)}


def _opened(model: Model) -> Tuple[List[Segmenter], Dict[str, str]]:
    """Open a model with each backend; returns why some do not work by their names too."""
    segmenters, reasons = [], {}  # type: List[Segmenter], Dict[str, str]
    for name in sorted(BACKENDS):
        try:
            segmenter = Segmenter(model, name)
            segmenter.warm_up()
        except BackendError as error:
            reasons[name] = str(error)
        else:
            segmenters.append(segmenter)
    return segmenters, reasons


def _time(report: Dict[str, Any], segmenters: List[Segmenter], contenders: List[Contender],
          images: List[np.ndarray]) -> None:
    """Time all on the same images and add what came out of it to the report."""
    if not segmenters:
        return
    firsts = [contender(images[0]) for contender in contenders]
    round_ms = sum(timings['total_ms'] for _, timings in firsts)
    frames = min(max(math.ceil(1e3 * SECONDS / round_ms), FEWEST), MOST)
    stages = measure(contenders, images, frames)
    has_plain = len(contenders) > len(segmenters)
    plain_ms = stages[-1]['total_ms'] if has_plain else None
    report.update(frames=math.ceil(frames / ROUND) * ROUND, plain_total_ms=plain_ms)
    for segmenter, timed, (class_ids, _) in zip(segmenters, stages, firsts):
        report['measured'].append(dict(
            timed, backend=segmenter.backend.name, device=segmenter.backend.device,
            precision=segmenter.backend.precision,
            speedup=plain_ms['p50'] / timed['total_ms']['p50'] if has_plain else None,
            agreement=float((class_ids == firsts[-1][0]).mean()) if has_plain else None))


def _beside_the_roof(report: Dict[str, Any], figures: Dict[str, Any], segmenter: Segmenter,
                     roofs: Roofs) -> Dict[str, Any]:
    """Return the least time that the network could take and the share of the roofline."""
    roof = roofs(segmenter.backend)
    least = roof and report['multiply_adds'] and bound(
        roof, figures['precision'], report['multiply_adds'], report['values_moved'])
    if not least:
        return {'processor': roof and roof.processor, 'bound_ms': None, 'bound_by': None,
                'share': None}
    return {'processor': roof.processor, 'bound_ms': least.milliseconds, 'bound_by': least.by,
            'share': least.milliseconds / figures['network_ms']['p50']}
