# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Make the middleware carry whole camera frames between processes.

By default, Fast DDS never delivers a best-effort frame above 512 KiB to another process. The
package ships profiles that change this; settings of the user take precedence. Fast DDS has two:
one of 64 MiB of shared memory for each process, and one of 8 MiB where there is less of it.
"""

from typing import Dict, Mapping

from lsnet_ros.ament_prefix import params_file
from lsnet_ros.launching.shared_memory import free_bytes, remove_dead_segments

__all__ = ['FAST_DDS_SETTINGS', 'params_file', 'prepare_transport', 'transport_environment']

FAST_DDS = ('FASTDDS_DEFAULT_PROFILES_FILE', 'FASTRTPS_DEFAULT_PROFILES_FILE')
FAST_DDS_SETTINGS = FAST_DDS + ('FASTDDS_BUILTIN_TRANSPORTS',)  # any is the user's choice
CYCLONE_DDS = 'CYCLONEDDS_URI'
# Before Kilted, Fast DDS reads the second name; since then it warns of it at each start.
FAST_DDS_2 = ('foxy', 'galactic', 'humble', 'iron', 'jazzy')
LARGE_PROFILE, SMALL_PROFILE = 'fastdds_large_images.xml', 'fastdds_small_memory.xml'
# Eight processes of 70 MB each: camera driver, our nodes, RViz, a recorder and ros2 topic.
LARGE_PROFILE_BYTES = 560 * 10 ** 6
OLD_CYCLONE_DDS = ('foxy', 'galactic')  # their Cyclone DDS refuses to start with this profile


def prepare_transport(environ: Mapping[str, str]) -> Dict[str, str]:
    """
    Free the shared memory of dead processes, and return the variables to add to an environment.

    :param environ: as for ``transport_environment``, whose errors this raises too
    """
    remove_dead_segments()
    return transport_environment(environ)


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
        added.update(dict.fromkeys(names, str(params_file(_fast_dds_profile()))))
    if not environ.get(CYCLONE_DDS) and environ.get('ROS_DISTRO') not in OLD_CYCLONE_DDS:
        added[CYCLONE_DDS] = params_file('cyclonedds_large_images.xml').as_uri()
    return added


def _fast_dds_profile() -> str:
    """Return the name of the profile of Fast DDS that fits the free shared memory."""
    return LARGE_PROFILE if free_bytes() >= LARGE_PROFILE_BYTES else SMALL_PROFILE
