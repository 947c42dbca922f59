# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The package installs whole: with colcon, with pip, and into the environment of the Makefile."""

import os
from pathlib import Path
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
from xml.etree import ElementTree
import zipfile

import pytest

import lsnet_ros

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ('lsnet_ros', 'launch', 'params', 'models', 'requirements', 'resource', 'LICENSE',
           'CHANGELOG.rst', 'Makefile', 'README.md', 'package.xml', 'setup.cfg', 'setup.py')
SHARED = sorted(path for folder in ('launch', 'params', 'models')
                for path in (ROOT / folder).rglob('*')
                if path.is_file() and '__pycache__' not in path.parts)
NODES = ('source_node', 'segmentation_node', 'evaluation_node', 'freespace_node', 'latency_node',
         'playback_node', 'health_check')
BASH = shutil.which('bash')


def check_output(command, **options):
    return subprocess.check_output(command, universal_newlines=True, stderr=subprocess.STDOUT,
                                   timeout=120, **options)


@pytest.fixture(scope='module')
def source_copy(tmp_path_factory):
    """Return a copy of the sources, so that no build leaves anything in them."""
    folder = tmp_path_factory.mktemp('workspace') / 'src'
    folder.mkdir()
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(str(ROOT / name), str(folder / name),
                            ignore=shutil.ignore_patterns('__pycache__'))
        elif (ROOT / name).exists():
            shutil.copy(str(ROOT / name), str(folder))
    return folder


@pytest.fixture(scope='module')
def workspace(source_copy):
    """Build the copy with colcon; returns a function that runs bash with the result sourced."""
    colcon = Path(sys.prefix) / 'bin' / 'colcon'
    if not colcon.exists() and not shutil.which('colcon'):
        pytest.skip('colcon is not installed')
    folder = source_copy.parent
    check_output([str(colcon) if colcon.exists() else 'colcon', 'build'], cwd=str(folder))

    def command(line):
        return [BASH, '-c', 'cd / && source {}/install/setup.bash && {}'.format(folder, line)]
    command.prefix = folder / 'install' / 'lsnet_ros'
    return command


def test_colcon_puts_everything_where_ros_looks(workspace):
    prefix = workspace.prefix
    for name in NODES + ('lsnet',):  # for "ros2 run"
        assert os.access(str(prefix / 'lib' / 'lsnet_ros' / name), os.X_OK)
    share = prefix / 'share'
    assert (share / 'ament_index/resource_index/packages/lsnet_ros').is_file()
    installed = share / 'lsnet_ros'
    for path in SHARED + [ROOT / 'package.xml']:  # for "ros2 launch", RViz and the nodes
        assert (installed / path.relative_to(ROOT)).read_bytes() == path.read_bytes()


def test_sourcing_the_workspace_makes_the_package_known(workspace):
    output = check_output(workspace(
        'python3 -c "import lsnet_ros; print(lsnet_ros.__file__)"; echo $AMENT_PREFIX_PATH'))
    module, prefixes = output.splitlines()
    assert module.startswith(str(workspace.prefix))
    assert str(workspace.prefix) in prefixes.split(':')


def test_the_installed_command_line_runs(workspace):
    output = check_output(workspace(str(workspace.prefix / 'lib/lsnet_ros/lsnet models')))
    assert output.startswith('model ')
    for card in (ROOT / 'models').glob('*/model.yaml'):
        assert card.parent.name in output


def test_the_installed_node_runs(workspace, tiny_model):
    pytest.importorskip('rclpy')
    node = subprocess.Popen(
        workspace('exec {}/lib/lsnet_ros/segmentation_node --ros-args -p model:={}'.format(
            workspace.prefix, tiny_model)),
        env=dict(os.environ, ROS_DOMAIN_ID=str(random.randint(1, 101)), PYTHONUNBUFFERED='1'),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
    watchdog = threading.Timer(60, node.kill)
    watchdog.start()
    lines = []
    for line in node.stdout:
        lines.append(line)
        if 'tiny is ready' in line:
            break
    node.send_signal(signal.SIGINT)
    output, _ = node.communicate()
    watchdog.cancel()
    assert 'tiny is ready' in lines[-1], ''.join(lines)
    assert node.returncode == 0 and 'Traceback' not in output


def test_pip_installs_everything_too(source_copy, tmp_path):
    check_output([sys.executable, '-m', 'pip', 'wheel', '--no-deps', '--no-build-isolation',
                  '--quiet', '--wheel-dir', str(tmp_path), str(source_copy)])
    wheel, = tmp_path.glob('*.whl')
    with zipfile.ZipFile(str(wheel)) as archive:
        names = archive.namelist()
        data = next(name for name in names if name.endswith('.data/data/share/lsnet_ros/'
                                                            'package.xml'))[:-len('package.xml')]
        for path in SHARED:
            assert data + path.relative_to(ROOT).as_posix() in names
        scripts = archive.read(next(n for n in names if n.endswith('entry_points.txt'))).decode()
        about = archive.read(next(n for n in names if n.endswith('METADATA'))).decode()
    assert 'Requires-Dist: onnxruntime; python_version >= "3.10"' in about.splitlines()
    assert 'Requires-Dist: torch; extra == "train"' in about.splitlines()
    assert [line.split()[0] for line in scripts.splitlines() if '=' in line] == [
        'evaluation_node', 'freespace_node', 'health_check', 'latency_node', 'lsnet',
        'playback_node', 'segmentation_node', 'source_node']


def test_the_environment_of_the_makefile_finds_the_package():
    if not (Path(sys.prefix) / '.package').exists():
        pytest.skip('this Python is not of an environment that "make" made')
    environment = {name: value for name, value in os.environ.items()
                   if name not in ('AMENT_PREFIX_PATH', '_ROS_WHEELS_BOOTSTRAP_COMPLETE')}
    code = ('from ament_index_python.packages import *; import pathlib;'
            'share = pathlib.Path(get_package_share_directory("lsnet_ros"));'
            'print((share / "params").is_dir(), get_package_prefix("lsnet_ros"))')
    assert check_output([sys.executable, '-c', code], env=environment, cwd='/') == (
        'True {}\n'.format(sys.prefix))
    for name in NODES:
        assert os.access(str(Path(sys.prefix) / 'lib' / 'lsnet_ros' / name), os.X_OK)


@pytest.mark.parametrize('distribution, wanted, unwanted', [
    ('', 'ros_wheels.lock', '--system-site-packages'),
    ('kilted', '--system-site-packages', 'ros_wheels.lock'),
])
def test_make_uses_the_ros_that_is_sourced(distribution, wanted, unwanted, tmp_path):
    pytest.importorskip('rclpy')
    plan = check_output(['make', '--dry-run', '-C', str(ROOT), 'demo', 'VENV=' + str(tmp_path),
                         'PYTHON=' + sys.executable],
                        env=dict(os.environ, ROS_DISTRO=distribution))
    assert wanted in plan and unwanted not in plan
    assert plan.splitlines()[-1 if 'Leaving' not in plan else -2].endswith('lsnet demo')


def read_pins(name, ending='txt'):
    """Return the lines of a list of requirements, without comments, as {name==version; marker}."""
    text = (ROOT / 'requirements' / (name + '.' + ending)).read_text()
    lines = [line.split('#')[0].split(' \\')[0].strip() for line in text.splitlines()]
    return {re.sub(r'\[.*?\]| ', '', line).lower().replace('"', "'") for line in lines
            if '==' in line and not line.startswith('--hash')}


@pytest.mark.parametrize('name', ['ros_wheels', 'ros_sourced'])
def test_the_lock_has_all_requirements_with_checksums(name):
    locked = {pin.split(';')[0] for pin in read_pins(name, 'lock')}
    wanted = {pin.split(';')[0] for pin in read_pins(name) | read_pins('runtime')}
    assert len(wanted) > 8 and wanted <= locked, 'run "make lock"'
    text = (ROOT / 'requirements' / (name + '.lock')).read_text()
    blocks = re.split(r'\n(?=[A-Za-z])', text.partition('make lock\n')[2])
    assert len(blocks) == len(read_pins(name, 'lock'))
    for block in blocks:
        assert re.search(r'--hash=sha256:[0-9a-f]{64}\b', block), block


def test_the_environment_has_the_locked_versions():
    pytest.importorskip('rclpy')
    if os.environ.get('ROS_DISTRO'):
        pytest.skip('ROS is sourced: its own packages come first')
    check_output([sys.executable, '-m', 'pip', 'install', '--no-index', '--no-deps', '--dry-run',
                  '--require-hashes', '-r', str(ROOT / 'requirements' / 'ros_wheels.lock')])


def test_version_and_license_are_the_same_everywhere():
    package = ElementTree.parse(str(ROOT / 'package.xml')).getroot()
    assert package.get('format') == '3'
    assert package.find('export/build_type').text == 'ament_python'
    setup = (ROOT / 'setup.py').read_text()
    assert "version='{}'".format(package.find('version').text) in setup
    assert lsnet_ros.__version__ == package.find('version').text
    changes = re.findall(r'^([0-9.]+) \(', (ROOT / 'CHANGELOG.rst').read_text(), re.MULTILINE)
    assert changes[0] == package.find('version').text
    assert package.find('license').text == 'Apache-2.0'
    assert 'Apache License\n' in (ROOT / 'LICENSE').read_text()


def test_the_manifest_is_valid():
    catkin_pkg = pytest.importorskip('catkin_pkg.package')
    catkin_pkg.parse_package(str(ROOT / 'package.xml')).validate()


def test_every_requirement_is_pinned():
    lines = [line for path in (ROOT / 'requirements').glob('*.txt')
             for line in path.read_text().splitlines() if line and not line.startswith('#')]
    for line in lines:
        assert re.match(r'-r \w+\.txt$|[\w.-]+(\[\w+\])?==[\w.]+(; python_version [<>=]+ '
                        r"'[0-9.]+')?$", line), line
    assert 'torch==2.13.0' in lines
