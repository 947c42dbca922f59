# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The outcome of an expansion: its report, and the model of the best network on the path."""

from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

import yaml

from lsnet_ros.expansion.algorithm import Candidate, Step
from lsnet_ros.expansion.stopwatch import NETWORK
from lsnet_ros.files import replacing
from lsnet_ros.labels.label_sets import LabelSet
from lsnet_ros.models.card import Model
from lsnet_ros.models.export import save_model, TrainedModel
from lsnet_ros.networks.lps_net import Expansion
from lsnet_ros.training.best import Best


class PathPoint(NamedTuple):
    """A network on the path of an expansion."""

    name: str           # the candidate's
    network: Expansion
    latency_ms: float
    miou: float         # 0 to 1

    def as_json(self) -> Dict[str, Any]:
        """Return the fields, the network's among them, with lists in place of tuples."""
        return dict(_replace_tuples(self.network._asdict()), name=self.name,
                    latency_ms=self.latency_ms, miou=self.miou)


def path_of(tiny: Expansion, start: Tuple[float, float],
            steps: Sequence[Step]) -> List[PathPoint]:
    """
    Return the tiny network and the choice of each step.

    :param start: latency in ms and mIoU of the tiny network
    """
    return [PathPoint('tiny network', tiny, *start)] + [_point_of(step.chosen) for step in steps]


def steps_as_json(steps: Sequence[Step]) -> List[Dict[str, Any]]:
    """Return the steps with all their candidates, for a report."""
    return [{'parent_ms': step.parent_ms, 'parent_miou': step.parent_miou,
             'target_ms': step.target_ms, 'chosen': step.chosen.name,
             'candidates': [_point_of(candidate).as_json() for candidate in step.candidates]}
            for step in steps]


def best_of(path: Sequence[PathPoint]) -> PathPoint:
    """
    Return the most accurate network of a path, the first of several equal ones.

    After short trainings it need not be the last.
    """
    return max(path, key=lambda point: point.miou)


def save_best(folder: Path, name: str, best: Best, label_set: LabelSet,
              metrics: Dict[str, Any], expansion: Dict[str, Any]) -> Model:
    """
    Write a trained network as a model folder, and its recipe as ``recipe.yaml``.

    :param metrics: for the model's card
    :param expansion: report of the expansion, for the model's card
    """
    with replacing(folder / 'recipe.yaml') as file:
        text = yaml.safe_dump(_replace_tuples(best.recipe._asdict()), sort_keys=False,
                              default_flow_style=None)
        file.write(text.encode('utf-8'))
    return save_model(folder, TrainedModel(
        name, NETWORK, best.recipe.options, best.network, label_set, best.spec,
        training=dict(best.history, expansion=expansion), metrics=metrics))


def _point_of(candidate: Candidate) -> PathPoint:
    return PathPoint(candidate.name, candidate.network, candidate.latency_ms, candidate.miou)


def _replace_tuples(fields: Dict[str, Any]) -> Dict[str, Any]:
    """Return fields with lists in place of tuples."""
    return {name: list(value) if isinstance(value, tuple) else value
            for name, value in fields.items()}
