# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The container files: no complaint of hadolint, and nothing missing that the package needs."""

from pathlib import Path
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted((ROOT / 'docker').glob('*.Dockerfile'))
# What the images ros:DISTRO-ros-base have of package.xml.
BASE = {'ament_index_python', 'diagnostic_msgs', 'launch', 'launch_ros', 'rcl_interfaces', 'rclpy',
        'sensor_msgs', 'std_msgs', 'std_srvs'}


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_hadolint_has_no_complaint(path):
    hadolint = shutil.which('hadolint', path=str(Path(sys.executable).parent))
    if hadolint is None:
        pytest.skip('hadolint is not installed')
    result = subprocess.run([hadolint, str(path)], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT)
    assert (result.returncode, result.stdout.decode()) == (0, '')


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_images_run_as_a_user_of_their_own_and_report_their_health(path):
    text = path.read_text()
    user, = re.findall('^USER (.*)', text, re.MULTILINE)
    assert int(user) > 0 and '--uid {} '.format(user) in text
    health, = re.findall(r'^HEALTHCHECK .*\\\n +CMD \["([^"]*)".*"health_check"\]', text,
                         re.MULTILINE)
    entrypoint, = re.findall(r'^ENTRYPOINT \["(.*)"\]', text, re.MULTILINE)
    assert health == entrypoint
    assert (ROOT / entrypoint[len('/opt/lsnet_ros/src/lsnet_ros/'):]).stat().st_mode & 0o111
    assert '--shm-size 256m' in text


def test_the_desktop_image_has_all_dependencies():
    text = (ROOT / 'docker/desktop.Dockerfile').read_text()
    package = ElementTree.parse(str(ROOT / 'package.xml')).getroot()
    needed = {entry.text for entry in package.iter('exec_depend')
              if 'condition' not in entry.attrib}
    missing = {name for name in needed - BASE if not re.search(
        name.replace('python3-onnxruntime-pip', 'onnxruntime').replace('_', '[-_]'), text)}
    assert not missing


def test_the_constraint_file_pins_onnx_runtime():
    text = (ROOT / 'docker/desktop.Dockerfile').read_text()
    path, = re.findall('--constraint src/lsnet_ros/([^ ]*)', text)
    assert len(re.findall('^onnxruntime==', (ROOT / path).read_text(), re.MULTILINE)) == 2


def test_what_the_images_leave_out_is_not_needed_to_install():
    ignored = (ROOT / '.dockerignore').read_text().split()
    read = set(re.findall(r"'([a-zA-Z_./]+)'", (ROOT / 'setup.py').read_text()))
    assert {'params', 'models', 'README.md', 'resource/'} <= read
    assert not {name.split('/')[0] for name in read} & set(ignored)
