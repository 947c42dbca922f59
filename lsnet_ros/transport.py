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
"""
Make the middleware carry whole camera frames between processes.

With what Fast DDS does of itself, a best-effort frame above 512 KiB never arrives in another
process. The package ships profiles that change this; what a user has set goes before them.
"""

import os
from pathlib import Path
import sys
from typing import Dict, Mapping

FAST_DDS = ('FASTDDS_DEFAULT_PROFILES_FILE', 'FASTRTPS_DEFAULT_PROFILES_FILE')
FAST_DDS_SETTINGS = FAST_DDS + ('FASTDDS_BUILTIN_TRANSPORTS',)  # any of them is the user's choice
CYCLONE_DDS = 'CYCLONEDDS_URI'
# Before Kilted the second name counts; since then it is warned of at each start.
FAST_DDS_2 = ('foxy', 'galactic', 'humble', 'iron', 'jazzy')
OLD_CYCLONE_DDS = ('foxy', 'galactic')  # their Cyclone refuses to start with this profile


def transport_environment(environ: Mapping[str, str]) -> Dict[str, str]:
    """
    Return the variables to add to an environment so that large frames arrive.

    Each middleware reads its own and no other's, so both are given. What the environment already
    says of a middleware is left as it is; the result is empty where it speaks of both.

    :param environ: the environment of the processes to start, such as ``os.environ``
    :raises FileNotFoundError: if the package was installed without its params folder
    """
    added = {}
    if not any(environ.get(name) for name in FAST_DDS_SETTINGS):
        names = FAST_DDS if environ.get('ROS_DISTRO') in FAST_DDS_2 else FAST_DDS[:1]
        added.update(dict.fromkeys(names, str(params_file('fastdds_large_images.xml'))))
    if not environ.get(CYCLONE_DDS) and environ.get('ROS_DISTRO') not in OLD_CYCLONE_DDS:
        added[CYCLONE_DDS] = params_file('cyclonedds_large_images.xml').as_uri()
    return added


def params_file(name: str) -> Path:
    """
    Return the path of a file of the params folder: beside the sources, or where it was installed.

    :raises FileNotFoundError: if it is in neither place
    """
    prefixes = os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep) + [sys.prefix]
    folders = [Path(__file__).resolve().parents[1] / 'params'] + [
        Path(prefix) / 'share' / 'lsnet_ros' / 'params' for prefix in prefixes if prefix]
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError('{} not found in {}: install lsnet_ros with its params folder'.format(
        name, ' or '.join(str(folder) for folder in folders)))
