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
"""Where the package is installed: its own files, and making it known to ROS after pip."""

import os
from pathlib import Path
import sys
from typing import List

VARIABLE = 'AMENT_PREFIX_PATH'
INDEX = os.path.join('share', 'ament_index', 'resource_index', 'packages')


def register() -> None:
    """
    Put this Python's prefix before the others of ``AMENT_PREFIX_PATH``.

    ROS finds packages through that variable. Sourcing a workspace sets it; nothing sets it for
    packages that pip installed, be they this one or ROS itself.
    """
    prefixes = [prefix for prefix in os.environ.get(VARIABLE, '').split(os.pathsep) if prefix]
    if sys.prefix not in prefixes and os.path.isdir(os.path.join(sys.prefix, INDEX)):
        os.environ[VARIABLE] = os.pathsep.join([sys.prefix] + prefixes)


def installed(folder: str) -> List[Path]:
    """
    Return where a folder of the package can be: beside the sources, then the ament prefixes.

    :param folder: as in the sources, such as 'models'
    """
    prefixes = os.environ.get(VARIABLE, '').split(os.pathsep) + [sys.prefix]
    return [Path(__file__).resolve().parents[1] / folder] + [
        Path(prefix) / 'share' / 'lsnet_ros' / folder for prefix in prefixes if prefix]
