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
"""What an expansion leaves: its report, and the model of the best network on the path."""

from pathlib import Path
from typing import Any, Dict, List, Sequence, Tuple

from lsnet_ros.expansion.algorithm import Candidate, Step
from lsnet_ros.expansion.stopwatch import NETWORK
from lsnet_ros.export import save_model
from lsnet_ros.files import replacing
from lsnet_ros.labels import LabelSet
from lsnet_ros.model_card import Model
from lsnet_ros.networks.lps_net import Expansion
from lsnet_ros.training.best import Best
import yaml

Point = Dict[str, Any]


def path_of(tiny: Expansion, start: Tuple[float, float], steps: Sequence[Step]) -> List[Point]:
    """
    Return the networks from the tiny one on, each the choice of a step, for people and JSON.

    :param start: latency in ms and mIoU of the tiny network
    """
    return [_point('tiny network', tiny, *start)] + [_of(step.chosen) for step in steps]


def steps_of(steps: Sequence[Step]) -> List[Dict[str, Any]]:
    """Return each step with all its candidates, as JSON takes it."""
    return [{'parent_ms': step.parent_ms, 'parent_miou': step.parent_miou,
             'target_ms': step.target_ms, 'chosen': step.chosen.name,
             'candidates': [_of(candidate) for candidate in step.candidates]} for step in steps]


def best_of(path: Sequence[Point]) -> Point:
    """
    Return the most accurate network of a path, the faster of two that are equal.

    That is the last one where each step gained something; trainings on a small budget scatter.
    """
    return max(path, key=lambda point: point['miou'])


def network_of(point: Point) -> Expansion:
    """Return the network that a point of a path names."""
    return Expansion(*(tuple(point[name]) for name in Expansion._fields))


def write_model(folder: Path, name: str, best: Best, label_set: LabelSet,
                metrics: Dict[str, Any], expansion: Dict[str, Any]) -> Model:
    """
    Write a trained network as a model folder, and its recipe as ``recipe.yaml``.

    :param metrics: for its card
    :param expansion: how it was found, for its card
    """
    with replacing(folder / 'recipe.yaml') as file:
        text = yaml.safe_dump(_plain(best.recipe._asdict()), sort_keys=False,
                              default_flow_style=None)
        file.write(text.encode('utf-8'))
    return save_model(folder, name, NETWORK, best.recipe.options, best.network, label_set,
                      best.spec, dict(best.history, expansion=expansion), metrics)


def _of(candidate: Candidate) -> Point:
    return _point(candidate.name, candidate.network, candidate.latency_ms, candidate.miou)


def _point(name: str, network: Expansion, latency_ms: float, miou: float) -> Point:
    return dict(_plain(network._asdict()), name=name, latency_ms=latency_ms, miou=miou)


def _plain(fields: Dict[str, Any]) -> Dict[str, Any]:
    """Return fields with lists in place of tuples."""
    return {name: list(value) if isinstance(value, tuple) else value
            for name, value in fields.items()}
