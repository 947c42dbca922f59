# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Power of a board: its rails, their total, and the power mode."""

from pathlib import Path
import subprocess
from typing import Dict, List, Optional

from lsnet_ros.board.kernel_files import make_power_sensor, make_sensor, read_text, Sensor

INPUT_RAILS = ('POM_5V_IN', 'VDD_IN')  # Nano; TX2, Xavier NX, Orin NX: all other rails are behind
SHUNT_SUM = 7         # channel of the INA3221 that holds the sum of the others, uV
MODE_TIMEOUT_S = 2.0


def find_rails(root: Path) -> Dict[str, Sensor]:
    """Return a sensor of the power in mW for each rail, by the rail's name."""
    rails: Dict[str, Sensor] = {}
    monitors = root / 'sys' / 'bus' / 'i2c' / 'drivers'
    for path in sorted(monitors.glob('ina3221x/*/iio:device*/rail_name_*')):  # JetPack 4
        number = path.name[len('rail_name_'):]
        rails[read_text(path) or path.name] = make_sensor(
            path.parent / 'in_power{}_input'.format(number), 1.0)
    for path in sorted(monitors.glob('ina3221*/*/hwmon/hwmon*/in*_label')):  # JetPack 5 and newer
        name, number = read_text(path) or '', path.name[len('in'):-len('_label')]
        if name and name != 'NC' and number != str(SHUNT_SUM):
            rails[name] = make_power_sensor(path.parent / 'in{}_input'.format(number),
                                            path.parent / 'curr{}_input'.format(number))
    return rails


def total_mw(power_mw: Dict[str, Optional[float]]) -> Optional[float]:
    """
    Return the power of the whole board or module, mW; None if it is unknown.

    An input rail feeds all others, so it is the total and the others must not be added. Without
    an input rail, as on AGX boards, the total is the sum, and unknown if a rail is unknown.

    :param power_mw: by rail
    """
    for name in INPUT_RAILS:
        if name in power_mw:
            return power_mw[name]
    values: List[float] = [value for value in power_mw.values() if value is not None]
    return sum(values) if values and len(values) == len(power_mw) else None


def read_power_mode(root: Path) -> Optional[str]:
    """Return the power mode that nvpmodel reports; None if it is missing or fails."""
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
