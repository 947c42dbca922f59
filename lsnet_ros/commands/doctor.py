# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet doctor``: check the installation, with a remedy for each problem."""

import argparse
import importlib
import os
import platform
import subprocess
from typing import Any, Dict, Iterator, NamedTuple

from lsnet_ros.backends import BackendError, BACKENDS, open_backend
from lsnet_ros.board.machine import available_cores
from lsnet_ros.launching.frame_check import count_frames, middleware
from lsnet_ros.launching.shared_memory import FOLDER, free_bytes
from lsnet_ros.launching.transport import LARGE_PROFILE_BYTES, prepare_transport
from lsnet_ros.models.folder import list_models, ModelError, read_model

SUMMARY = 'check versions, ROS, transport, backends and models'
MODULES = ('numpy', 'cv2', 'yaml', 'onnxruntime', 'torch', 'tensorrt', 'rosbags')
FRAMES = 10
SETTINGS = {'fastrtps': 'FAST', 'cyclonedds': 'CYCLONE'}  # prefix of a middleware's variables
OK, MISSING, BROKEN = 'ok', 'not there', 'BROKEN'


class Finding(NamedTuple):
    """Result of one check."""

    name: str
    state: str        # OK, MISSING (optional) or BROKEN
    text: str
    remedy: str = ''  # advice to the user


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments: none."""


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """
    Print the findings of all checks.

    :returns: checks, the findings, and failed: whether any is broken
    """
    findings = []
    for check in CHECKS:
        for finding in check():
            print('{:<22}  {:<9} {}'.format(*finding))
            if finding.remedy:
                print('{:<33} -> {}'.format('', finding.remedy))
            findings.append(finding)
    return {'checks': [dict(finding._asdict()) for finding in findings],
            'failed': any(finding.state == BROKEN for finding in findings)}


def _check_versions() -> Iterator[Finding]:
    """Check the versions of Python and the modules."""
    yield Finding('python', OK, '{} on {}, {} cores'.format(
        platform.python_version(), platform.machine(), available_cores()))
    for name in MODULES:
        try:
            version = getattr(importlib.import_module(name), '__version__', 'installed')
            yield Finding(name, OK, version)
        except ImportError as error:
            yield Finding(name, MISSING, str(error))


def _check_ros() -> Iterator[Finding]:
    """Check that ROS is there and finds this package."""
    try:
        yield Finding('ros', OK, '{} with {}'.format(
            os.environ.get('ROS_DISTRO', 'ROS 2 from Python wheels'), middleware()))
    except ImportError as error:
        yield Finding('ros', MISSING, 'no rclpy ({})'.format(error),
                      'source ROS 2, or run "make demo" in the sources; only the nodes need it')
        return
    from ament_index_python.packages import get_package_share_directory, PackageNotFoundError
    try:
        yield Finding('ament index', OK, get_package_share_directory('lsnet_ros'))
    except (LookupError, OSError, PackageNotFoundError):
        yield Finding('ament index', BROKEN, 'lsnet_ros is not in AMENT_PREFIX_PATH={}'.format(
            os.environ.get('AMENT_PREFIX_PATH', '')),
            'source install/setup.bash of the workspace, or run "make demo"')
    yield _check_label_info()


def _check_label_info() -> Finding:
    """Check that there is a message for the names of classes."""
    try:
        importlib.import_module('vision_msgs.msg')
    except ImportError as error:
        distro = os.environ.get('ROS_DISTRO')
        return Finding('vision_msgs', MISSING, str(error), '{}; without it segmentation_node has '
                       'no topic segmentation/label_info, and names the classes in /diagnostics '
                       'alone'.format('apt install ros-{}-vision-msgs'.format(distro) if distro
                                      else 'install the ROS package vision_msgs'))
    return Finding('vision_msgs', OK, 'segmentation/label_info has the names of the classes')


def _check_transport() -> Iterator[Finding]:
    """Check that frames of 1024x2048 arrive with the settings that the launch files use."""
    try:
        name_in_use = middleware()
    except ImportError:
        return  # reported by the check of ROS
    added = {name: value for name, value in prepare_transport(os.environ).items()
             if any(known in name_in_use and name.startswith(prefix)
                    for known, prefix in SETTINGS.items())}
    export = 'export ' + ' '.join('{}={}'.format(*entry) for entry in sorted(added.items()))
    yield Finding('transport', OK, 'set by the launch files and "lsnet demo"; before a camera '
                  'driver or node in a shell: ' + export if added else 'settings from this shell')
    if 'fastrtps' in name_in_use:
        yield _check_shared_memory()
    try:
        counted = count_frames(FRAMES, dict(os.environ, **added))
    except (OSError, subprocess.SubprocessError) as error:
        yield Finding('large images', BROKEN, 'could not be sent: {}'.format(error),
                      'ROS_LOCALHOST_ONLY, a firewall or the middleware may block local traffic: '
                      'check them')
        return
    text = '{received} of {sent} frames of 2048x1024 arrived'.format(**counted._asdict())
    if counted.age_ms is not None:
        text += ', {:.0f} ms old'.format(counted.age_ms)
    if counted.received == counted.sent:
        yield Finding('large images', OK, text)
    else:
        yield Finding('large images', BROKEN, text, 'give the machine more shared memory' if added
                      else 'unset the middleware\'s profile, so that the package\'s own is used')


def _check_shared_memory() -> Finding:
    """Tell how much shared memory Fast DDS has, and which of the two profiles fits it."""
    free = free_bytes()
    text = '{:.0f} MB of {} are free: '.format(free / 1e6, FOLDER)
    if free >= LARGE_PROFILE_BYTES:
        return Finding('shared memory', OK, text + '64 MiB for each process')
    return Finding('shared memory', MISSING, text + '8 MiB for each process, so that raw frames '
                   'above 2048x1024 are lost', 'in a container, start it with --shm-size=1g or '
                   '--ipc=host; elsewhere: mount -o remount,size=1g {}'.format(FOLDER))


def _check_backends() -> Iterator[Finding]:
    """Check which backends run the first model."""
    models = list_models()
    if not models:
        return  # reported by the check of models
    refusals = {}
    for name in sorted(BACKENDS):
        try:
            model = read_model(next(iter(models.values())))
            backend = open_backend(model, name)
            backend.warm_up()
            yield Finding('backend ' + name, OK, backend.device)
        except BackendError as error:
            refusals[name] = str(error)
        except ModelError:
            return  # reported by the check of models
    has_none = len(refusals) == len(BACKENDS)
    for name, refusal in sorted(refusals.items()):
        yield Finding('backend ' + name, BROKEN if has_none else MISSING, refusal)


def _check_models() -> Iterator[Finding]:
    """Check the checksums of all files of all models."""
    models = list_models()
    if not models:
        yield Finding('models', BROKEN, 'none installed',
                      'install lsnet_ros with its models folder, or make one with "lsnet export"')
    for name, folder in models.items():
        try:
            model = read_model(folder)
            yield Finding('model ' + name, OK, '{} for {} at {}x{}, in {}'.format(
                model.network, model.label_set.name, model.spec.width, model.spec.height, folder))
        except ModelError as error:
            yield Finding('model ' + name, BROKEN, str(error))


CHECKS = (_check_versions, _check_ros, _check_transport, _check_backends, _check_models)
