# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Report of a run, the content of latency.json: its figures and its origin."""

import math
from typing import Any, Dict, List, NamedTuple, Optional

from lsnet_ros.board.machine import Machine
from lsnet_ros.latency.figures import RunFigures

MIXED = ('MIXED: the figures are of {}, then {} with {}: start latency_node again for those of '
         'one alone')


class SegmentationStatus(NamedTuple):
    """Status that the segmentation node publishes on /diagnostics; None where unknown."""

    model: Optional[str]
    state: Optional[str]
    backend: Optional[str]
    reason: Optional[str]  # why this backend
    before: str = ''       # other models and backends earlier in the run, whose frames count too

    def follow(self, earlier: Optional['SegmentationStatus']) -> 'SegmentationStatus':
        """Return this status, naming the models and backends used earlier in the run."""
        if earlier is None or earlier.state == 'LOADING':
            return self
        before = [earlier.before] if earlier.before else []
        if (earlier.model, earlier.backend) != (self.model, self.backend):
            before.append('{} with {}'.format(earlier.model, earlier.backend))
        return self._replace(before=', '.join(before))

    def warnings(self) -> List[str]:
        """Return the warning that the figures are of several models or backends, if they are."""
        return [MIXED.format(self.before, self.model, self.backend)] if self.before else []

    def as_json(self) -> Dict[str, Any]:
        """Return the fields by name."""
        return dict(self._asdict())


class RunOrigin(NamedTuple):
    """Start, machine, segmentation node and image topic of a run."""

    started: str                                 # UTC
    machine: Machine
    image_topic: str
    segmentation: Optional[SegmentationStatus] = None  # None if the node is silent

    def as_json(self) -> Dict[str, Any]:
        """Return the fields by name."""
        segmentation = self.segmentation
        return {'started': self.started, 'machine': self.machine.as_json(),
                'segmentation': None if segmentation is None else segmentation.as_json(),
                'image_topic': self.image_topic}

    def warnings(self) -> List[str]:
        """Return the warnings of the segmentation node's status."""
        return [] if self.segmentation is None else self.segmentation.warnings()

    @classmethod
    def from_json(cls, value: Dict[str, Any]) -> 'RunOrigin':
        """Return the origin whose ``as_json`` is among the items of ``value``."""
        segmentation = value['segmentation']
        return cls(value['started'], Machine(**value['machine']), value['image_topic'],
                   None if segmentation is None else SegmentationStatus(**segmentation))


class RunReport(NamedTuple):
    """Figures and origin of a run."""

    figures: RunFigures
    origin: RunOrigin
    written: str          # UTC
    ended: Optional[str]  # UTC; None while the run goes on, and after a kill

    def as_json(self) -> Dict[str, Any]:
        """Return the items of figures and origin, ``written`` and ``ended``, without NaN."""
        return without_nan(dict(self.figures.as_json(), ended=self.ended, written=self.written,
                                **self.origin.as_json()))

    @classmethod
    def from_json(cls, value: Dict[str, Any]) -> 'RunReport':
        """
        Return the report whose ``as_json`` is ``value``.

        :raises KeyError: if an item is missing
        :raises TypeError: if an item has a field too many or too few
        """
        return cls(RunFigures.from_json(value), RunOrigin.from_json(value), value['written'],
                   value['ended'])


def without_nan(value: Any) -> Any:
    """Return dicts and lists with None in place of NaN and infinity, which JSON lacks."""
    if isinstance(value, dict):
        return {key: without_nan(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_nan(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
