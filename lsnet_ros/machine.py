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
"""Which machine, with what on it, something was measured on."""

import os
from pathlib import Path
import platform
from typing import Any, Dict


def machine(facts: Dict[str, Any], middleware: str) -> Dict[str, Any]:
    """
    Return what the run was on.

    :param facts: of the board
    :param middleware: name of ROS's
    :returns: hardware (its name), is_edge (whether it is a Jetson or the like), hostname, arch,
        os, python, ros_distro, middleware
    """
    return {
        'hardware': facts['model'] or processor(), 'is_edge': facts['model'] is not None,
        'hostname': platform.node(), 'arch': platform.machine(), 'os': platform.platform(),
        'python': platform.python_version(), 'ros_distro': os.environ.get('ROS_DISTRO'),
        'middleware': middleware}


def processor() -> str:
    """Return the name of the processor, its kind if it has none."""
    try:
        lines = Path('/proc/cpuinfo').read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(':')[2].strip() for line in lines if line.startswith('model name')]
    return names[0] if names else platform.machine()
