# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The names of the machine and its processor."""

import os
from pathlib import Path
import platform

import pytest

from lsnet_ros.board import machine

CPUINFO = 'processor\t: 0\nmodel name\t: AMD EPYC 7B13\nprocessor\t: 1\nmodel name\t: other\n'


@pytest.fixture
def cpuinfo(monkeypatch):
    """Give a function that replaces /proc/cpuinfo by a text, or by an error."""
    def replace(text):
        def read_text(path):
            assert str(path) == '/proc/cpuinfo'
            if text is None:
                raise FileNotFoundError(str(path))
            return text
        monkeypatch.setattr(Path, 'read_text', read_text)
    return replace


def test_a_processor_is_named_with_its_cores(cpuinfo):
    cpuinfo(CPUINFO)
    assert machine.processor() == 'AMD EPYC 7B13'
    assert machine.describe_processor(2) == '2 x AMD EPYC 7B13'


@pytest.mark.parametrize('text', [None, '', 'Hardware\t: Tegra\n'])
def test_a_processor_without_a_name_is_its_architecture(cpuinfo, text):
    cpuinfo(text)
    assert machine.describe_processor(4) == '4 x ' + platform.machine()


@pytest.mark.parametrize('text, features', [
    ('flags\t\t: fpu avx avx512_bf16 avx2 avx512_vnni_x\nflags\t\t: amx_int8\n',
     ('avx2', 'avx512_bf16')),
    ('Features\t: fp asimd i8mm\n', ('i8mm',)),
    (None, ()),
])
def test_features_are_those_of_the_first_core(cpuinfo, text, features):
    cpuinfo(text)
    assert machine.processor_features() == features


def test_cores_are_those_this_process_may_run_on(monkeypatch):
    monkeypatch.setattr(os, 'sched_getaffinity', lambda process: {0, 3}, raising=False)
    assert machine.available_cores() == 2
    monkeypatch.delattr(os, 'sched_getaffinity')
    assert machine.available_cores() == os.cpu_count()


def test_a_board_is_named_by_its_model_and_is_edge(monkeypatch):
    monkeypatch.setenv('ROS_DISTRO', 'humble')
    jetson = machine.describe_machine('NVIDIA Jetson Nano', 'rmw_x')
    assert (jetson.hardware, jetson.is_edge) == ('NVIDIA Jetson Nano', True)
    pc = machine.describe_machine(None, 'rmw_x')
    assert (pc.hardware, pc.is_edge) == (machine.processor(), False)
    assert list(pc.as_json()) == ['hardware', 'is_edge', 'hostname', 'arch', 'os', 'python',
                                  'ros_distro', 'middleware']
    assert pc.as_json()['ros_distro'] == 'humble'
