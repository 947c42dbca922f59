# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Temperatures, GPU, CPU and memory of a board, from the files of its kernel."""

from pathlib import Path
from typing import Dict, NamedTuple, Optional

from lsnet_ros.board.kernel_files import make_temperature_sensor, read_scaled, read_text, Sensor

GPU_FILES = ('sys/devices/gpu.0', 'sys/devices/platform/gpu.0')  # JetPack 4 and 5; 6 and newer
GPU_NAMES = ('gpu', 'gp10b', 'gv11b', 'ga10b')
CONSTANT_ZONE = 'PMIC'  # always reports 100 degrees


class GpuFiles(NamedTuple):
    """Files of the GPU, None where the board lacks them."""

    load: Optional[Path]   # file, thousandths
    clock: Optional[Path]  # folder of devfreq, files in Hz

    def read_mhz(self, name: str) -> Optional[float]:
        """Return a clock in MHz: ``cur_freq``, ``min_freq`` or ``max_freq``."""
        return None if self.clock is None else read_scaled(self.clock / name, 1e-6)


class CpuTicks(NamedTuple):
    """Time of all cores since the start of the system, in ticks of the kernel."""

    idle: int
    total: int


def find_zones(root: Path) -> Dict[str, Sensor]:
    """Return a sensor of the temperature in degrees Celsius for each thermal zone, by name."""
    zones: Dict[str, Sensor] = {}
    for folder in sorted((root / 'sys' / 'class' / 'thermal').glob('thermal_zone*')):
        name = read_text(folder / 'type')
        if name and not name.startswith(CONSTANT_ZONE):
            if name in zones:  # as on a PC
                name += ' ' + folder.name[len('thermal_zone'):]
            zones[name] = make_temperature_sensor(folder / 'temp')
    return zones


def find_gpu(root: Path) -> GpuFiles:
    """Return the files of the GPU."""
    loads = [root / path / 'load' for path in GPU_FILES]
    clock = None
    for folder in sorted((root / 'sys' / 'class' / 'devfreq').glob('*')):
        name = read_text(folder / 'device' / 'of_node' / 'name') or ''
        if any(known in name for known in GPU_NAMES):
            clock = folder
            loads.append(folder / 'device' / 'load')
    return GpuFiles(next((load for load in loads if load.is_file()), None), clock)


def read_memory_mb(root: Path) -> Dict[str, float]:
    """Return the entries of /proc/meminfo in MB."""
    entries = {}
    for line in (read_text(root / 'proc' / 'meminfo') or '').splitlines():
        words = line.split()
        if len(words) == 3 and words[1].isdigit():
            entries[words[0].rstrip(':')] = int(words[1]) / 1024
    return entries


def read_cpu_ticks(root: Path) -> Optional[CpuTicks]:
    """Return the idle and the total time of all cores; None if the kernel does not report it."""
    words = (read_text(root / 'proc' / 'stat') or '').partition('\n')[0].split()
    if len(words) < 9 or words[0] != 'cpu':
        return None
    ticks = [int(word) for word in words[1:9]]  # user nice system idle iowait irq softirq steal
    return CpuTicks(ticks[3] + ticks[4], sum(ticks))


def read_cpu_mhz(root: Path) -> Optional[float]:
    """Return the clock of the fastest core; None if the kernel does not report it."""
    cores = (root / 'sys' / 'devices' / 'system' / 'cpu').glob(
        'cpu[0-9]*/cpufreq/scaling_cur_freq')
    clocks = [read_scaled(path, 1e-3) for path in cores]
    return max((clock for clock in clocks if clock is not None), default=None)
