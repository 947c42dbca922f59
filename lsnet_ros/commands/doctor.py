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
"""``lsnet doctor``: what is there, what works, and what to do about what does not."""

import argparse
import importlib
import os
import platform
import subprocess
from typing import Any, Dict, Iterator, NamedTuple

from lsnet_ros.backends import BACKENDS, BackendError, open_backend
from lsnet_ros.model_files import list_models, ModelError, read_model
from lsnet_ros.nodes.frame_check import count_frames, middleware
from lsnet_ros.transport import transport_environment

SUMMARY = 'check versions, ROS, transport, backends and models'
MODULES = ('numpy', 'cv2', 'yaml', 'onnxruntime', 'torch', 'tensorrt', 'rosbags')
FRAMES = 10
SETTINGS = {'fastrtps': 'FAST', 'cyclonedds': 'CYCLONE'}  # how the variables of a middleware begin
OK, MISSING, BROKEN = 'ok', 'not there', 'BROKEN'


class Finding(NamedTuple):
    """What one check says."""

    name: str
    state: str        # OK, MISSING (the package does without) or BROKEN
    text: str         # what was found
    remedy: str = ''  # what to do


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments: there are none."""


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """
    Print what each check found.

    :returns: checks (name, state, text, remedy of each) and failed: whether any is broken
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


def _versions() -> Iterator[Finding]:
    """Check what Python and the modules are."""
    yield Finding('python', OK, '{} on {}, {} cores'.format(
        platform.python_version(), platform.machine(), os.cpu_count()))
    for name in MODULES:
        try:
            version = getattr(importlib.import_module(name), '__version__', 'installed')
            yield Finding(name, OK, version)
        except ImportError as error:
            yield Finding(name, MISSING, str(error))


def _ros() -> Iterator[Finding]:
    """Check whether there is a ROS, and whether it knows this package."""
    try:
        yield Finding('ros', OK, '{} with {}'.format(
            os.environ.get('ROS_DISTRO', 'ROS 2 from Python wheels'), middleware()))
    except ImportError as error:
        yield Finding('ros', MISSING, 'no rclpy ({})'.format(error),
                      'source a ROS 2, or "make demo" in the sources; only nodes need it')
        return
    from ament_index_python.packages import get_package_share_directory, PackageNotFoundError
    try:
        yield Finding('ament index', OK, get_package_share_directory('lsnet_ros'))
    except (LookupError, OSError, PackageNotFoundError):
        yield Finding('ament index', BROKEN, 'lsnet_ros is not in AMENT_PREFIX_PATH={}'.format(
            os.environ.get('AMENT_PREFIX_PATH', '')),
            'source install/setup.bash of the workspace, or run "make demo"')


def _transport() -> Iterator[Finding]:
    """Check whether frames of 1024x2048 arrive with the settings of this shell."""
    try:
        name_in_use = middleware()
    except ImportError:
        return  # which the check of ROS says
    missing = {name: value for name, value in transport_environment(os.environ).items()
               if any(known in name_in_use and name.startswith(prefix)
                      for known, prefix in SETTINGS.items())}
    yield Finding('transport', OK, 'the middleware\'s own settings' if missing
                  else 'settings from this shell')
    try:
        counted = count_frames(FRAMES, os.environ)
    except (OSError, subprocess.SubprocessError) as error:
        yield Finding('large images', BROKEN, 'could not be sent: {}'.format(error),
                      'ROS_LOCALHOST_ONLY, a firewall or the middleware may stop local traffic')
        return
    text = '{received} of {sent} frames of 2048x1024 arrived'.format(**counted)
    if counted['age_ms'] is not None:
        text += ', {:.0f} ms old'.format(counted['age_ms'])
    if counted['received'] == counted['sent']:
        yield Finding('large images', OK, text)
    elif missing:
        yield Finding('large images', BROKEN, text, 'launch files and "lsnet demo" change this by '
                      'themselves; for all else, camera drivers too: export {}'.format(
                          ' '.join('{}={}'.format(*entry) for entry in sorted(missing.items()))))
    else:
        yield Finding('large images', BROKEN, text,
                      'unset the profile of the middleware, then the package\'s own is used')


def _backends() -> Iterator[Finding]:
    """Check which backends can run the first model."""
    models = list_models()
    if not models:
        return  # which the check of models says
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
            return  # which the check of models says
    is_last = len(refusals) == len(BACKENDS)
    for name, refusal in sorted(refusals.items()):
        yield Finding('backend ' + name, BROKEN if is_last else MISSING, refusal)


def _models() -> Iterator[Finding]:
    """Check every file of every model against its checksum."""
    models = list_models()
    if not models:
        yield Finding('models', BROKEN, 'none installed',
                      'install lsnet_ros with its models folder, or "lsnet export" one')
    for name, folder in models.items():
        try:
            model = read_model(folder)
            yield Finding('model ' + name, OK, '{} for {} at {}x{}, in {}'.format(
                model.network, model.label_set.name, model.spec.width, model.spec.height, folder))
        except ModelError as error:
            yield Finding('model ' + name, BROKEN, str(error))


CHECKS = (_versions, _ros, _transport, _backends, _models)
