# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Views of images: rectified, cropped, and with the calibration that goes with them."""

import cv2
from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from lsnet_ros.frames.camera_scale import CameraError
from lsnet_ros.frames.frame import CameraModel
from lsnet_ros.frames.view import parse_roi, Roi, View

K = (300.0, 0.0, 159.5, 0.0, 310.0, 119.5, 0.0, 0.0, 1.0)
P = (280.0, 0.0, 160.5, 0.0, 0.0, 290.0, 118.5, 0.0, 0.0, 0.0, 1.0, 0.0)
CAMERA = CameraModel(240, 320, K, (-0.3, 0.1, 0.001, -0.002, 0.0), p=P)
FISHEYE = CAMERA._replace(d=(0.1, -0.05, 0.01, 0.0), distortion_model='equidistant')
POINTS = np.array([[x, y, 2.0] for x in (-0.6, -0.2, 0.1, 0.6) for y in (-0.4, 0.0, 0.4)])


def test_a_roi_is_four_numbers():
    assert parse_roi('') is None
    assert parse_roi('10, 20,300,40') == Roi(10, 20, 300, 40)


@pytest.mark.parametrize('text', ['10,20,300', '1,2,0,4', '-1,0,3,4', 'all', '1.5,0,2,3',
                                  '1,2,3,4\n', '1,2,3,123456'])
def test_other_texts_are_refused(text):
    with pytest.raises(CameraError, match='roi .* is invalid: give x,y,width,height'):
        parse_roi(text)


def draw_dots(positions):
    """Return an image of 320x240 with a small round dot at each position."""
    rows, columns = np.mgrid[:240, :320]
    image = np.zeros((240, 320))
    for x, y in positions:
        image += 255 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 8)
    return np.repeat(image.clip(0, 255).astype(np.uint8)[..., None], 3, 2)


def find_dot(image, x, y):
    """Return the middle of the dot within 6 px of a position."""
    left, top = int(round(x)) - 6, int(round(y)) - 6
    part = image[top:top + 13, left:left + 13, 0].astype(float)
    rows, columns = np.mgrid[top:top + 13, left:left + 13]
    return np.array([(columns * part).sum(), (rows * part).sum()]) / part.sum()


@pytest.mark.parametrize('camera, project', [
    (CAMERA, lambda: cv2.projectPoints(
        POINTS, np.zeros(3), np.zeros(3), np.reshape(K, (3, 3)), np.array(CAMERA.d))),
    (FISHEYE, lambda: cv2.fisheye.projectPoints(
        POINTS[:, None], np.zeros(3), np.zeros(3), np.reshape(K, (3, 3)), np.array(FISHEYE.d)))])
def test_points_are_seen_where_a_pinhole_camera_sees_them(camera, project):
    image = draw_dots(project()[0].reshape(-1, 2))
    view = View(undistort=True)
    rectified, model = view.of_image(image, camera), view.of_camera(camera)
    assert (model.d, model.distortion_model) == ((0.0,) * 5, 'plumb_bob')
    assert model.k == (280.0, 0.0, 160.5, 0.0, 290.0, 118.5, 0.0, 0.0, 1.0)
    for point in POINTS:
        x, y, depth = np.reshape(model.k, (3, 3)) @ point
        found = find_dot(rectified, x / depth, y / depth)
        np.testing.assert_allclose(found, (x / depth, y / depth), atol=0.2)


def test_without_a_calibrated_projection_the_camera_matrix_stays():
    camera = CAMERA._replace(p=CameraModel._field_defaults['p'])
    assert View(undistort=True).of_camera(camera).k == K
    camera = CAMERA._replace(d=(0.0,) * 5, p=(0.0,) * 12, r=(0.0,) * 9)
    image = draw_dots([(40, 50), (200, 100)])
    np.testing.assert_array_equal(View(undistort=True).of_image(image, camera), image)


def test_a_calibration_of_half_the_size_is_scaled():
    half = CAMERA._replace(height=120, width=160, k=tuple(np.reshape(
        np.array([[0.5, 0, -0.25], [0, 0.5, -0.25], [0, 0, 1]]) @ np.reshape(K, (3, 3)), 9)),
        p=(140.0, 0.0, 80.0, 0.0, 0.0, 145.0, 59.0, 0.0, 0.0, 0.0, 1.0, 0.0))
    image = draw_dots([(40, 50), (200, 100)])
    np.testing.assert_array_equal(View(undistort=True).of_image(image, half),
                                  View(undistort=True).of_image(image, CAMERA))


@given(roi=st.tuples(st.integers(0, 100), st.integers(0, 100), st.integers(1, 100),
                     st.integers(1, 100)), undistort=st.booleans(),
       point=st.tuples(st.floats(-1, 1), st.floats(-1, 1), st.floats(1, 9)))
def test_a_point_moves_by_the_corner_of_the_roi(roi, undistort, point):
    roi = Roi(*roi)
    whole, part = View(undistort), View(undistort, roi)
    before, after = (np.reshape(view.of_camera(CAMERA).p, (3, 4)) @ (point + (1.0,))
                     for view in (whole, part))
    np.testing.assert_allclose(after[:2] / after[2] + roi[:2], before[:2] / before[2], atol=1e-9)
    assert (part.of_camera(CAMERA).height, part.of_camera(CAMERA).width) == (
        roi.height, roi.width)


def test_the_part_of_an_image_is_cut_out():
    image = np.arange(6 * 8 * 3, dtype=np.uint8).reshape(6, 8, 3)
    part = View(roi=Roi(2, 1, 5, 3)).of_image(image, None)
    np.testing.assert_array_equal(part, image[1:4, 2:7])
    assert part.flags.c_contiguous
    assert View().of_image(image, None) is image


@pytest.mark.parametrize('view, camera, text', [
    (View(undistort=True), None, 'cannot be rectified without its camera_info'),
    (View(undistort=True), CAMERA._replace(distortion_model='odd'), "the distortion model 'odd'"),
    (View(undistort=True), CAMERA._replace(k=(0.0,) * 9), 'a focal length of 0'),
    (View(undistort=True), CAMERA._replace(height=320), 'the camera_info is of images of 320x320'),
    (View(roi=Roi(0, 0, 321, 10)), None, 'roi 0,0,321,10 is not inside of the image of 320x240'),
    (View(roi=Roi(0, 240, 3, 1)), None, 'roi 0,240,3,1 is not inside of the image of 320x240')])
def test_images_that_have_no_such_view_are_refused(view, camera, text):
    with pytest.raises(CameraError, match=text):
        view.of_image(np.zeros((240, 320, 3), np.uint8), camera)


def test_a_calibration_of_smaller_images_has_no_such_part():
    with pytest.raises(CameraError, match='is not inside of the image of 320x240'):
        View(roi=Roi(300, 0, 30, 10)).of_camera(CAMERA)


def test_the_view_is_described():
    assert View().describe() == '' and not View().needs_camera
    assert View(True, Roi(1, 2, 3, 4)).describe() == 'rectified, roi 1,2,3,4'
    assert View(True).needs_camera
