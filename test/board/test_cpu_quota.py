# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Quotas of processor time in both versions of control groups, and the cores they leave."""

import pytest

from lsnet_ros.board import cpu_quota, machine


@pytest.fixture
def control_groups(tmp_path, monkeypatch):
    """Give a function that writes /proc/self/cgroup and files of /sys/fs/cgroup."""
    monkeypatch.setattr(cpu_quota, 'GROUPS', tmp_path / 'cgroup')
    monkeypatch.setattr(cpu_quota, 'HIERARCHY', tmp_path / 'fs')
    monkeypatch.setattr(machine.os, 'sched_getaffinity', lambda process: set(range(16)),
                        raising=False)

    def write(groups, files):
        (tmp_path / 'cgroup').write_text(groups)
        for name, text in files.items():
            path = tmp_path / 'fs' / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return write


V1 = '4:memory:/docker/1\n2:cpuacct:/docker/1\n1:cpu:/docker/1\n'


@pytest.mark.parametrize('groups, files, quota, cores', [
    ('0::/\n', {'cpu.max': '200000 100000\n'}, 2.0, 2),
    ('0::/\n', {'cpu.max': 'max 100000\n'}, None, 16),
    ('0::/\n', {}, None, 16),
    ('0::/a/b\n', {'a/b/cpu.max': 'max 100000\n', 'a/cpu.max': '150000 100000\n'}, 1.5, 1),
    ('0::/a/b\n', {'a/b/cpu.max': '50000 100000\n', 'a/cpu.max': '400000 100000\n'}, 0.5, 1),
    ('0::/x:y\n', {'x:y/cpu.max': '300000 100000\n'}, 3.0, 3),
    (V1, {'cpu/docker/1/cpu.cfs_quota_us': '400000\n',
          'cpu/docker/1/cpu.cfs_period_us': '100000\n'}, 4.0, 4),
    (V1, {'cpu/cpu.cfs_quota_us': '400000\n', 'cpu/cpu.cfs_period_us': '100000\n'}, 4.0, 4),
    (V1, {'cpu/docker/1/cpu.cfs_quota_us': '-1\n',
          'cpu/docker/1/cpu.cfs_period_us': '100000\n'}, None, 16),
    ('3:cpu,cpuacct:/d\n', {'cpu,cpuacct/d/cpu.cfs_quota_us': '100000\n',
                            'cpu,cpuacct/d/cpu.cfs_period_us': '50000\n'}, 2.0, 2),
    ('0::/\n', {'cpu.max': 'odd\n'}, None, 16),
    ('0::/\n', {'cpu.max': '6400000 100000\n'}, 64.0, 16)])
def test_threads_follow_the_quota(groups, files, quota, cores, control_groups):
    control_groups(groups, files)
    assert cpu_quota.cpu_quota() == quota
    assert machine.available_cores() == cores


def test_without_control_groups_there_is_no_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(cpu_quota, 'GROUPS', tmp_path / 'missing')
    assert cpu_quota.cpu_quota() is None
