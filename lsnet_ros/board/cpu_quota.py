# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Processor time that a container may use, by the quotas of Linux control groups.

A container of two cores on a machine of 16 sees all 16. A runtime with 16 threads then spends its
time of each period within a few milliseconds, and stands still for the rest of it.
"""

import contextlib
from pathlib import Path
from typing import Iterator, Optional, Tuple

GROUPS = Path('/proc/self/cgroup')
HIERARCHY = Path('/sys/fs/cgroup')


def cpu_quota() -> Optional[float]:
    """Return the cores' worth of time that this process may use; None if there is no limit."""
    quotas = [quota for folder in _list_folders() for quota in [_read_quota(folder)] if quota]
    return min(quotas) if quotas else None


def _list_folders() -> Iterator[Path]:
    """Yield the control groups of this process with a quota of time, each before its parents."""
    try:
        lines = GROUPS.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, group = line.split(':', 2)
        if not controllers:                   # version 2: one hierarchy
            root = HIERARCHY
        elif 'cpu' in controllers.split(','):  # version 1: a hierarchy for each controller
            root = HIERARCHY / controllers
        else:
            continue
        # In a container, the group's path may be that outside; its own group is then the root.
        folder = root / group.lstrip('/')
        yield folder
        while folder != root:
            folder = folder.parent
            yield folder


def _read_quota(folder: Path) -> Optional[float]:
    """Return the quota of one control group in cores; None if it has none."""
    for read in (_read_version_2, _read_version_1):
        with contextlib.suppress(OSError, ValueError):
            quota_us, period_us = read(folder)
            return quota_us / period_us if quota_us > 0 and period_us > 0 else None
    return None


def _read_version_2(folder: Path) -> Tuple[int, int]:
    """Return the time per period and the period, both in us."""
    quota, period = (folder / 'cpu.max').read_text().split()
    return (-1 if quota == 'max' else int(quota)), int(period)


def _read_version_1(folder: Path) -> Tuple[int, int]:
    """Return the time per period, -1 for no limit, and the period, both in us."""
    return (int((folder / 'cpu.cfs_quota_us').read_text()),
            int((folder / 'cpu.cfs_period_us').read_text()))
