# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Work of other processes while something is timed: it makes times longer, and ratios too."""

import os
from pathlib import Path
import time
from typing import Any, Dict, NamedTuple, Optional

from lsnet_ros.board.sensors import read_cpu_ticks

BUSY = 0.1  # share of the machine's cores that others may use, at most


class Load(NamedTuple):
    """Load of a machine before and during a measurement; None where it is not reported."""

    cores: int
    before: Optional[float]       # average number of waiting and running processes of a minute
    other_cores: Optional[float]  # cores that other processes used during the measurement

    @property
    def is_busy(self) -> bool:
        """Whether other processes used more than a tenth of the cores."""
        return self.other_cores is not None and self.other_cores > BUSY * self.cores

    def as_json(self) -> Dict[str, Any]:
        """Return the fields by name."""
        return dict(self._asdict(), is_busy=self.is_busy)

    def describe(self) -> str:
        """Return the load in a few words."""
        return 'load average {} before; other processes used {} of {} cores meanwhile'.format(
            '-' if self.before is None else '{:.1f}'.format(self.before),
            '-' if self.other_cores is None else '{:.1f}'.format(self.other_cores), self.cores)


class LoadMeter:
    """
    Measures the load from its construction on.

    Processes that this one starts count as others.

    :param root: of the kernel's files
    """

    def __init__(self, root: Path = Path('/')) -> None:
        self._root = root
        try:
            self._before: Optional[float] = os.getloadavg()[0]
        except OSError:
            self._before = None
        self._started = self._read()

    def read(self) -> Load:
        """Return the load since the construction."""
        now, started = self._read(), self._started
        other_cores = None
        if now and started and now.wall_s > started.wall_s:
            other_cores = max(0.0, (now.busy_s - started.busy_s - now.own_s + started.own_s)
                              / (now.wall_s - started.wall_s))
        return Load(os.cpu_count() or 1, self._before, other_cores)

    def _read(self) -> Optional['_Times']:
        ticks = read_cpu_ticks(self._root)
        if ticks is None:
            return None
        return _Times(time.monotonic(), (ticks.total - ticks.idle) / os.sysconf('SC_CLK_TCK'),
                      time.process_time())


class _Times(NamedTuple):
    """Times at one moment, s."""

    wall_s: float
    busy_s: float  # of all cores
    own_s: float   # of this process
