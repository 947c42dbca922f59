# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Make the middleware carry whole camera frames between processes.

By default, Fast DDS never delivers a best-effort frame above 512 KiB to another process. The
package ships profiles that change this; settings of the user take precedence.
"""

from typing import Dict, Mapping

from lsnet_ros.ament_prefix import params_file

__all__ = ['FAST_DDS_SETTINGS', 'params_file', 'transport_environment']

FAST_DDS = ('FASTDDS_DEFAULT_PROFILES_FILE', 'FASTRTPS_DEFAULT_PROFILES_FILE')
FAST_DDS_SETTINGS = FAST_DDS + ('FASTDDS_BUILTIN_TRANSPORTS',)  # any is the user's choice
CYCLONE_DDS = 'CYCLONEDDS_URI'
# Before Kilted, Fast DDS reads the second name; since then it warns of it at each start.
FAST_DDS_2 = ('foxy', 'galactic', 'humble', 'iron', 'jazzy')
OLD_CYCLONE_DDS = ('foxy', 'galactic')  # their Cyclone DDS refuses to start with this profile


def transport_environment(environ: Mapping[str, str]) -> Dict[str, str]:
    """
    Return the variables to add to an environment so that large frames arrive.

    There are variables for both middlewares, as each reads only its own. A middleware that the
    environment already configures gets none.

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
