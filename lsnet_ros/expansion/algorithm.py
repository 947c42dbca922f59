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
Algorithm 1 of the LPS-Net paper: which network comes next, given latencies and accuracies.

Nothing is measured or trained here, and nothing is drawn at random: what is asked for follows
from the answers alone, so that a run whose answers are remembered goes where it went before.
"""

from fractions import Fraction
from typing import Callable, Dict, Iterator, List, NamedTuple, Tuple

from lsnet_ros.errors import LsnetError
from lsnet_ros.networks.lps_net import Expansion

Numbers = Tuple[int, ...]
Latency = Callable[[Expansion, Expansion], float]  # parent, network: ms of the network
Accuracy = Callable[[Expansion], float]            # mIoU of 0 to 1, trained

MAX_PATHS = 3
LEAST_COST = 0.01  # of the parent's latency: what is less than that cannot be told from noise


class ExpansionError(LsnetError, ValueError):
    """A network cannot be expanded as asked."""


class Operation(NamedTuple):
    """One way to make a network larger; k steps add k times as much."""

    dimension: str                          # 'depth', 'width' or 'resolution'
    number: int                             # among those of the dimension, from 1
    depths: Numbers = (0, 0, 0, 0, 0)       # blocks that a step adds to each stage
    widths: Numbers = (0, 0, 0, 0, 0)       # channels
    ratios: Tuple[Fraction, ...] = (Fraction(0),) * MAX_PATHS  # size of each path's image

    @property
    def name(self) -> str:
        """Name it for people and the journal."""
        return '{} {}'.format(self.dimension, self.number)

    def fits(self, network: Expansion) -> bool:
        """Tell whether it is for this network: the first path to add is the one after the last."""
        return self.dimension != 'resolution' or self.number <= len(network.ratios) + 1

    def applied(self, network: Expansion, steps: int) -> Expansion:
        """
        Return the larger network.

        A path that is new has the size that the steps add; one that overtakes another takes its
        place, as the ratios descend.
        """
        ratios = [Fraction(ratio) for ratio in network.ratios]
        ratios += [Fraction(0)] * (MAX_PATHS - len(ratios))
        grown = [ratio + steps * added for ratio, added in zip(ratios, self.ratios)]
        return Expansion(
            tuple(depth + steps * added for depth, added in zip(network.depths, self.depths)),
            tuple(width + steps * added for width, added in zip(network.widths, self.widths)),
            tuple(str(ratio) for ratio in sorted(grown, reverse=True) if ratio))


_EIGHTH, _NONE = Fraction(1, 8), Fraction(0)

OPERATIONS = (
    Operation('depth', 1, depths=(0, 1, 1, 1, 1)),
    Operation('depth', 2, depths=(0, 0, 1, 1, 1)),
    Operation('depth', 3, depths=(0, 0, 0, 1, 1)),
    Operation('width', 1, widths=(4, 8, 16, 32, 32)),
    Operation('width', 2, widths=(0, 8, 16, 32, 32)),
    Operation('width', 3, widths=(0, 0, 16, 32, 32)),
    Operation('width', 4, widths=(0, 0, 0, 32, 32)),
    Operation('resolution', 1, ratios=(_EIGHTH, _NONE, _NONE)),
    Operation('resolution', 2, ratios=(_NONE, _EIGHTH, _NONE)),
    Operation('resolution', 3, ratios=(_NONE, _NONE, _EIGHTH)),
)
"""The expansions of the paper's Table 1, as in the authors' published code."""


class Candidate(NamedTuple):
    """A network that a step may end with."""

    operation: Operation
    steps: int           # k
    network: Expansion
    latency_ms: float
    miou: float

    @property
    def name(self) -> str:
        """Say what was added."""
        return '{} x{}'.format(self.operation.name, self.steps)


class Step(NamedTuple):
    """One decision: what was expanded, what could have come of it, and what did."""

    parent: Expansion
    parent_ms: float                    # measured in the same conditions as the candidates
    parent_miou: float
    target_ms: float                    # that all candidates were to come close to
    candidates: Tuple[Candidate, ...]
    chosen: Candidate


def expand(start: Expansion, latency: Latency, accuracy: Accuracy,
           limit_ms: float) -> Iterator[Step]:
    """
    Yield the steps from a tiny network to the largest one that the limit affords.

    Each step aims at the latency of the slowest of the single expansions, and takes of each
    operation the number of steps, at least one, that comes closest to it; of these candidates
    the one that gains most accuracy per millisecond is expanded next. No candidate is slower
    than the limit, and a step that the limit keeps from its aim is the last.

    :param latency: of a network, measured in the same conditions as the parent given with it
    :param accuracy: of a network after training; asked for once for each network
    :raises ExpansionError: if the tiny network is slower than the limit
    """
    parent, miou = start, accuracy(start)
    is_last = False
    while not is_last:
        parent_ms = latency(parent, parent)
        if parent is start and parent_ms > limit_ms:
            raise ExpansionError('the tiny network alone takes {:.3g} ms of {:.3g}: give a higher '
                                 '--target-ms or a smaller --size'.format(parent_ms, limit_ms))
        target_ms, found = _candidates(parent, latency, limit_ms)
        if not found:
            return
        candidates = tuple(candidate._replace(miou=accuracy(candidate.network))
                           for candidate in found)
        chosen = max(candidates, key=lambda candidate: tradeoff(parent_ms, miou, candidate))
        yield Step(parent, parent_ms, miou, target_ms, candidates, chosen)
        parent, miou = chosen.network, chosen.miou
        is_last = target_ms == limit_ms


def tradeoff(parent_ms: float, parent_miou: float, candidate: Candidate) -> float:
    """
    Return the accuracy that a candidate gains per millisecond.

    One that measures as fast as its parent, or faster, has the cost of ``LEAST_COST``.
    """
    cost_ms = max(candidate.latency_ms - parent_ms, LEAST_COST * parent_ms)
    return (candidate.miou - parent_miou) / cost_ms


def _candidates(parent: Expansion, latency: Latency,
                limit_ms: float) -> Tuple[float, List[Candidate]]:
    """Return what a step aims at, and of each operation the network that comes closest."""
    single = {operation: latency(parent, operation.applied(parent, 1))
              for operation in OPERATIONS if operation.fits(parent)}
    target_ms = min(max(single.values()), limit_ms)
    found: Dict[Expansion, Candidate] = {}  # several operations may lead to one network
    for operation, single_ms in single.items():
        if single_ms > limit_ms:
            continue
        candidate = _closest(parent, operation, single_ms, latency, target_ms, limit_ms)
        found.setdefault(candidate.network, candidate)
    return target_ms, list(found.values())


def _closest(parent: Expansion, operation: Operation, single_ms: float, latency: Latency,
             target_ms: float, limit_ms: float) -> Candidate:
    """Return the network of an operation whose latency is closest to the target's, untrained."""
    best = last = Candidate(operation, 1, operation.applied(parent, 1), single_ms, miou=0.0)
    while last.latency_ms < target_ms:
        network = operation.applied(parent, last.steps + 1)
        last = Candidate(operation, last.steps + 1, network, latency(parent, network), miou=0.0)
        if last.latency_ms <= limit_ms and (
                abs(last.latency_ms - target_ms) < abs(best.latency_ms - target_ms)):
            best = last
    return best
