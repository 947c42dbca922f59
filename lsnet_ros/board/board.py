# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
A board and its readings: power, temperatures, clocks, loads and memory.

Everything is read from the files of the kernel, which takes microseconds and no privileges, and
from jetson-stats where its service runs. An unknown quantity is None, never 0: a board of 0 W
would be a wrong measurement.
"""

from pathlib import Path
import time
from typing import Any, Dict, List, NamedTuple, Optional, Union

from lsnet_ros.board import sensors
from lsnet_ros.board.jetson_stats import JetsonStats, StatsByName
from lsnet_ros.board.kernel_files import read_scaled, read_text
from lsnet_ros.board.power import find_rails, read_power_mode, total_mw

MODE_PERIOD_S = 10.0  # asking for the power mode starts a process, and it hardly ever changes


class BoardReading(NamedTuple):
    """Quantities of a board at one moment; None where unknown."""

    power_mw: Dict[str, Optional[float]]        # by rail
    total_mw: Optional[float]                   # of the whole board or module
    temperatures_c: Dict[str, Optional[float]]  # by thermal zone
    gpu_load: Optional[float]                   # fraction
    gpu_mhz: Optional[float]
    cpu_load: Optional[float]                   # fraction of all cores since the previous reading
    cpu_mhz: Optional[float]                    # of the fastest core
    memory_used_mb: Optional[float]             # by CPU and GPU, which share it on a Jetson
    swap_used_mb: Optional[float]
    power_mode: Optional[str]
    jtop: Optional[StatsByName]                 # of jetson-stats, unchanged

    def as_json(self) -> Dict[str, Any]:
        """Return the fields by name."""
        return dict(self._asdict())


class BoardFacts(NamedTuple):
    """Properties of a board that stay during a run; None where unknown."""

    model: Optional[str] = None         # of a Jetson or the like
    l4t: Optional[str] = None           # first line of its release file
    memory_mb: Optional[float] = None
    gpu_min_mhz: Optional[float] = None
    gpu_max_mhz: Optional[float] = None
    gpu_governor: Optional[str] = None
    power_mode: Optional[str] = None

    def as_json(self) -> Dict[str, Any]:
        """Return the fields by name."""
        return dict(self._asdict())


class Board:
    """
    Reads a board; its sensors are looked up once.

    :param root: folder with the board's ``sys``, ``proc``, ``etc`` and ``usr``
    """

    def __init__(self, root: Union[str, Path] = '/') -> None:
        self._root = Path(str(root))
        self._rails = find_rails(self._root)
        self._zones = sensors.find_zones(self._root)
        self._gpu = sensors.find_gpu(self._root)
        self._cpu_ticks: Optional[sensors.CpuTicks] = None
        self._mode: Optional[str] = None
        self._mode_due = 0.0
        self._jetson_stats = JetsonStats()

    @property
    def rails(self) -> List[str]:
        """Names of the rails."""
        return sorted(self._rails)

    @property
    def zones(self) -> List[str]:
        """Names of the thermal zones."""
        return sorted(self._zones)

    def read(self) -> BoardReading:
        """Read all quantities."""
        power = {name: sensor() for name, sensor in self._rails.items()}
        memory = sensors.read_memory_mb(self._root)
        return BoardReading(
            power_mw=power, total_mw=total_mw(power),
            temperatures_c={name: sensor() for name, sensor in self._zones.items()},
            gpu_load=read_scaled(self._gpu.load, 1e-3), gpu_mhz=self._gpu.read_mhz('cur_freq'),
            cpu_load=self._read_cpu_load(), cpu_mhz=sensors.read_cpu_mhz(self._root),
            memory_used_mb=_subtract(memory, 'MemTotal', 'MemAvailable'),
            swap_used_mb=_subtract(memory, 'SwapTotal', 'SwapFree'),
            power_mode=self._read_power_mode(), jtop=self._jetson_stats.read())

    def facts(self) -> BoardFacts:
        """Return the properties that stay during a run."""
        release = read_text(self._root / 'etc' / 'nv_tegra_release')
        clock = self._gpu.clock
        return BoardFacts(
            model=read_text(self._root / 'proc' / 'device-tree' / 'model'),
            l4t=release.splitlines()[0].lstrip('# ') if release else None,
            memory_mb=sensors.read_memory_mb(self._root).get('MemTotal'),
            gpu_min_mhz=self._gpu.read_mhz('min_freq'), gpu_max_mhz=self._gpu.read_mhz('max_freq'),
            gpu_governor=None if clock is None else read_text(clock / 'governor'),
            power_mode=self._read_power_mode())

    def close(self) -> None:
        """Disconnect from jetson-stats."""
        self._jetson_stats.close()

    def _read_cpu_load(self) -> Optional[float]:
        """Return the load of all cores since the previous call; None at the first call."""
        before, now = self._cpu_ticks, sensors.read_cpu_ticks(self._root)
        self._cpu_ticks = now
        if before is None or now is None or now.total <= before.total:
            return None
        return 1.0 - (now.idle - before.idle) / (now.total - before.total)

    def _read_power_mode(self) -> Optional[str]:
        """Return the name of the power mode, at most ``MODE_PERIOD_S`` old."""
        if time.monotonic() >= self._mode_due:
            self._mode = read_power_mode(self._root) or self._jetson_stats.power_mode()
            self._mode_due = time.monotonic() + MODE_PERIOD_S
        return self._mode


def _subtract(entries: Dict[str, float], total: str, free: str) -> Optional[float]:
    """Return the used part of a total; None if either entry is missing."""
    return entries[total] - entries[free] if total in entries and free in entries else None
