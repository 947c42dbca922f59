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
"""
The embedded benchmark: source, node under test and latency_node at several rates.

The method is that of ros2_benchmark: prepared frames are played at fixed rates and at the highest
that loses under 5 %, the latter found by trying, each several times.
"""

from datetime import datetime, timezone
import json
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from lsnet_ros.benchmark_ros.graph import play_round, Shown
from lsnet_ros.benchmark_ros.metadata import add_findings
from lsnet_ros.benchmark_ros.rate_search import highest_rate
from lsnet_ros.benchmark_ros.rounds import conclude, Round
from lsnet_ros.files import replacing
from lsnet_ros.nodes.processes import RunningNode

REPORT = 'benchmark.json'
FIRST_WARM_UP = 5    # times as long as the others
BUILDING = 'BUILDING'  # state of a segmentation node that will become faster
BOUND = 'bound'      # what limits the highest rate where none was too high
TIME = '%Y-%m-%dT%H:%M:%SZ'


class Settings(NamedTuple):
    """What is to be measured."""

    rates: Tuple[float, ...]      # Hz
    bounds: Tuple[float, float]   # Hz, of the highest rate
    rounds: int                   # at each rate
    duration_s: float             # of a round, after its warm-up
    warm_up: int                  # masks that each round leaves out


class RosBenchmark:
    """
    Plays all rounds; after each, what is known so far is in ``benchmark.json``.

    :param node: the segmentation node, which goes on from round to round
    :param shown: the frames
    :param known: what ``metadata.metadata`` gives
    :param folder: for a folder with the files of each round
    :param tell: called with each round
    """

    def __init__(self, node: RunningNode, shown: Shown, settings: Settings, known: Dict[str, Any],
                 folder: Path, tell: Callable[[Round], None]) -> None:
        self._node, self._shown, self._settings = node, shown, settings
        self._folder, self._tell = folder, tell
        self._known, self._rates = known, {}
        self._search: List[Dict[str, Any]] = []
        self._peak: Dict[str, Any] = {}

    def run(self) -> Dict[str, Any]:
        """
        Play all rounds and return the report.

        :returns: the figures at the highest rate, those at each fixed rate under names such as
            ``10.0fps``, peak (rate_hz, limited_by and rounds), search, metadata and complete
        """
        self._warm_up()
        for rate in self._settings.rates:
            for rounds in self._rounds(name(rate), rate):
                self._rates[name(rate)] = _concluded(rounds)
                self._save()
        rate = highest_rate(self._is_kept, *self._settings.bounds)
        self._peak = {'peak': {'rate_hz': rate, 'limited_by': self._limit(rate), 'rounds': []}}
        for rounds in self._rounds('peak', rate) if rate else ():
            figures = _concluded(rounds)
            self._peak['peak']['rounds'] = figures.pop('rounds')
            self._peak.update(figures)
            self._save()
        return self._save(is_complete=True)

    def _warm_up(self) -> None:
        """Run the node until it is at its fastest; what it is, is known after that."""
        rate = max(self._settings.rates + self._settings.bounds[:1])
        state = BUILDING
        while state == BUILDING:
            one = self._play('warm_up', rate, FIRST_WARM_UP * self._settings.warm_up, 1)
            state = (one.report['segmentation'] or {}).get('state')
        add_findings(self._known, one.report)

    def _rounds(self, folder: str, rate: float):
        """Play the rounds at one rate; yields, after each, those played so far."""
        rounds = []
        for number in range(1, self._settings.rounds + 1):
            rounds.append(self._play('{}/{}'.format(folder, number), rate))
            yield rounds

    def _is_kept(self, rate: float) -> bool:
        """Try a rate; return whether it was kept."""
        one = self._play('search/{}_{}'.format(len(self._search) + 1, name(rate)), rate)
        self._search.append(_judged(one))
        self._save()
        return one.limit is None

    def _limit(self, rate: Optional[float]) -> str:
        """Return what kept the next rate tried above one from being kept."""
        failed = [one for one in self._search
                  if one['limited_by'] and one['rate_hz'] > (rate or 0.0)]
        return min(failed, key=lambda one: one['rate_hz'])['limited_by'] if failed else BOUND

    def _play(self, folder: str, rate: float, warm_up: Optional[int] = None,
              duration_s: Optional[float] = None) -> Round:
        """Play one round and tell of it."""
        settings = self._settings
        one = play_round(self._node, self._shown, rate, duration_s or settings.duration_s,
                         settings.warm_up if warm_up is None else warm_up, self._folder / folder)
        one = one._replace(folder=folder)
        self._tell(one)
        return one

    def _save(self, is_complete: bool = False) -> Dict[str, Any]:
        """Write the report as far as it goes, and return it."""
        report = dict(self._peak, **self._rates)
        report.update(search=self._search, complete=is_complete, metadata=dict(
            self._known, written=datetime.now(timezone.utc).strftime(TIME)))
        with replacing(self._folder / REPORT) as file:
            file.write(json.dumps(report, indent=2, allow_nan=False).encode('utf-8') + b'\n')
        return report


def name(rate: float) -> str:
    """Return what ros2_benchmark calls a rate: 10.0fps."""
    return '{}fps'.format(float(rate))


def _concluded(rounds: List[Round]) -> Dict[str, Any]:
    """Return the figures of the rounds at one rate, and what each was like."""
    return dict(conclude(rounds), rounds=[_judged(one) for one in rounds])


def _judged(one: Round) -> Dict[str, Any]:
    """Return what a round says of its rate."""
    return {'folder': one.folder, 'rate_hz': one.rate, 'loss_fraction': one.loss,
            'source_rate_hz': one.playback['rate_hz'], 'limited_by': one.limit}
