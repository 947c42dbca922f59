# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import errno
import resource

import cv2
import numpy as np
import pytest

from lsnet_ros.frames import video_file
from lsnet_ros.frames.video_file import has_h264, VideoError, writing_video


@pytest.fixture(params=['H.264', 'MPEG-4'])
def encoder(request, monkeypatch):
    """Write with PyAV, or as where it is not installed."""
    if request.param == 'H.264' and not has_h264():
        pytest.skip('PyAV is not installed')
    monkeypatch.setattr(video_file, 'has_h264', lambda: request.param == 'H.264')
    return request.param


def make_frames(count, size):
    """Return frames that become brighter, with a red left half."""
    frames = np.zeros((count,) + size + (3,), np.uint8)
    frames += (20 * np.arange(count, dtype=np.uint8))[:, None, None, None]
    frames[:, :, :size[1] // 2, 0] = 255
    return frames


def write(path, frames, rate=12.5):
    with writing_video(path, rate, frames[0].shape[:2]) as add:
        for frame in frames:
            add(frame)


def read(path):
    """Return the rate of a video and its frames, RGB."""
    video, frames = cv2.VideoCapture(str(path)), []
    while video.grab():
        frames.append(video.retrieve()[1][..., ::-1])
    return video.get(cv2.CAP_PROP_FPS), np.array(frames)


@pytest.mark.parametrize('rate', [1.0, 12.5, 30000 / 1001])
def test_frames_and_their_rate_come_back(encoder, tmp_path, rate):
    frames = make_frames(8, (48, 64))
    write(tmp_path / 'new' / 'drive.mp4', frames, rate)
    found_rate, found = read(tmp_path / 'new' / 'drive.mp4')
    assert found_rate == pytest.approx(rate, rel=1e-4)
    assert found.shape == frames.shape
    assert np.abs(found[:, :, 40:].astype(int) - frames[:, :, 40:]).mean() < 8
    assert found[:, :, :24, 0].mean() > 200 > 100 > found[:, :, :24, 2].mean()
    assert [path.name for path in (tmp_path / 'new').iterdir()] == ['drive.mp4']


def test_videos_are_of_the_codec_that_is_told(encoder, tmp_path):
    write(tmp_path / 'drive.mp4', make_frames(3, (48, 64)))
    assert (b'avc1' in (tmp_path / 'drive.mp4').read_bytes()) == (encoder == 'H.264')


@pytest.mark.parametrize('size', [(47, 64), (48, 63), (47, 63)])
def test_an_odd_side_grows_by_one(encoder, tmp_path, size):
    write(tmp_path / 'drive.mp4', make_frames(3, size))
    assert read(tmp_path / 'drive.mp4')[1].shape == (3, 48, 64, 3)


def test_an_error_leaves_the_file_that_was_there(encoder, tmp_path):
    path = tmp_path / 'drive.mp4'
    path.write_bytes(b'earlier')
    with pytest.raises(VideoError, match='frame 1 has 32x48 px, those before it 64x48'):
        with writing_video(path, 10.0, (48, 64)) as add:
            add(np.zeros((48, 64, 3), np.uint8))
            add(np.zeros((48, 32, 3), np.uint8))
    assert path.read_bytes() == b'earlier' and len(list(tmp_path.iterdir())) == 1


def test_a_full_disk_is_an_error_and_leaves_no_file(encoder, tmp_path):
    """Shown by a limit of the size of files, at which OpenCV is silent."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    noise = np.random.RandomState(0).randint(0, 256, (40, 96, 128, 3)).astype(np.uint8)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20000, before[1]))
    try:
        with pytest.raises((VideoError, OSError)) as caught:
            write(tmp_path / 'drive.mp4', noise)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert 'of 40 frames: look for space on the disk' in str(caught.value) or (
        caught.value.errno == errno.EFBIG)
    assert list(tmp_path.iterdir()) == []
