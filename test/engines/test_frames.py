# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Frames for calibration and for the gate."""

import cv2
import numpy as np
import pytest

from lsnet_ros.engines import frames
from lsnet_ros.engines.frames import (
    list_calibration,
    list_images,
    read_batches,
    read_gate_frames,
)
from lsnet_ros.engines.runtime import EngineError
from lsnet_ros.frames.image_files import IMAGE_SUFFIXES
from lsnet_ros.stages.preprocessing import InputSpec, Preprocessor

SPEC = InputSpec(6, 8, ((6, 8), (3, 4)))


@pytest.fixture
def folder(tmp_path):
    """Return a folder of 20 images, each of one grey, and other files."""
    for index in range(20):
        cv2.imwrite(str(tmp_path / '{:02}.png'.format(index)), np.full((5, 7, 3), index, np.uint8))
    (tmp_path / 'notes.txt').write_text('no image')
    return tmp_path


def test_images_come_in_the_order_of_their_names(folder):
    assert [path.name for path in list_images(folder)] == [
        '{:02}.png'.format(index) for index in range(20)]


def test_images_of_every_known_suffix_are_found(tmp_path):
    names = sorted('image' + suffix for suffix in IMAGE_SUFFIXES)
    for name in names:
        assert cv2.imwrite(str(tmp_path / name), np.zeros((5, 7, 3), np.uint8))
    assert 'image.webp' in names
    assert [path.name for path in list_images(tmp_path)] == names


def test_scenes_are_rendered_for_the_gate():
    found, source = read_gate_frames(None)
    assert source == 'rendered street scenes' and len(found) == 4
    assert {image.shape for image in found} == {(360, 480, 3)}
    assert len({image.tobytes() for image in found}) == 4


def test_the_gates_own_frames_are_spread_over_the_folder(folder):
    found, source = read_gate_frames(folder)
    assert [int(image.max()) for image in found] == [0, 6, 12, 19] and source == str(folder)


def test_what_was_calibrated_on_is_not_for_the_gate(folder):
    found, _ = read_gate_frames(folder, list_images(folder)[:16])
    assert [int(image.max()) for image in found] == [16, 17, 18, 19]
    with pytest.raises(EngineError, match='has 3 images that were not calibrated on, expected'):
        read_gate_frames(folder, list_images(folder)[:17])


def test_calibration_takes_images_from_all_over_the_folder(folder, monkeypatch):
    assert len(list_calibration(folder)) == 20
    monkeypatch.setattr(frames, 'CALIBRATION_FRAMES', (16, 2))
    assert [path.name for path in list_calibration(folder)] == ['00.png', '19.png']


def test_too_few_images_are_refused(folder):
    for path in list_images(folder)[15:]:
        path.unlink()
    with pytest.raises(EngineError, match='has 15 images, expected at least 16 to calibrate'):
        list_calibration(folder)
    with pytest.raises(EngineError, match='no_such_folder cannot be read'):
        list_calibration(folder / 'no_such_folder')


def test_a_torn_image_is_named(folder):
    (folder / '00.png').write_bytes((folder / '00.png').read_bytes()[:-20])
    with pytest.raises(EngineError, match='00.png ends before its image does'):
        read_gate_frames(folder)


def test_batches_are_what_the_network_reads(folder):
    found = list(read_batches(list_images(folder), SPEC, 3))
    assert len(found) == 6 and [x.shape for x in found[0]] == [(3, 3, 6, 8), (3, 3, 3, 4)]
    expected = Preprocessor(SPEC)(np.full((5, 7, 3), 4, np.uint8))
    for ours, theirs in zip(found[1], expected):  # images 3, 4 and 5
        assert np.array_equal(ours[1:2], theirs)
