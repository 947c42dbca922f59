# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Install lsnet_ros, with colcon as a ROS 2 package or with pip."""

from glob import glob
import os

from setuptools import find_packages, setup

PACKAGE = 'lsnet_ros'
SHARE = os.path.join('share', PACKAGE)
FOLDERS = ('launch', 'params', 'params/groups', 'params/recipes', 'models') + tuple(
    sorted(glob('models/*/')))


def data_files():
    """Return (folder below the prefix, files) for everything that is not Python."""
    index = os.path.join('share', 'ament_index', 'resource_index', 'packages')
    shared = [(os.path.join(SHARE, folder.rstrip('/')),
               sorted(path for path in glob(os.path.join(folder, '*')) if os.path.isfile(path)))
              for folder in FOLDERS]
    return [(index, ['resource/' + PACKAGE]), (SHARE, ['package.xml'])] + shared


setup(
    name=PACKAGE,
    version='0.1.0',
    packages=find_packages(include=[PACKAGE, PACKAGE + '.*']),
    data_files=data_files(),
    install_requires=['setuptools'],
    python_requires='>=3.6',
    zip_safe=True,
    author='The lsnet_ros authors',
    maintainer='The lsnet_ros authors',
    maintainer_email='maintainers@example.org',
    description='Lightweight semantic segmentation for ROS 2 robots',
    license='Apache-2.0',
    entry_points={
        'console_scripts': [
            'lsnet = lsnet_ros.cli:main',
            'source_node = lsnet_ros.nodes.source_node:main',
            'segmentation_node = lsnet_ros.nodes.segmentation_node:main',
            'evaluation_node = lsnet_ros.nodes.evaluation_node:main',
            'latency_node = lsnet_ros.nodes.latency_node:main',
            'playback_node = lsnet_ros.nodes.playback_node:main',
        ],
    },
)
