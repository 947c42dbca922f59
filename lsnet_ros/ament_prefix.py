# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Find the package's own files, and register a pip installation with ROS."""

import os
from pathlib import Path
import sys
from typing import List

VARIABLE = 'AMENT_PREFIX_PATH'
INDEX = os.path.join('share', 'ament_index', 'resource_index', 'packages')


def register() -> None:
    """
    Put this Python's prefix before the others of ``AMENT_PREFIX_PATH``.

    ROS finds packages through that variable. Sourcing a workspace sets it; pip does not, neither
    for this package nor for ROS itself.
    """
    prefixes = [prefix for prefix in os.environ.get(VARIABLE, '').split(os.pathsep) if prefix]
    if sys.prefix not in prefixes and os.path.isdir(os.path.join(sys.prefix, INDEX)):
        os.environ[VARIABLE] = os.pathsep.join([sys.prefix] + prefixes)


def installed(folder: str) -> List[Path]:
    """
    Return the places of a folder of the package: beside the sources, then the ament prefixes.

    :param folder: as in the sources, such as 'models'; the places need not exist
    """
    prefixes = os.environ.get(VARIABLE, '').split(os.pathsep) + [sys.prefix]
    return [Path(__file__).resolve().parents[1] / folder] + [
        Path(prefix) / 'share' / 'lsnet_ros' / folder for prefix in prefixes if prefix]


def params_file(name: str) -> Path:
    """
    Return the path of a file in the params folder.

    :raises FileNotFoundError: if it is in none of the places of the folder
    """
    folders = installed('params')
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError('{} not found in {}: install lsnet_ros with its params folder'.format(
        name, ' or '.join(str(folder) for folder in folders)))
