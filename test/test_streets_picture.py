# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The moving picture of the README is made by its command."""

from pathlib import Path
import subprocess
import sys

import cv2
import numpy as np
import pytest

from lsnet_ros.datasets.street_scene import StreetScene

Image = pytest.importorskip('PIL.Image')
DOCS = Path(__file__).resolve().parents[1] / 'docs'
SHIPPED = DOCS / 'streets.webp'


def read_frames(path):
    """Return the frames of a moving picture, (H, W, 3) uint8 RGB each."""
    with Image.open(str(path)) as picture:
        for index in range(picture.n_frames):
            picture.seek(index)
            yield np.asarray(picture.convert('RGB'))


def test_the_command_draws_each_frame_beside_its_overlay(tmp_path):
    path = tmp_path / 'streets.webp'
    subprocess.check_call([sys.executable, str(DOCS / 'make_streets.py'), '--frames', '2',
                           '--output', str(path)])
    drawn, shipped = list(read_frames(path)), read_frames(SHIPPED)
    assert len(drawn) == 2
    for index, picture in enumerate(drawn):
        camera = StreetScene(3).frame(index).image
        assert cv2.PSNR(picture[:360, :480], camera) > 28
        assert cv2.PSNR(picture[:360, 480:960], camera) < 20  # other colours
        # Beside the pictures is the legend, whose font differs between versions of OpenCV.
        assert cv2.PSNR(picture[:360, :960], next(shipped)[:360, :960]) > 28


def test_the_picture_is_small_enough_to_load():
    assert SHIPPED.stat().st_size < 3e6
    assert sum(1 for _ in read_frames(SHIPPED)) == 60
