# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from lsnet_ros.frames.camera_scale import CameraError, scale_camera
from lsnet_ros.frames.frame import CameraModel

CAMERA = CameraModel(
    480, 640, (500.0, 0.0, 319.5, 0.0, 510.0, 239.5, 0.0, 0.0, 1.0), (0.1, 0.0, 0.0, 0.0, 0.0),
    p=(490.0, 0.0, 318.0, -49.0, 0.0, 490.0, 238.0, 0.0, 0.0, 0.0, 1.0, 0.0))


def test_half_the_size_has_half_the_focal_length_and_the_same_middle():
    half = scale_camera(CAMERA, (240, 320))
    assert (half.height, half.width) == (240, 320)
    assert half.k == (250.0, 0.0, 159.5, 0.0, 255.0, 119.5, 0.0, 0.0, 1.0)
    assert half.p == (245.0, 0.0, 158.75, -24.5, 0.0, 245.0, 118.75, 0.0, 0.0, 0.0, 1.0, 0.0)
    assert (half.d, half.r, half.distortion_model) == (
        CAMERA.d, CAMERA.r, CAMERA.distortion_model)


@given(point=st.tuples(st.floats(-2, 2), st.floats(-2, 2), st.floats(0.5, 9)),
       factor=st.sampled_from([0.25, 0.5, 1.0, 2.0, 3.0]))
def test_a_point_is_seen_at_the_same_share_of_the_image(point, factor):
    scaled = scale_camera(CAMERA, (int(480 * factor), int(640 * factor)))
    for name, position in (('k', point), ('p', point + (1.0,))):
        before, after = (np.array(getattr(camera, name)).reshape(3, -1) @ position
                         for camera in (CAMERA, scaled))
        np.testing.assert_allclose((after[:2] / after[2] + 0.5) / factor,
                                   before[:2] / before[2] + 0.5, atol=1e-6)


def test_its_own_size_changes_nothing():
    assert scale_camera(CAMERA, (480, 640)) == CAMERA


@pytest.mark.parametrize('size', [(480, 480), (360, 640), (1, 640)])
def test_another_shape_is_refused(size):
    with pytest.raises(CameraError, match='the camera_info is of images of 640x480, the mask has '
                                          '{}x{}, which is another shape'.format(*size[::-1])):
        scale_camera(CAMERA, size)
