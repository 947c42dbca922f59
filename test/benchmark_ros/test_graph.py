# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Frames that are written, and rounds that are read."""

import hashlib
import json

import cv2
import numpy as np
import pytest

from lsnet_ros.benchmark_ros.graph import PLAYBACK, read_round, write_frames
from lsnet_ros.board.board import BoardFacts
from lsnet_ros.board.machine import describe_machine
from lsnet_ros.datasets.street_scene import StreetScene
from lsnet_ros.latency.figures import LatencyRun
from lsnet_ros.latency.frame_log import FrameLog
from lsnet_ros.latency.report import RunOrigin, RunReport
from lsnet_ros.latency.run_files import RunFiles
from lsnet_ros.sources import SourceError

ORIGIN = RunOrigin('', describe_machine('board', ''), '/image')


def test_the_frames_written_are_those_of_the_source(tmp_path):
    shown = write_frames('street_scene:5', '/image', (48, 64), 3, tmp_path / 'frames')
    scene = StreetScene(5, 48, 64)
    expected = [scene.frame(index).image for index in range(3)]
    paths = sorted(shown.folder.iterdir())
    assert [path.name for path in paths] == ['0000.png', '0001.png', '0002.png']
    for path, image in zip(paths, expected):
        assert np.array_equal(cv2.imread(str(path))[:, :, ::-1], image)
    assert shown.sha256 == hashlib.sha256(np.stack(expected).tobytes()).hexdigest()
    assert (shown.num_frames, shown.sizes) == (3, ((48, 64),) * 3)


def test_a_folder_keeps_the_sizes_of_its_images(tmp_path):
    for index, size in enumerate([(4, 6), (8, 10)]):
        cv2.imwrite(str(tmp_path / '{}.png'.format(index)), np.zeros(size + (3,), np.uint8))
    shown = write_frames(str(tmp_path), '/image', (48, 64), 10, tmp_path / 'frames')
    assert (shown.num_frames, shown.sizes) == (2, ((4, 6), (8, 10)))


def test_the_first_frames_of_a_bag_are_written(tmp_path):
    bags = pytest.importorskip('lsnet_ros.bags')
    scene = StreetScene(5, 48, 64)
    samples = [scene.frame(index) for index in range(4)]
    bags.write_bag(tmp_path / 'bag', samples, image_topic='/left')
    shown = write_frames(str(tmp_path / 'bag'), '/left', (360, 480), 3, tmp_path / 'frames')
    assert shown.sha256 == hashlib.sha256(
        np.stack([sample.image for sample in samples[:3]]).tobytes()).hexdigest()


def test_a_source_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SourceError, match="source 'nowhere' is not there"):
        write_frames('nowhere', '/image', (48, 64), 3, tmp_path / 'frames')


def test_frames_that_nobody_saw_are_counted(tmp_path):
    """Of stamps 0 to 9, latency_node did not see 4 and 5; 6 is replaced, 0 is warm-up, 9 pends."""
    stamps = [1700000000 * 10**9 + 33333333 * index for index in range(10)]
    log = FrameLog(warm_up=1)
    run = LatencyRun(log, BoardFacts())
    files = RunFiles(tmp_path, [], [], 0.0)
    for index in (0, 1, 2, 3, 6, 7, 8, 9):
        log.on_image(stamps[index], index / 30)
        if index not in (6, 9):
            log.on_mask(stamps[index], index / 30 + 0.01, stamps[index] + 10**7)
            log.on_stages(stamps[index], {'network_ms': 5.0}, int(index > 6))
    frames = log.take()
    run.add(frames)
    files.write_frames(frames)
    files.write_report(RunReport(run.figures(), ORIGIN, '', None))
    files.close()
    (tmp_path / PLAYBACK).write_text(json.dumps({'rate_hz': 30.0, 'stamps_ns': stamps}))
    one = read_round(30.0, tmp_path)
    assert (one.sent, one.answered, one.replaced, one.lost) == (8, 5, 1, 2)
    assert one.loss == pytest.approx(3 / 8)
    assert one.limit == 'transport'
    assert one.source_rate_hz == 30.0
