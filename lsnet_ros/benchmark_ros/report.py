# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Report of a benchmark through ROS, the content of benchmark.json."""

from typing import Any, Dict, List, NamedTuple, Optional

from lsnet_ros.benchmark_ros.metadata import BenchmarkMetadata
from lsnet_ros.benchmark_ros.rounds import conclude, Figures, Round


class RoundVerdict(NamedTuple):
    """Rate and loss of one round."""

    folder: str
    rate_hz: float                   # demanded of playback_node
    loss_fraction: float
    source_rate_hz: Optional[float]  # reached by playback_node
    limited_by: Optional[str]        # see ``Round.limit``; None if the rate was kept

    def as_json(self) -> Dict[str, Any]:
        """Return the fields by name."""
        return dict(self._asdict())


class RateResult(NamedTuple):
    """Figures of the rounds at one rate together, and the verdict on each."""

    figures: Figures
    rounds: List[RoundVerdict]

    def as_json(self) -> Dict[str, Any]:
        """Return the figures and ``rounds``."""
        return dict(self.figures, rounds=[one.as_json() for one in self.rounds])


class PeakResult(NamedTuple):
    """Highest rate that was kept, and its rounds."""

    rate_hz: Optional[float]  # None if even the lowest was not kept
    limited_by: str           # see ``Round.limit``, or ``benchmark.BOUND``
    result: RateResult = RateResult({}, [])

    def as_json(self) -> Dict[str, Any]:
        """Return the figures and ``peak`` with rate_hz, limited_by and rounds."""
        return dict(self.result.figures, peak={
            'rate_hz': self.rate_hz, 'limited_by': self.limited_by,
            'rounds': [one.as_json() for one in self.result.rounds]})


class BenchmarkReport(NamedTuple):
    """Results of a benchmark so far."""

    rates: Dict[str, RateResult]  # by names such as ``10.0fps``
    peak: Optional[PeakResult]    # None before it is found
    search: List[RoundVerdict]    # trials for the highest rate
    metadata: BenchmarkMetadata
    written: str                  # UTC
    is_complete: bool

    def as_json(self) -> Dict[str, Any]:
        """Return the peak's items, the rates', search, complete and metadata."""
        report = {} if self.peak is None else self.peak.as_json()
        report.update((name, result.as_json()) for name, result in self.rates.items())
        report.update(search=[one.as_json() for one in self.search], complete=self.is_complete,
                      metadata=dict(self.metadata.as_json(), written=self.written))
        return report


def judge_round(one: Round) -> RoundVerdict:
    """Return the verdict on a round."""
    return RoundVerdict(one.folder, one.rate, one.loss, one.source_rate_hz, one.limit)


def combine_rounds(rounds: List[Round]) -> RateResult:
    """Return the result of the rounds at one rate."""
    return RateResult(conclude(rounds), [judge_round(one) for one in rounds])
