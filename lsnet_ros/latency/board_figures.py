# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Figures of the board during a run: spread of each quantity, and the latest reading."""

from typing import Any, Dict, NamedTuple, Optional

from lsnet_ros.board.board import BoardFacts, BoardReading
from lsnet_ros.latency.spread import RunningSpread, Spread

QUANTITIES = ('total_mw', 'gpu_load', 'gpu_mhz', 'cpu_load', 'cpu_mhz', 'memory_used_mb',
              'swap_used_mb')
PARTED = ('power_mw', 'temperatures_c')  # quantities by rail and by thermal zone


class BoardSpread(NamedTuple):
    """Spread of each quantity of a board; None where it is unknown."""

    power_mw: Dict[str, Optional[Spread]]        # by rail
    temperatures_c: Dict[str, Optional[Spread]]  # by thermal zone
    total_mw: Optional[Spread] = None
    gpu_load: Optional[Spread] = None
    gpu_mhz: Optional[Spread] = None
    cpu_load: Optional[Spread] = None
    cpu_mhz: Optional[Spread] = None
    memory_used_mb: Optional[Spread] = None
    swap_used_mb: Optional[Spread] = None
    memory_load: Optional[Spread] = None         # fraction

    def as_json(self) -> Dict[str, Any]:
        """Return the fields by name."""
        return {name: {part: _spread_as_json(one) for part, one in spread.items()}
                if isinstance(spread, dict) else _spread_as_json(spread)
                for name, spread in self._asdict().items()}

    @classmethod
    def from_json(cls, value: Dict[str, Any]) -> 'BoardSpread':
        """Return the spread whose ``as_json`` is ``value``."""
        spreads: Dict[str, Any] = {name: _read_spread(spread) for name, spread in value.items()
                                   if name not in PARTED}
        for name in PARTED:
            spreads[name] = {part: _read_spread(one) for part, one in value[name].items()}
        return cls(**spreads)


class BoardFigures(NamedTuple):
    """Facts of a board, spread of its readings, and the latest reading."""

    facts: BoardFacts
    spread: BoardSpread
    latest: Optional[BoardReading]

    def as_json(self) -> Dict[str, Any]:
        """Return the fields by name."""
        return {'facts': self.facts.as_json(), 'spread': self.spread.as_json(),
                'latest': None if self.latest is None else self.latest.as_json()}

    @classmethod
    def from_json(cls, value: Dict[str, Any]) -> 'BoardFigures':
        """Return the figures whose ``as_json`` is ``value``."""
        latest = value['latest']
        return cls(BoardFacts(**value['facts']), BoardSpread.from_json(value['spread']),
                   None if latest is None else BoardReading(**latest))


class BoardStatistics:
    """Updates the figures of a board reading by reading."""

    def __init__(self, facts: BoardFacts) -> None:
        self._facts = facts
        self._power: Dict[str, RunningSpread] = {}
        self._temperatures: Dict[str, RunningSpread] = {}
        self._single = {name: RunningSpread() for name in QUANTITIES + ('memory_load',)}
        self._latest: Optional[BoardReading] = None

    def add(self, reading: BoardReading) -> None:
        """Add a reading."""
        self._latest = reading
        for spreads, values in ((self._power, reading.power_mw),
                                (self._temperatures, reading.temperatures_c)):
            for part, value in values.items():
                spreads.setdefault(part, RunningSpread()).add(value)
        for name in QUANTITIES:
            self._single[name].add(getattr(reading, name))
        used, total = reading.memory_used_mb, self._facts.memory_mb
        self._single['memory_load'].add(used / total if used is not None and total else None)

    def figures(self) -> BoardFigures:
        """Return the figures so far."""
        return BoardFigures(self._facts, BoardSpread(
            _summarise(self._power), _summarise(self._temperatures),
            **_summarise(self._single)), self._latest)


def _summarise(spreads: Dict[str, RunningSpread]) -> Dict[str, Optional[Spread]]:
    """Return the spreads so far by name."""
    return {name: spread.summary() for name, spread in spreads.items()}


def _spread_as_json(spread: Optional[Spread]) -> Optional[Dict[str, Any]]:
    return None if spread is None else spread.as_json()


def _read_spread(value: Optional[Dict[str, float]]) -> Optional[Spread]:
    return None if value is None else Spread(**value)
