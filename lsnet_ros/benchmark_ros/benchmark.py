# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Embedded benchmark: source, node under test and latency_node at several rates.

The method is that of ros2_benchmark: frames held in memory are played at fixed rates and at the
highest rate that loses under 5 %, which is found by trial; each rate is played several times.
"""

from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple

from lsnet_ros.benchmark_ros.graph import play_round, PreparedFrames, RoundSettings
from lsnet_ros.benchmark_ros.metadata import BenchmarkMetadata, Findings
from lsnet_ros.benchmark_ros.rate_search import highest_rate
from lsnet_ros.benchmark_ros.report import (
    BenchmarkReport,
    combine_rounds,
    judge_round,
    PeakResult,
    RateResult,
    RoundVerdict,
)
from lsnet_ros.benchmark_ros.rounds import Round
from lsnet_ros.files import utc_now, write_json
from lsnet_ros.launching.processes import RunningNode

REPORT = 'benchmark.json'
FIRST_WARM_UP = 5      # multiple of the other warm-ups
BUILDING = 'BUILDING'  # state of a segmentation node that will become faster
BOUND = 'bound'        # limit of the highest rate if every trial was kept


class BenchmarkSettings(NamedTuple):
    """Rates, rounds and durations of a benchmark."""

    rates: Tuple[float, ...]     # Hz
    bounds: Tuple[float, float]  # Hz, of the highest rate
    rounds: int                  # at each rate
    duration_s: float            # of a round, after its warm-up
    warm_up: int                 # masks before the measured part of a round

    def as_json(self) -> Dict[str, Any]:
        """Return the fields by name."""
        return dict(self._asdict())


class RosBenchmark:
    """
    Plays all rounds; after each, ``benchmark.json`` holds the results so far.

    :param node: the segmentation node, which keeps running from round to round
    :param frames: the frames to play
    :param folder: for a folder with the files of each round
    :param tell: called with each round
    """

    def __init__(self, node: RunningNode, frames: PreparedFrames, settings: BenchmarkSettings,
                 metadata: BenchmarkMetadata, folder: Path,
                 tell: Callable[[Round], None]) -> None:
        self._node, self._frames, self._settings = node, frames, settings
        self._folder, self._tell = folder, tell
        self._metadata = metadata
        self._rates: Dict[str, RateResult] = {}
        self._search: List[RoundVerdict] = []
        self._peak: Optional[PeakResult] = None

    def run(self) -> BenchmarkReport:
        """Play all rounds and return the report."""
        self._warm_up()
        for rate in self._settings.rates:
            for rounds in self._play_rounds(name_rate(rate), rate):
                self._rates[name_rate(rate)] = combine_rounds(rounds)
                self._save()
        peak = highest_rate(self._try_rate, *self._settings.bounds)
        self._peak = PeakResult(peak, self._find_limit(peak))
        for rounds in self._play_rounds('peak', peak) if peak else ():
            self._peak = self._peak._replace(result=combine_rounds(rounds))
            self._save()
        return self._save(is_complete=True)

    def _warm_up(self) -> None:
        """Play until the node is at its fastest, then note machine, board and backend."""
        rate = max(self._settings.rates + self._settings.bounds[:1])
        state: Optional[str] = BUILDING
        while state == BUILDING:
            one = self._play('warm_up', RoundSettings(
                rate, 1.0, FIRST_WARM_UP * self._settings.warm_up))
            segmentation = one.report.origin.segmentation
            state = None if segmentation is None else segmentation.state
        self._metadata = self._metadata._replace(findings=Findings.of_report(one.report))

    def _play_rounds(self, folder: str, rate: float) -> Iterator[List[Round]]:
        """Play the rounds at one rate; yield, after each, all played so far."""
        rounds = []
        for number in range(1, self._settings.rounds + 1):
            rounds.append(self._play('{}/{}'.format(folder, number), self._round_at(rate)))
            yield rounds

    def _try_rate(self, rate: float) -> bool:
        """Play a round; return whether the rate was kept."""
        folder = 'search/{}_{}'.format(len(self._search) + 1, name_rate(rate))
        one = self._play(folder, self._round_at(rate))
        self._search.append(judge_round(one))
        self._save()
        return one.limit is None

    def _find_limit(self, rate: Optional[float]) -> str:
        """Return the limit of the lowest failed trial above a rate."""
        failed = [(one.rate_hz, one.limited_by) for one in self._search
                  if one.limited_by and one.rate_hz > (rate or 0.0)]
        return min(failed)[1] if failed else BOUND

    def _round_at(self, rate: float) -> RoundSettings:
        """Return the settings of a measured round."""
        return RoundSettings(rate, self._settings.duration_s, self._settings.warm_up)

    def _play(self, folder: str, settings: RoundSettings) -> Round:
        """Play one round and pass it to the caller."""
        one = play_round(self._node, self._frames, settings, self._folder / folder)
        one = one._replace(folder=folder)
        self._tell(one)
        return one

    def _save(self, is_complete: bool = False) -> BenchmarkReport:
        """Write the report so far and return it."""
        report = BenchmarkReport(self._rates, self._peak, self._search, self._metadata, utc_now(),
                                 is_complete)
        write_json(self._folder / REPORT, report.as_json())
        return report


def name_rate(rate: float) -> str:
    """Return the name of a rate in ros2_benchmark: 10.0fps."""
    return '{}fps'.format(float(rate))
