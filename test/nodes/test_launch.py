# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The launch files, launched; where launch_ros is not installed this is skipped."""

import json
from pathlib import Path
import signal
import subprocess
import sys

import pytest

from lsnet_ros.datasets.street_scene import StreetScene

pytest.importorskip('rclpy')
pytest.importorskip('launch_ros')
from ament_index_python.packages import get_package_prefix, PackageNotFoundError  # noqa: E402
from rclpy.qos import qos_profile_sensor_data  # noqa: E402
from sensor_msgs.msg import Image, LaserScan  # noqa: E402

LAUNCH_FOLDER = Path(__file__).resolve().parents[2] / 'launch'
LAUNCH = '''
import sys
from launch import LaunchDescription, LaunchService
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
service = LaunchService(argv=sys.argv[2:])
service.include_launch_description(LaunchDescription([IncludeLaunchDescription(
    PythonLaunchDescriptionSource(sys.argv[1]),
    launch_arguments=[argument.split(':=', 1) for argument in sys.argv[2:]])]))
sys.exit(service.run())
'''


@pytest.fixture
def launch(ros):
    """Give a function that launches one of the package's files in a process."""
    try:
        get_package_prefix('lsnet_ros')
    except PackageNotFoundError:
        pytest.skip('lsnet_ros is not in the ament index: build it and source its setup file')
    launched = []

    def start(name, **arguments):
        launched.append(subprocess.Popen(
            [sys.executable, '-c', LAUNCH, str(LAUNCH_FOLDER / name)]
            + ['{}:={}'.format(key, value) for key, value in arguments.items()],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True))
        return launched[-1]

    yield start
    for process in launched:
        process.kill()
        process.wait()


def test_segment_launch_gives_masks_in_the_namespace_of_the_camera(launch, probe, tiny_model):
    masks = probe.listen(Image, '/front/segmentation/mask')
    images = probe.listen(Image, '/front/picture', qos_profile_sensor_data)
    process = launch('segment.launch.py', source='street_scene:4', camera='front',
                     image='picture', model=tiny_model)
    probe.spin_until(lambda: masks and images, timeout_s=60.0)
    assert (masks[0].height, masks[0].width, masks[0].header.frame_id) == (360, 480, 'camera')
    assert images[0].encoding == 'rgb8'
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=30.0)
    assert 'Traceback' not in output and 'process has died' not in output


@pytest.mark.parametrize('argument, package', [('web', 'web_video_server'), ('rviz', 'rviz2')])
def test_a_viewer_that_is_not_installed_ends_the_launch_before_any_node(
        launch, argument, package):
    try:
        get_package_prefix(package)
    except PackageNotFoundError:
        output, _ = launch('segment.launch.py', **{argument: 'true'}).communicate(timeout=60.0)
        assert 'the ROS package {} is not installed: apt install ros-'.format(package) in output
        assert 'process started' not in output
    else:
        pytest.skip(package + ' is installed')


def test_segment_launch_serves_several_cameras_and_tells_their_free_space(
        launch, probe, tiny_model):
    received = {name: probe.listen(kind, name) for name, kind in (
        ('/car/front/segmentation/mask', Image), ('/car/left/segmentation/mask', Image),
        ('/car/left/free_space', LaserScan))}
    process = launch('segment.launch.py', source='street_scene:4', camera='car',
                     cameras='front,left', image='picture', camera_height='1.3',
                     model=tiny_model)
    probe.spin_until(lambda: all(received.values()), timeout_s=60.0)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=30.0)
    assert 'Traceback' not in output and 'process has died' not in output


def test_evaluate_launch_ends_with_the_bag_and_leaves_a_report(launch, tiny_model, tmp_path):
    bags = pytest.importorskip('lsnet_ros.bags')
    scene = StreetScene(5, 96, 128)
    frames = [scene.frame(index) for index in range(5)]
    for frame in frames:
        frame.target[:9] = 254
    bags.write_bag(tmp_path / 'bag', frames)
    process = launch('evaluate.launch.py', bag=tmp_path / 'bag', model=tiny_model,
                     groups='drivable', ignore='253,254', report=tmp_path / 'report.json')
    output, _ = process.communicate(timeout=90.0)
    assert '5 frames published' in output
    report = json.loads((tmp_path / 'report.json').read_text())
    assert (report['frames'], report['frames_refused']) == (5, 0)
    assert list(report['iou']) == ['drivable', 'pavement', 'obstacle', 'sky']


def test_benchmark_launch_ends_with_the_source_and_leaves_a_report(launch, tiny_model, tmp_path):
    process = launch('benchmark.launch.py', source='street_scene:3', height=48, width=64,
                     rate=20, frames=40, warm_up=5, prepared=2, model=tiny_model, backend='onnx',
                     output=tmp_path / 'run')
    output, _ = process.communicate(timeout=90.0)
    assert '40 frames published' in output and 'process has died' not in output
    report = json.loads((tmp_path / 'run' / 'latency.json').read_text())
    assert report['frames']['warm_up'] == 5 and report['frames']['received'] > 25
    assert report['ended'] and (tmp_path / 'run' / 'benchmark.yaml').is_file()
    playback = json.loads((tmp_path / 'run' / 'playback.json').read_text())
    assert (playback['frames'], playback['wanted_hz'], playback['height']) == (40, 20.0, 48)


def test_a_wrong_parameter_ends_the_launch_and_a_crash_does_not(launch, probe, tiny_model):
    process = launch('segment.launch.py', source='street_scene:4', model='nothing')
    output, _ = process.communicate(timeout=60.0)
    assert output.count("model 'nothing' is not known") == 1
    masks = probe.listen(Image, 'segmentation/mask')
    process = launch('segment.launch.py', source='street_scene:4', model=tiny_model)
    probe.spin_until(lambda: masks, timeout_s=60.0)
    subprocess.check_call(['pkill', '-KILL', '--parent', str(process.pid), '--full',
                           'segmentation_node'])
    probe.spin(2.0)
    masks.clear()
    probe.spin_until(lambda: masks, timeout_s=60.0)  # of the node that was started again
    process.send_signal(signal.SIGINT)
    assert 'process started with pid' in process.communicate(timeout=30.0)[0]
