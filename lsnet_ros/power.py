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
What a board says of itself: power, temperatures, clocks, loads and memory.

All of it is read from the files of the kernel, which costs microseconds and needs no rights. Where
jetson-stats is installed and its service runs, what that says is taken as well. What a board does
not tell is None, never 0: 0 W is a figure too, and a wrong one.
"""

from pathlib import Path
import subprocess
import time
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple, Union

INPUT_RAILS = ('POM_5V_IN', 'VDD_IN')  # Nano; TX2, Xavier NX and Orin NX: all else is behind them
GPU_FILES = ('sys/devices/gpu.0', 'sys/devices/platform/gpu.0')  # JetPack 4 and 5; 6 and newer
GPU_NAMES = ('gpu', 'gp10b', 'gv11b', 'ga10b')
SHUNT_SUM = 7           # channel of the INA3221 that is the sum of the others, in uV
OFF_C = -256.0          # what a thermal zone says while what it measures is switched off
CONSTANT_ZONE = 'PMIC'  # always 100 degrees
MODE_PERIOD_S = 10.0    # the power mode takes a process to ask for, and hardly ever changes
MODE_TIMEOUT_S = 2.0

Sensor = Callable[[], Optional[float]]


class Reading(NamedTuple):
    """What a board said at one moment; None is what it does not tell."""

    power_mw: Dict[str, Optional[float]]       # by rail
    total_mw: Optional[float]                  # of the whole board or module
    temperatures_c: Dict[str, Optional[float]]  # by thermal zone
    gpu_load: Optional[float]                  # fraction
    gpu_mhz: Optional[float]
    cpu_load: Optional[float]                  # fraction of all cores since the reading before
    cpu_mhz: Optional[float]                   # of the core with the highest clock
    memory_used_mb: Optional[float]            # by CPU and GPU, which share it on a Jetson
    swap_used_mb: Optional[float]
    power_mode: Optional[str]
    jtop: Optional[Dict[str, Any]]             # what jetson-stats says, as it says it


class Board:
    """
    Reads a board; which files it has is looked up once.

    :param root: where ``sys``, ``proc`` and ``usr`` of the board are
    """

    def __init__(self, root: Union[str, Path] = '/') -> None:
        self._root = Path(str(root))
        self._rails = find_rails(self._root)
        self._zones = find_zones(self._root)
        self._gpu_load, self._gpu_clock = find_gpu(self._root)
        self._cpu_times: Optional[Tuple[int, int]] = None  # idle, all
        self._mode: Optional[str] = None
        self._mode_due = 0.0
        self._jtop = Jtop()

    @property
    def rails(self) -> List[str]:
        """Names of the rails that power is measured of."""
        return sorted(self._rails)

    @property
    def zones(self) -> List[str]:
        """Names of the thermal zones."""
        return sorted(self._zones)

    def read(self) -> Reading:
        """Return what the board says now."""
        power = {name: sensor() for name, sensor in self._rails.items()}
        memory = _memory_mb(self._root)
        return Reading(
            power_mw=power, total_mw=total_mw(power),
            temperatures_c={name: sensor() for name, sensor in self._zones.items()},
            gpu_load=_scaled(self._gpu_load, 1e-3),
            gpu_mhz=None if self._gpu_clock is None else _scaled(
                self._gpu_clock / 'cur_freq', 1e-6),
            cpu_load=self._cpu_load(), cpu_mhz=_cpu_mhz(self._root),
            memory_used_mb=_difference(memory, 'MemTotal', 'MemAvailable'),
            swap_used_mb=_difference(memory, 'SwapTotal', 'SwapFree'),
            power_mode=self._power_mode(), jtop=self._jtop.read())

    def facts(self) -> Dict[str, Any]:
        """
        Return what does not change during a run.

        :returns: model, l4t (first line of its release file), memory_mb, gpu_min_mhz,
            gpu_max_mhz, gpu_governor, power_mode; None for what the board does not tell
        """
        clock = self._gpu_clock
        release = _text(self._root / 'etc' / 'nv_tegra_release')
        return {
            'model': _text(self._root / 'proc' / 'device-tree' / 'model'),
            'l4t': release.splitlines()[0].lstrip('# ') if release else None,
            'memory_mb': _memory_mb(self._root).get('MemTotal'),
            'gpu_min_mhz': None if clock is None else _scaled(clock / 'min_freq', 1e-6),
            'gpu_max_mhz': None if clock is None else _scaled(clock / 'max_freq', 1e-6),
            'gpu_governor': None if clock is None else _text(clock / 'governor'),
            'power_mode': self._power_mode(),
        }

    def close(self) -> None:
        """Let go of jetson-stats."""
        self._jtop.close()

    def _cpu_load(self) -> Optional[float]:
        """Return how busy all cores were since this was last asked; None the first time."""
        before, self._cpu_times = self._cpu_times, _cpu_times(self._root)
        if before is None or self._cpu_times is None:
            return None
        idle, whole = (now - then for now, then in zip(self._cpu_times, before))
        return 1.0 - idle / whole if whole > 0 else None

    def _power_mode(self) -> Optional[str]:
        """Return the name of the power mode, asked for now and then."""
        if time.monotonic() >= self._mode_due:
            self._mode = read_power_mode(self._root) or self._jtop.power_mode()
            self._mode_due = time.monotonic() + MODE_PERIOD_S
        return self._mode


def total_mw(power_mw: Dict[str, Optional[float]]) -> Optional[float]:
    """
    Return the power of the whole board or module by its own rule.

    Where a rail is its input, the others are behind it and must not be added. Where none is, as on
    AGX boards, the rails stand beside one another; a sum with one of them missing is no total.
    """
    for name in INPUT_RAILS:
        if name in power_mw:
            return power_mw[name]
    values = list(power_mw.values())
    return sum(values) if values and None not in values else None


def find_rails(root: Path) -> Dict[str, Sensor]:
    """Return what measures each rail in mW, by the rail's name."""
    rails: Dict[str, Sensor] = {}
    monitors = root / 'sys' / 'bus' / 'i2c' / 'drivers'
    for path in sorted(monitors.glob('ina3221x/*/iio:device*/rail_name_*')):  # JetPack 4
        number = path.name[len('rail_name_'):]
        rails[_text(path) or path.name] = _sensor(
            path.parent / 'in_power{}_input'.format(number), 1.0)
    for path in sorted(monitors.glob('ina3221*/*/hwmon/hwmon*/in*_label')):  # JetPack 5 and newer
        name, number = _text(path) or '', path.name[len('in'):-len('_label')]
        if name and name != 'NC' and number != str(SHUNT_SUM):
            rails[name] = _product(path.parent / 'in{}_input'.format(number),
                                   path.parent / 'curr{}_input'.format(number))
    return rails


def find_zones(root: Path) -> Dict[str, Sensor]:
    """Return what measures each thermal zone in degrees Celsius, by the zone's name."""
    zones: Dict[str, Sensor] = {}
    for folder in sorted((root / 'sys' / 'class' / 'thermal').glob('thermal_zone*')):
        name = _text(folder / 'type')
        if name and not name.startswith(CONSTANT_ZONE):
            if name in zones:  # as on a PC
                name += ' ' + folder.name[len('thermal_zone'):]
            zones[name] = _celsius(folder / 'temp')
    return zones


def find_gpu(root: Path) -> Tuple[Optional[Path], Optional[Path]]:
    """Return the file of the GPU's load and the folder of its clock, each None if not there."""
    loads = [root / path / 'load' for path in GPU_FILES]
    clock = None
    for folder in sorted((root / 'sys' / 'class' / 'devfreq').glob('*')):
        name = _text(folder / 'device' / 'of_node' / 'name') or ''
        if any(known in name for known in GPU_NAMES):
            clock = folder
            loads.append(folder / 'device' / 'load')
    return next((load for load in loads if load.is_file()), None), clock


def read_power_mode(root: Path) -> Optional[str]:
    """Return what nvpmodel calls the mode; None without it, or if it may not be asked."""
    try:
        process = subprocess.run(
            [str(root / 'usr' / 'sbin' / 'nvpmodel'), '-q'], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, universal_newlines=True, timeout=MODE_TIMEOUT_S)
    except (OSError, subprocess.SubprocessError):
        return None
    for line in process.stdout.splitlines():
        key, _, value = line.partition(':')
        if key.strip() == 'NV Power Mode':
            return value.strip() or None
    return None


class Jtop:
    """
    What jetson-stats says, where it is installed and its service runs.

    It is not a dependency: its licence is the AGPL, and its versions must be those of the host.
    Whatever goes wrong with it, and much can, leaves the board's own files.
    """

    def __init__(self) -> None:
        self._client = None
        try:
            from jtop import jtop
            client = jtop(interval=1)
            client.start()
            self._client = client
        except Exception:
            pass

    def read(self) -> Optional[Dict[str, Any]]:
        """Return its flat view, numbers and texts only."""
        if self._client is None:
            return None
        try:
            stats = self._client.stats
            return {key: value for key, value in stats.items()
                    if value is None or isinstance(value, (bool, int, float, str))}
        except Exception:
            self.close()
            return None

    def power_mode(self) -> Optional[str]:
        """Return the power mode."""
        mode = (self.read() or {}).get('nvp model')
        return str(mode) if mode else None

    def close(self) -> None:
        """Leave its service."""
        client, self._client = self._client, None
        try:
            if client is not None:
                client.close()
        except Exception:
            pass


def _text(path: Path) -> Optional[str]:
    """Return what a small file says; None if it cannot be read."""
    try:
        return path.read_bytes().decode('utf-8', 'replace').strip('\0 \n')
    except OSError:
        return None


def _scaled(path: Optional[Path], scale: float) -> Optional[float]:
    """Return the number in a file times a scale; None if it holds none."""
    text = None if path is None else _text(path)
    try:
        return float(text) * scale if text else None
    except ValueError:
        return None


def _sensor(path: Path, scale: float) -> Sensor:
    """Return what reads a number from a file."""
    return lambda: _scaled(path, scale)


def _product(volts: Path, amperes: Path) -> Sensor:
    """Return what reads a power in mW from files in mV and mA."""
    def read():
        millivolts, milliamperes = _scaled(volts, 1.0), _scaled(amperes, 1e-3)
        return None if None in (millivolts, milliamperes) else millivolts * milliamperes
    return read


def _celsius(path: Path) -> Sensor:
    """Return what reads a temperature from a file in thousandths."""
    def read():
        value = _scaled(path, 1e-3)
        return None if value is None or value <= OFF_C else value
    return read


def _memory_mb(root: Path) -> Dict[str, float]:
    """Return the entries of /proc/meminfo in MB."""
    entries = {}
    for line in (_text(root / 'proc' / 'meminfo') or '').splitlines():
        words = line.split()
        if len(words) == 3 and words[1].isdigit():
            entries[words[0].rstrip(':')] = int(words[1]) / 1024
    return entries


def _difference(entries: Dict[str, float], whole: str, rest: str) -> Optional[float]:
    """Return what is used of something."""
    return entries[whole] - entries[rest] if whole in entries and rest in entries else None


def _cpu_times(root: Path) -> Optional[Tuple[int, int]]:
    """Return the time that all cores have been idle, and all their time, in ticks."""
    words = (_text(root / 'proc' / 'stat') or '').partition('\n')[0].split()
    if len(words) < 9 or words[0] != 'cpu':
        return None
    times = [int(word) for word in words[1:9]]  # user nice system idle iowait irq softirq steal
    return times[3] + times[4], sum(times)


def _cpu_mhz(root: Path) -> Optional[float]:
    """Return the highest of the cores' clocks."""
    cores = (root / 'sys' / 'devices' / 'system' / 'cpu').glob(
        'cpu[0-9]*/cpufreq/scaling_cur_freq')
    clocks = [_scaled(path, 1e-3) for path in cores]
    return max((clock for clock in clocks if clock is not None), default=None)
