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
"""Make the package known to ROS in an environment that pip made, such as a virtual one."""

import os
import sys

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
