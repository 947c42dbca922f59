# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import math

import cv2
from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from lsnet_ros.frames.frame import CameraModel
from lsnet_ros.freespace.ground import CameraError, CameraPose, project_to_ground

CAMERA = CameraModel(48, 64, (50.0, 0.0, 31.5, 0.0, 50.0, 23.5, 0.0, 0.0, 1.0))
LENS = (-0.2, 0.05, 0.001, -0.002, 0.0)


def project(camera, pose, points):
    """Project places (n, 3) on the ground by OpenCV to columns and rows of the image."""
    sine, cosine = math.sin(pose.tilt), math.cos(pose.tilt)
    # Rows: the camera's x, y and z in x ahead, y left, z up of the ground.
    rotation = np.array([[0, -1, 0], [-sine, 0, -cosine], [cosine, 0, -sine]])
    translation = -rotation @ np.array([0, 0, pose.height])
    found, _ = cv2.projectPoints(points.astype(np.float64), cv2.Rodrigues(rotation)[0],
                                 translation, np.array(camera.k).reshape(3, 3),
                                 np.array(camera.d))
    return found[:, 0]


@pytest.mark.parametrize('tilt', [0.0, 0.3, 1.2])
@pytest.mark.parametrize('lens', [(0.0,) * 5, LENS])
def test_places_project_back_onto_their_pixels(tilt, lens):
    camera, pose = CAMERA._replace(d=lens), CameraPose(1.2, tilt)
    ground = project_to_ground(camera, pose, (48, 64), 30.0)
    assert len(ground.pixels) > 500
    columns, rows = project(camera, pose, np.stack(
        [ground.x, ground.y, np.zeros_like(ground.x)], 1)).T
    np.testing.assert_allclose(columns, ground.pixels % 64, atol=0.01)
    np.testing.assert_allclose(rows, ground.pixels // 64, atol=0.01)
    np.testing.assert_allclose(ground.bearings, np.arctan2(ground.y, ground.x), atol=1e-6)


def test_the_range_is_that_of_the_lower_edge():
    """Of the middle column, 23.5 + n rows below the horizon at a height of 1 m, 50 px focal."""
    camera = CAMERA._replace(k=(50.0, 0.0, 32.0, 0.0, 50.0, 20.0, 0.0, 0.0, 1.0))
    ground = project_to_ground(camera, CameraPose(1.0, 0.0), (48, 64), 6.0)
    middle = ground.pixels % 64 == 32
    rows = ground.pixels[middle] // 64
    assert rows[0] == 28  # 50 / 8.5 = 5.88 m; the lower edge of row 27 is 6.67 m away
    np.testing.assert_allclose(ground.ranges[middle], 50 / (rows + 0.5 - 20), rtol=1e-6)
    np.testing.assert_allclose(ground.x[middle], 50 / (rows - 20.0), rtol=1e-6)


@given(height=st.floats(0.1, 3), tilt=st.floats(-0.2, 1.4))
def test_a_mask_of_another_size_sees_the_same_ground(height, tilt):
    """Each of its pixels covers 3 x 3 of the larger image, whose middle has the same place."""
    pose = CameraPose(height, tilt)
    small, large = (project_to_ground(CAMERA, pose, (48 * n, 64 * n), 1e4) for n in (1, 3))
    whole = np.full((2, 48 * 3, 64 * 3), np.nan)
    whole.reshape(2, -1)[:, large.pixels] = large.x, large.y
    x, y = whole[:, 1::3, 1::3].reshape(2, -1)[:, small.pixels]
    seen = np.isfinite(x) & (small.ranges < 50)
    assert seen.any()
    np.testing.assert_allclose(small.x[seen], x[seen], rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(small.y[seen], y[seen], rtol=1e-3, atol=1e-4)


def test_a_rectified_image_has_the_matrix_p_and_no_distortion():
    camera = CAMERA._replace(k=(1.0,) * 9, d=LENS, p=(
        50.0, 0.0, 31.5, 0.0, 0.0, 50.0, 23.5, 0.0, 0.0, 0.0, 1.0, 0.0))
    rectified = project_to_ground(camera, CameraPose(1.0, 0.1), (48, 64), 20.0, True)
    plain = project_to_ground(CAMERA, CameraPose(1.0, 0.1), (48, 64), 20.0)
    for one, other in zip(rectified, plain):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize('camera, size, tilt, match', [
    (CAMERA._replace(k=(0.0,) * 9), (48, 64), 0.0, 'focal lengths 0 and 0: calibrate'),
    (CAMERA, (64, 48), 0.0, 'images of 64x48, the mask has 48x64, which is another shape'),
    (CAMERA._replace(d=LENS, distortion_model='odd'), (48, 64), 0.0, "model 'odd' is not known"),
    (CAMERA, (48, 64), -1.2, 'sees no ground within 20 m'),
])
def test_a_camera_that_tells_no_ground_is_refused(camera, size, tilt, match):
    with pytest.raises(CameraError, match=match):
        project_to_ground(camera, CameraPose(1.0, tilt), size, 20.0)
