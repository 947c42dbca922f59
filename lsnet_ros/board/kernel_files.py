# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Small files of the kernel below /proc and /sys, and sensors that read them."""

from pathlib import Path
from typing import Callable, Optional

OFF_C = -256.0  # reported by a thermal zone whose unit is switched off

Sensor = Callable[[], Optional[float]]
"""Function that reads a quantity; None if it cannot be read."""


def read_text(path: Path) -> Optional[str]:
    """Return the text of a small file; None if it cannot be read."""
    try:
        return path.read_bytes().decode('utf-8', 'replace').strip('\0 \n')
    except OSError:
        return None


def read_scaled(path: Optional[Path], scale: float) -> Optional[float]:
    """Return the number in a file times a scale; None without a file or a number in it."""
    text = None if path is None else read_text(path)
    try:
        return float(text) * scale if text else None
    except ValueError:
        return None


def make_sensor(path: Path, scale: float) -> Sensor:
    """Return a sensor of the number in a file times a scale."""
    return lambda: read_scaled(path, scale)


def make_power_sensor(voltage: Path, current: Path) -> Sensor:
    """Return a sensor of the power in mW, from files in mV and mA."""
    def read() -> Optional[float]:
        millivolts, amperes = read_scaled(voltage, 1.0), read_scaled(current, 1e-3)
        return None if millivolts is None or amperes is None else millivolts * amperes
    return read


def make_temperature_sensor(path: Path) -> Sensor:
    """Return a sensor of the temperature in degrees Celsius, from a file in thousandths."""
    def read() -> Optional[float]:
        value = read_scaled(path, 1e-3)
        return None if value is None or value <= OFF_C else value
    return read
