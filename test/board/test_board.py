# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Boards as their kernels show them, written out as files, and what is read from them."""

import sys

import pytest

from lsnet_ros.board import board as board_module
from lsnet_ros.board.board import Board, BoardFacts, BoardReading
from lsnet_ros.board.jetson_stats import JetsonStats
from lsnet_ros.board.power import total_mw

I2C = 'sys/bus/i2c/drivers/'
MEMORY = 'MemTotal:  4051048 kB\nMemFree:  100000 kB\nMemAvailable:  2002920 kB\n' \
         'SwapTotal: 2025516 kB\nSwapFree: 2024492 kB\nHugePages_Total: 0\n'
NANO = {
    'proc/device-tree/model': 'NVIDIA Jetson Nano Developer Kit\0',
    'proc/meminfo': MEMORY,
    'proc/stat': 'cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n',
    'etc/nv_tegra_release': '# R32 (release), REVISION: 7.1, GCID: 1, BOARD: t210ref\nmore\n',
    I2C + 'ina3221x/6-0040/iio:device0/rail_name_0': 'POM_5V_IN\n',
    I2C + 'ina3221x/6-0040/iio:device0/rail_name_1': 'POM_5V_GPU\n',
    I2C + 'ina3221x/6-0040/iio:device0/rail_name_2': 'POM_5V_CPU\n',
    I2C + 'ina3221x/6-0040/iio:device0/in_power0_input': '3187\n',
    I2C + 'ina3221x/6-0040/iio:device0/in_power1_input': '450\n',
    I2C + 'ina3221x/6-0040/iio:device0/in_power2_input': '1203\n',
    'sys/devices/gpu.0/load': '453\n',
    'sys/class/devfreq/57000000.gpu/device/of_node/name': 'gpu\0',
    'sys/class/devfreq/57000000.gpu/cur_freq': '921600000\n',
    'sys/class/devfreq/57000000.gpu/min_freq': '76800000\n',
    'sys/class/devfreq/57000000.gpu/max_freq': '921600000\n',
    'sys/class/devfreq/57000000.gpu/governor': 'nvhost_podgov\n',
    'sys/class/devfreq/54080000.vi/device/of_node/name': 'vi\0',
    'sys/class/devfreq/54080000.vi/cur_freq': '1\n',
    'sys/class/thermal/thermal_zone0/type': 'AO-therm\n',
    'sys/class/thermal/thermal_zone0/temp': '42500\n',
    'sys/class/thermal/thermal_zone1/type': 'GPU-therm\n',
    'sys/class/thermal/thermal_zone1/temp': '34000\n',
    'sys/class/thermal/thermal_zone2/type': 'PMIC-Die\n',
    'sys/class/thermal/thermal_zone2/temp': '100000\n',
    'sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq': '1479000\n',
    'sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq': '102000\n',
    'usr/sbin/nvpmodel': '#!/bin/sh\n[ "$1" = -q ] || exit 1\n'
                         'echo "NVPM WARN: fan mode is not set!"\n'
                         'echo "NV Power Mode: MAXN"\necho 0\n',
}
TX2 = {
    I2C + 'ina3221x/0-0041/iio:device1/rail_name_0': 'VDD_IN\n',
    I2C + 'ina3221x/0-0041/iio:device1/rail_name_1': 'VDD_SYS_CPU\n',
    I2C + 'ina3221x/0-0041/iio:device1/rail_name_2': 'VDD_SYS_DDR\n',
    I2C + 'ina3221x/0-0040/iio:device0/rail_name_0': 'VDD_SYS_GPU\n',
    I2C + 'ina3221x/0-0041/iio:device1/in_power0_input': '7420\n',
    I2C + 'ina3221x/0-0041/iio:device1/in_power1_input': '1527\n',
    I2C + 'ina3221x/0-0041/iio:device1/in_power2_input': '1641\n',
    I2C + 'ina3221x/0-0040/iio:device0/in_power0_input': '2900\n',
    'sys/class/devfreq/17000000.gp10b/device/of_node/name': 'gp10b\0',
    'sys/class/devfreq/17000000.gp10b/device/load': '1000\n',
    'sys/class/devfreq/17000000.gp10b/cur_freq': '1300500000\n',
}
XAVIER = {  # JetPack 4: no rail is the input of the others
    I2C + 'ina3221x/1-0040/iio:device0/rail_name_0': 'GPU\n',
    I2C + 'ina3221x/1-0040/iio:device0/rail_name_1': 'CPU\n',
    I2C + 'ina3221x/1-0041/iio:device1/rail_name_0': 'SYS5V\n',
    I2C + 'ina3221x/1-0040/iio:device0/in_power0_input': '1000\n',
    I2C + 'ina3221x/1-0040/iio:device0/in_power1_input': '600\n',
    I2C + 'ina3221x/1-0041/iio:device1/in_power0_input': '2500\n',
}
ORIN = {  # JetPack 5: mV and mA
    I2C + 'ina3221/1-0040/hwmon/hwmon3/in1_label': 'VDD_IN\n',
    I2C + 'ina3221/1-0040/hwmon/hwmon3/in1_input': '4968\n',
    I2C + 'ina3221/1-0040/hwmon/hwmon3/curr1_input': '1000\n',
    I2C + 'ina3221/1-0040/hwmon/hwmon3/in2_label': 'VDD_SOC\n',
    I2C + 'ina3221/1-0040/hwmon/hwmon3/in2_input': '5000\n',
    I2C + 'ina3221/1-0040/hwmon/hwmon3/curr2_input': '300\n',
    I2C + 'ina3221/1-0040/hwmon/hwmon3/in3_label': 'NC\n',
    I2C + 'ina3221/1-0040/hwmon/hwmon3/in3_input': '5000\n',
    I2C + 'ina3221/1-0040/hwmon/hwmon3/curr3_input': '900\n',
    I2C + 'ina3221/1-0040/hwmon/hwmon3/in7_label': 'sum of shunt voltages\n',
    I2C + 'ina3221/1-0040/hwmon/hwmon3/in7_input': '560\n',
    'sys/devices/platform/gpu.0/load': '998\n',
    'sys/class/thermal/thermal_zone0/type': 'CPU-therm\n',
    'sys/class/thermal/thermal_zone0/temp': '50000\n',
    'sys/class/thermal/thermal_zone1/type': 'CV0-therm\n',
    'sys/class/thermal/thermal_zone1/temp': '-256000\n',
}


@pytest.fixture
def board(tmp_path):
    """Give a function that writes a board's files and opens it."""
    def open_board(files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            path.chmod(0o755)
        return Board(tmp_path)
    return open_board


def test_a_nano_tells_everything(board):
    assert board(NANO).read() == BoardReading(
        power_mw={'POM_5V_IN': 3187.0, 'POM_5V_GPU': 450.0, 'POM_5V_CPU': 1203.0},
        total_mw=3187.0,  # and not the 4840 that the rails would add up to
        temperatures_c={'AO-therm': 42.5, 'GPU-therm': 34.0},
        gpu_load=pytest.approx(0.453), gpu_mhz=pytest.approx(921.6),
        cpu_load=None, cpu_mhz=pytest.approx(1479.0),
        memory_used_mb=2000.125, swap_used_mb=1.0, power_mode='MAXN', jtop=None)


def test_what_stays_of_a_nano(board):
    nano = board(NANO)
    assert nano.facts().as_json() == {
        'model': 'NVIDIA Jetson Nano Developer Kit',
        'l4t': 'R32 (release), REVISION: 7.1, GCID: 1, BOARD: t210ref',
        'memory_mb': pytest.approx(3956.1016, abs=1e-4), 'gpu_min_mhz': pytest.approx(76.8),
        'gpu_max_mhz': pytest.approx(921.6), 'gpu_governor': 'nvhost_podgov',
        'power_mode': 'MAXN'}
    assert (nano.rails, nano.zones) == (['POM_5V_CPU', 'POM_5V_GPU', 'POM_5V_IN'],
                                        ['AO-therm', 'GPU-therm'])


def test_a_tx2_has_two_monitors_and_its_input_is_the_total(board):
    reading = board(TX2).read()
    assert reading.power_mw == {'VDD_IN': 7420.0, 'VDD_SYS_CPU': 1527.0, 'VDD_SYS_DDR': 1641.0,
                                'VDD_SYS_GPU': 2900.0}
    assert (reading.total_mw, reading.gpu_load) == (7420.0, 1.0)
    assert reading.gpu_mhz == pytest.approx(1300.5)


def test_a_xavier_has_no_input_rail_and_the_sum_is_the_total(board):
    assert board(XAVIER).read().total_mw == 4100.0


def test_an_orin_gives_volts_and_amperes(board):
    reading = board(ORIN).read()
    assert reading.power_mw == {'VDD_IN': 4968.0, 'VDD_SOC': 1500.0}
    assert (reading.total_mw, reading.gpu_load) == (4968.0, pytest.approx(0.998))
    assert reading.temperatures_c == {'CPU-therm': 50.0, 'CV0-therm': None}  # it is switched off


def test_a_machine_that_tells_nothing_says_none_and_never_0(board):
    assert board({}).read() == BoardReading({}, None, {}, *[None] * 8)
    assert set(board({}).facts()) == {None}


def test_a_rail_that_cannot_be_read_leaves_no_total(board, tmp_path):
    xavier = board(XAVIER)
    path = tmp_path / I2C / 'ina3221x/1-0041/iio:device1/in_power0_input'
    path.write_text('')
    assert xavier.read().power_mw['SYS5V'] is None
    path.unlink()
    assert xavier.read().total_mw is None
    assert total_mw({'VDD_IN': None, 'VDD_SOC': 5.0}) is None


def test_the_load_of_the_cores_is_that_since_the_reading_before(board, tmp_path):
    nano = board(NANO)
    assert nano.read().cpu_load is None
    (tmp_path / 'proc/stat').write_text('cpu  130 0 100 760 110 0 0 0 0 0\n')
    assert nano.read().cpu_load == pytest.approx(0.3)  # 30 of 100 ticks


def test_the_power_mode_is_not_asked_for_at_each_reading(board, tmp_path, monkeypatch):
    nano = board(NANO)
    assert nano.read().power_mode == 'MAXN'
    (tmp_path / 'usr/sbin/nvpmodel').write_text('#!/bin/sh\necho "NV Power Mode: 5W"\n')
    assert nano.read().power_mode == 'MAXN'
    now = board_module.time.monotonic() + board_module.MODE_PERIOD_S
    monkeypatch.setattr(board_module.time, 'monotonic', lambda: now)
    assert nano.read().power_mode == '5W'


@pytest.mark.parametrize('script', ['exit 1', 'echo "NV Power Mode:"', 'echo MAXN'])
def test_a_power_mode_that_cannot_be_asked_for_is_none(board, script):
    assert board({'usr/sbin/nvpmodel': '#!/bin/sh\n' + script}).read().power_mode is None


JTOP = '''
class jtop:
    def __init__(self, interval):
        assert interval == 1
    def start(self):
        {start}
    @property
    def stats(self):
        return {{'GPU': 45, 'EMC': 9, 'nvp model': 'MAXN', 'time': object(), 'Fan': None}}
    def close(self):
        pass
'''

HANGING_JTOP = '''
import threading
class jtop:
    def __init__(self, interval):
        pass
    def _call(self, name):
        if name == "{method}":
            threading.Event().wait()
    def start(self):
        self._call("start")
    @property
    def stats(self):
        self._call("stats")
        return {{"GPU": 45}}
    def close(self):
        self._call("close")
'''


@pytest.mark.parametrize('start, expected', [
    ('pass', ({'GPU': 45, 'EMC': 9, 'nvp model': 'MAXN', 'Fan': None}, 'MAXN')),
    ('raise RuntimeError("The jtop.service is not active")', (None, None))])
def test_jetson_stats_is_asked_where_its_service_runs(board, tmp_path, monkeypatch, start,
                                                      expected):
    (tmp_path / 'jtop.py').write_text(JTOP.format(start=start))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, 'jtop', raising=False)
    board = board({})
    reading = board.read()
    board.close()
    monkeypatch.delitem(sys.modules, 'jtop', raising=False)
    assert (reading.jtop, reading.power_mode) == expected
    assert board.read().jtop is None


@pytest.mark.parametrize('method', ['start', 'stats', 'close'])
def test_jetson_stats_that_never_answers_hangs_nobody(tmp_path, monkeypatch, method):
    (tmp_path / 'jtop.py').write_text(HANGING_JTOP.format(method=method))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, 'jtop', raising=False)
    stats = JetsonStats(answer_s=0.2)
    first, second = stats.read(), stats.read()
    stats.close()
    monkeypatch.delitem(sys.modules, 'jtop', raising=False)
    expected = {'GPU': 45} if method == 'close' else None
    assert (first, second, stats.read()) == (expected, expected, None)


def test_this_machine_is_read_without_a_complaint():
    board = Board()
    assert board.read().memory_used_mb > 0
    assert isinstance(board.facts(), BoardFacts)
