# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Algorithm 1 of the LPS-Net paper: the next network, given latencies and accuracies.

Latencies and accuracies come from functions, and nothing is random: the same answers lead to the
same questions. So a run that is given recorded answers repeats its path.
"""

from fractions import Fraction
from typing import Callable, Dict, Iterator, List, NamedTuple, Tuple

from lsnet_ros.errors import LsnetError
from lsnet_ros.networks.lps_net import Expansion

Numbers = Tuple[int, ...]
Latency = Callable[[Expansion, Expansion], float]  # parent, network: ms of the network
Accuracy = Callable[[Expansion], float]            # mIoU of 0 to 1, trained

MAX_PATHS = 3
LEAST_COST = 0.01  # of the parent's latency; smaller differences are noise


class ExpansionError(LsnetError, ValueError):
    """The latency, the size or the recipe of an expansion is invalid."""


class Operation(NamedTuple):
    """A way to make a network larger; k steps add k times as much."""

    dimension: str                          # 'depth', 'width' or 'resolution'
    number: int                             # among those of the dimension, from 1
    depths: Numbers = (0, 0, 0, 0, 0)       # blocks that a step adds to each stage
    widths: Numbers = (0, 0, 0, 0, 0)       # channels
    ratios: Tuple[Fraction, ...] = (Fraction(0),) * MAX_PATHS  # size of each path's image

    @property
    def name(self) -> str:
        """Dimension and number, as in the paper's Table 1."""
        return '{} {}'.format(self.dimension, self.number)

    def fits(self, network: Expansion) -> bool:
        """Tell whether a network has the path to enlarge, or it is the next path to add."""
        return self.dimension != 'resolution' or self.number <= len(network.ratios) + 1

    def apply(self, network: Expansion, steps: int) -> Expansion:
        """
        Enlarge a network.

        A new path starts from a size of 0. The ratios are sorted again, so a path that becomes
        larger than another takes its place.
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
    """A network that a step can choose."""

    operation: Operation
    steps: int           # k
    network: Expansion
    latency_ms: float
    miou: float          # 0 to 1; 0 before the training

    @property
    def name(self) -> str:
        """The operation and its number of steps."""
        return '{} x{}'.format(self.operation.name, self.steps)


class Step(NamedTuple):
    """One decision of the algorithm: the network to expand, the candidates and the choice."""

    parent: Expansion
    parent_ms: float                    # measured in the same conditions as the candidates
    parent_miou: float
    target_ms: float                    # aim of all candidates
    candidates: Tuple[Candidate, ...]
    chosen: Candidate


def expand(start: Expansion, latency: Latency, accuracy: Accuracy,
           limit_ms: float) -> Iterator[Step]:
    """
    Yield the steps from a tiny network to the largest one within a latency.

    Each step aims at the latency of the slowest network that a single operation leads to. For
    each operation it takes the number of steps, at least one, that comes closest to the aim. The
    candidate with the largest gain of accuracy per millisecond is expanded next. No candidate is
    slower than the limit, and the step whose aim is the limit is the last.

    :param latency: of a network, measured in the same conditions as its parent
    :param accuracy: of a network after training; called once for each network
    :param limit_ms: latency that no network may exceed
    :raises ExpansionError: if the tiny network is slower than the limit
    """
    parent, miou = start, accuracy(start)
    is_last = False
    while not is_last:
        parent_ms = latency(parent, parent)
        if parent is start and parent_ms > limit_ms:
            raise ExpansionError('the tiny network alone takes {:.3g} ms of {:.3g}: give a higher '
                                 '--target-ms or a smaller --size'.format(parent_ms, limit_ms))
        target_ms, found = _find_candidates(parent, latency, limit_ms)
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
    Return a candidate's gain of accuracy per millisecond.

    The cost of a candidate that is hardly slower than its parent, or faster, is ``LEAST_COST``.
    """
    cost_ms = max(candidate.latency_ms - parent_ms, LEAST_COST * parent_ms)
    return (candidate.miou - parent_miou) / cost_ms


def _find_candidates(parent: Expansion, latency: Latency,
                     limit_ms: float) -> Tuple[float, List[Candidate]]:
    """Find the latency that a step aims at, and the closest network of each operation."""
    single = {operation: latency(parent, operation.apply(parent, 1))
              for operation in OPERATIONS if operation.fits(parent)}
    target_ms = min(max(single.values()), limit_ms)
    found: Dict[Expansion, Candidate] = {}  # several operations may lead to one network
    for operation, single_ms in single.items():
        if single_ms > limit_ms:
            continue
        candidate = _find_closest(parent, operation, single_ms, latency, target_ms, limit_ms)
        found.setdefault(candidate.network, candidate)
    return target_ms, list(found.values())


def _find_closest(parent: Expansion, operation: Operation, single_ms: float, latency: Latency,
                  target_ms: float, limit_ms: float) -> Candidate:
    """Find the network of an operation whose latency is closest to the target's."""
    best = last = Candidate(operation, 1, operation.apply(parent, 1), single_ms, miou=0.0)
    while last.latency_ms < target_ms:
        network = operation.apply(parent, last.steps + 1)
        last = Candidate(operation, last.steps + 1, network, latency(parent, network), miou=0.0)
        if last.latency_ms <= limit_ms and (
                abs(last.latency_ms - target_ms) < abs(best.latency_ms - target_ms)):
            best = last
    return best
