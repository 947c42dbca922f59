# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The canvas on shapes small enough to count their pixels."""

import numpy as np
import pytest

from lsnet_ros.scenes.canvas import Camera, Canvas, CAR, clip_near, fixed_point, NEAR, ROAD, SKY

RED, BLUE = (200, 0, 0), (0, 0, 200)


@pytest.fixture
def canvas():
    """A canvas of 60 x 80 pixels for an image of 30 x 40, 1 m high at 100 pixels."""
    return Canvas(Camera(height=60, width=80, focal=100.0, horizon=20.0, center=40.0, eye=1.5))


def square(x, y, side, depth):
    return np.array([[x, y, depth], [x + side, y, depth], [x + side, y + side, depth],
                     [x, y + side, depth]])


def test_a_point_at_the_height_of_the_eye_is_on_the_horizon(canvas):
    points = np.array([[0.0, 1.5, 7.0], [2.0, 1.5, 10.0], [0.0, 0.5, 10.0]])
    assert canvas.camera.project(points).tolist() == [[40, 20], [60, 20], [40, 30]]
    assert canvas.camera.pixels_per_metre(4.0) == 25.0


def test_a_polygon_has_its_colour_and_its_class(canvas):
    canvas.fill_polygon(square(-1.0, 0.5, 1.0, 5.0), RED, CAR)
    filled = canvas.pixels[..., 3] == CAR
    assert (canvas.pixels[filled][:, :3] == RED).all()
    assert (canvas.pixels[~filled] == (0, 0, 0, SKY)).all()
    rows, columns = np.flatnonzero(filled.any(1)), np.flatnonzero(filled.any(0))
    assert (rows[0], rows[-1], columns[0], columns[-1]) == (20, 40, 20, 40)


def test_a_polygon_is_clipped_at_the_near_plane():
    points = np.array([[0.0, 0.0, NEAR - 1], [0.0, 0.0, NEAR + 1], [2.0, 0.0, NEAR + 1],
                       [2.0, 0.0, NEAR - 1]])
    np.testing.assert_allclose(clip_near(points), [
        [0, 0, NEAR], [0, 0, NEAR + 1], [2, 0, NEAR + 1], [2, 0, NEAR]])
    assert clip_near(points - (0, 0, 2)).shape == (0, 3)
    far = points + (0, 0, 2)
    assert clip_near(far) is far


def test_quadrilaterals_behind_the_camera_are_left_out(canvas):
    quads = np.stack([square(-1.0, 1.0, 0.4, 5.0), square(0.0, 1.0, 0.4, -5.0)])
    canvas.fill_quads(quads, RED, CAR)
    one = canvas.pixels.copy()
    canvas.pixels[:] = 0
    canvas.fill_polygon(quads[0], RED, CAR)
    assert np.array_equal(one, canvas.pixels) and one.any()


def test_setting_the_class_keeps_the_colour(canvas):
    canvas.fill_polygon(square(-1.0, 0.5, 1.0, 5.0), RED, CAR)
    before = canvas.pixels.copy()
    canvas.set_class(square(-0.5, 0.5, 1.0, 5.0), ROAD)
    assert np.array_equal(canvas.pixels[..., :3], before[..., :3])
    changed = canvas.pixels[..., 3] != before[..., 3]
    assert (canvas.pixels[changed][:, 3] == ROAD).all() and changed[:, 31:50].any()


@pytest.mark.parametrize('form, count', [('board', 3), ('tube', 2), ('ball', 1)])
def test_every_shape_is_drawn_in_colour_and_class(canvas, form, count):
    points = fixed_point(np.array([[30.0, 20.0], [50.0, 20.0], [40.0, 40.0]])[:count])
    canvas.draw_shape(form, points, 3.0, BLUE, CAR)
    drawn = canvas.pixels[canvas.pixels[..., 3] == CAR]
    assert len(drawn) > 20 and (drawn[:, :3] == BLUE).all()


def test_a_texture_covers_its_quadrilateral(canvas):
    texture = np.zeros((8, 8, 4), np.uint8)
    texture[..., 3] = CAR
    texture[:, :4, 0], texture[:, 4:, 2] = 200, 200          # red on the left, blue on the right
    corners = square(-1.0, 0.5, 2.0, 5.0)[[3, 2, 1, 0]]      # from the top left
    canvas.draw_texture(corners, texture)
    row = canvas.pixels[20]
    assert (row[22:58, 3] == CAR).all() and (row[:18, 3] == SKY).all()
    assert (row[22:36, :3] == RED).all() and (row[44:58, :3] == BLUE).all()


def test_the_veil_of_a_sprite_sets_only_the_class(canvas):
    sprite = np.full((20, 20, 4), (200, 0, 0, CAR), np.uint8)
    mask, veil = np.zeros((20, 20), np.uint8), np.full((20, 20), 255, np.uint8)
    mask[:, :10] = 255
    canvas.draw_sprite(np.array([0.0, 0.5, 5.0]), (1.0, 1.0), sprite, mask, veil, np.copy)
    row = canvas.pixels[30]
    assert (row[31:49, 3] == CAR).all()
    assert (row[31:39, 0] == 200).all() and (row[41:49, 0] == 0).all()


def test_shrinking_mixes_colours_and_samples_classes(canvas):
    canvas.pixels[:, :3] = (*RED, CAR)                       # one and a half columns of the image
    image, target = canvas.shrink()
    assert image.shape == (30, 40, 3) and target.shape == (30, 40)
    assert image[0, :3, 0].tolist() == [200, 100, 0]
    assert target[0, :3].tolist() == [CAR, SKY, SKY]


@pytest.mark.parametrize('points', [[[-5.0, -5.0], [-1.0, -1.0]], [[90.0, 10.0], [95.0, 20.0]]])
def test_there_is_no_window_outside_of_the_canvas(canvas, points):
    assert canvas.find_window(np.array(points)) is None


def test_a_window_ends_at_the_edges_of_the_canvas(canvas):
    rows, columns = canvas.find_window(np.array([[-5.0, 10.2], [20.5, 90.0]]))
    assert (rows, columns) == (slice(10, 60), slice(0, 22))


def test_fixed_point_numbers_are_eighths_within_opencvs_range():
    found = fixed_point(np.array([[1.0, -0.25], [1e9, -1e9]]))
    assert found.dtype == np.int32
    assert found.tolist() == [[8, -2], [160000, -160000]]
