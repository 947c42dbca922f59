# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The machine of a measurement: its name, processor, system and ROS."""

import os
from pathlib import Path
import platform
from typing import Any, Dict, NamedTuple, Optional, Tuple

from lsnet_ros.board.cpu_quota import cpu_quota

# Instructions that decide how fast a network runs, as Linux names them on x86 and ARM.
FEATURES = ('avx2', 'avx_vnni', 'avx512f', 'avx512_vnni', 'avx512_bf16', 'amx_int8', 'amx_bf16',
            'asimddp', 'i8mm', 'bf16')


class Machine(NamedTuple):
    """The machine of a measurement."""

    hardware: str              # model of the board, else the processor
    is_edge: bool              # a Jetson or the like, rather than a workstation
    hostname: str
    arch: str
    os: str
    python: str
    ros_distro: Optional[str]
    middleware: str

    def as_json(self) -> Dict[str, Any]:
        """Return the fields by name."""
        return dict(self._asdict())


def describe_machine(model: Optional[str], middleware: str) -> Machine:
    """
    Describe this machine.

    :param model: of the board, None for one without a name
    :param middleware: ROS's, such as rmw_fastrtps_cpp
    """
    return Machine(
        hardware=model or processor(), is_edge=model is not None, hostname=platform.node(),
        arch=platform.machine(), os=platform.platform(), python=platform.python_version(),
        ros_distro=os.environ.get('ROS_DISTRO'), middleware=middleware)


def describe_processor(cores: Optional[int]) -> str:
    """Return a number of cores and the processor's name: '2 x AMD EPYC'."""
    return '{} x {}'.format(cores, processor())


def processor() -> str:
    """Return the processor's name; its architecture if the kernel does not report a name."""
    return _read_cpuinfo('model name') or platform.machine()


def processor_features() -> Tuple[str, ...]:
    """Return the FEATURES that the processor has; none where the kernel does not report them."""
    found = (_read_cpuinfo('flags') or _read_cpuinfo('Features')).split()
    return tuple(name for name in FEATURES if name in found)


def _read_cpuinfo(key: str) -> str:
    """Return the first value of a key in /proc/cpuinfo; an empty text if the key is missing."""
    try:
        lines = Path('/proc/cpuinfo').read_text().splitlines()
    except OSError:
        return ''
    values = [line.partition(':')[2].strip() for line in lines if line.startswith(key)]
    return values[0] if values else ''


def available_cores() -> int:
    """
    Return the number of processor cores that this process may use, at least 1.

    Of a container's quota of 1.5 cores, 1: a second thread would stand still for half the time.
    """
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # Linux only
        cores = os.cpu_count() or 1
    quota = cpu_quota()
    return cores if quota is None else max(1, min(cores, int(quota)))
