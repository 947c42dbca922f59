# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet doctor`` finds what is broken, and says so in text, JSON and exit status."""

import importlib.util
import json
import os
from pathlib import Path
import shutil
import subprocess
import sys

import pytest

from lsnet_ros.commands import doctor
from lsnet_ros.launching.transport import FAST_DDS_SETTINGS, transport_environment
from lsnet_ros.models.folder import list_models

ROOT = Path(__file__).resolve().parents[2]
NO_ROS = '''
import sys
for name in ('rclpy', 'torch', 'tensorrt'):
    sys.modules[name] = None
from lsnet_ros.cli import main
sys.exit(main(sys.argv[1:]))
'''


def run(tmp_path, command, **changes):
    """Run the doctor in a changed environment; returns the findings by name."""
    environment = dict(os.environ, **changes)
    environment = {name: value for name, value in environment.items() if value is not None}
    path = tmp_path / 'report.json'
    process = subprocess.run(
        command + ['doctor', '--json', str(path)], cwd=str(ROOT), stdout=subprocess.PIPE,
        env=environment, universal_newlines=True, timeout=120)
    report = json.loads(path.read_text())
    findings = {check['name']: check for check in report['checks']}
    assert list(findings) == [line.split('  ')[0] for line in process.stdout.splitlines()
                              if not line.startswith(' ')]
    assert (process.returncode == 1) == report['failed'] == any(
        check['state'] == doctor.BROKEN for check in findings.values())
    return findings


def needs_fast_dds():
    """Skip the test where another middleware runs: it needs no profile to carry large images."""
    middleware = pytest.importorskip('rclpy').get_rmw_implementation_identifier()
    if 'fastrtps' not in middleware:
        pytest.skip('{} needs no profile to carry large images'.format(middleware))


def test_without_ros_and_torch_nothing_is_broken_for_it(tmp_path):
    findings = run(tmp_path, [sys.executable, '-c', NO_ROS])
    assert findings['ros']['state'] == findings['torch']['state'] == doctor.MISSING
    assert 'make demo' in findings['ros']['remedy']
    assert 'large images' not in findings
    if list_models():
        assert findings['backend onnx']['state'] == doctor.OK
        assert findings['backend torch']['state'] == doctor.MISSING


def test_with_the_profile_large_images_arrive(tmp_path):
    pytest.importorskip('rclpy')
    findings = run(tmp_path, [sys.executable, '-m', 'lsnet_ros.cli'],
                   **transport_environment({}))
    assert findings['ros']['state'] == doctor.OK
    assert findings['large images']['state'] == doctor.OK
    assert findings['large images']['text'].startswith('10 of 10 frames')
    has_names = importlib.util.find_spec('vision_msgs') is not None
    assert findings['vision_msgs']['state'] == (doctor.OK if has_names else doctor.MISSING)
    assert 'segmentation/label_info' in findings['vision_msgs'][
        'text' if has_names else 'remedy']
    for name in list_models():
        assert findings['model ' + name]['state'] == doctor.OK


def test_a_shell_without_settings_is_judged_as_the_launch_files_would_run_it(tmp_path):
    needs_fast_dds()
    findings = run(tmp_path, [sys.executable, '-m', 'lsnet_ros.cli'],
                   **dict.fromkeys(FAST_DDS_SETTINGS))
    assert findings['large images']['state'] == doctor.OK
    assert 'set by the launch files' in findings['transport']['text']
    assert 'export FASTDDS_DEFAULT_PROFILES_FILE=' in findings['transport']['text']


def test_images_that_a_profile_of_the_user_loses_are_told_with_the_way_out(tmp_path):
    needs_fast_dds()
    profile = tmp_path / 'profile.xml'
    profile.write_text('<dds xmlns="http://www.eprosima.com/XMLSchemas/fastRTPS_Profiles">'
                       '<profiles><participant profile_name="mine" is_default_profile="true"/>'
                       '</profiles></dds>')
    found = run(tmp_path, [sys.executable, '-m', 'lsnet_ros.cli'], **dict(
        dict.fromkeys(FAST_DDS_SETTINGS), FASTDDS_DEFAULT_PROFILES_FILE=str(profile)))
    assert found['transport']['text'] == 'settings from this shell'
    assert found['large images']['state'] == doctor.BROKEN
    assert 'unset the middleware' in found['large images']['remedy']


@pytest.mark.parametrize('free, state, text', [
    (560000000, doctor.OK, '560 MB of /dev/shm are free: 64 MiB for each process'),
    (67108864, doctor.MISSING, '67 MB of /dev/shm are free: 8 MiB for each process')])
def test_the_profile_that_fits_the_shared_memory_is_told(free, state, text, monkeypatch):
    monkeypatch.setattr(doctor, 'free_bytes', lambda: free)
    finding = doctor._check_shared_memory()
    assert finding.state == state and finding.text.startswith(text)
    assert bool(finding.remedy) == (state == doctor.MISSING)


def test_a_tampered_model_is_broken(tmp_path, monkeypatch, tiny_model):
    models = tmp_path / 'share' / 'lsnet_ros' / 'models'
    shutil.copytree(str(tiny_model), str(models / 'tampered'))
    with (models / 'tampered' / 'model.onnx').open('ab') as file:
        file.write(b'x')
    monkeypatch.setenv('AMENT_PREFIX_PATH', str(tmp_path))
    findings = {finding.name: finding for finding in doctor._check_models()}
    assert findings['model tampered'].state == doctor.BROKEN
    assert 'torn or was changed' in findings['model tampered'].text
