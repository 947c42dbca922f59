# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import importlib.util
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from lsnet_ros.datasets.street_scene import StreetScene
from lsnet_ros.frames.frame import CameraModel
from lsnet_ros.freespace.ground import CameraPose, project_to_ground
from lsnet_ros.freespace.scan import FreeSpaceFinder, is_in

SIZE = (48, 64)
CAMERA = CameraModel(*SIZE, (50.0, 0.0, 31.5, 0.0, 50.0, 20.0, 0.0, 0.0, 1.0))
GROUND = project_to_ground(CAMERA, CameraPose(1.0, 0.1), SIZE, 10.0)
FINDER = FreeSpaceFinder(GROUND, SIZE)


def test_beams_are_half_a_degree_or_two_columns_wide():
    assert FINDER.beam > 2 / 50 * 0.8  # rad; 50 px focal length
    sharp = project_to_ground(CAMERA._replace(k=(5e3, 0, 31.5, 0, 50, 20, 0, 0, 1)),
                              CameraPose(1.0, 0.1), SIZE, 10.0)
    assert FreeSpaceFinder(sharp, SIZE).beam == np.radians(0.5)


def find_slowly(is_drivable, is_known):
    """Return range and NaN of each beam by a loop over the pixels, in no order."""
    count = round((FINDER.angle_max - FINDER.angle_min) / FINDER.beam) + 1
    ranges, pixels, unknown = np.full(count, np.inf), np.zeros(count), np.zeros(count)
    for place, pixel in enumerate(GROUND.pixels):
        beam = round((float(GROUND.bearings[place]) - FINDER.angle_min) / FINDER.beam)
        row, column = divmod(int(pixel), SIZE[1])
        pixels[beam] += 1
        unknown[beam] += not is_known[row, column]
        if is_known[row, column] and not is_drivable[row, column]:
            ranges[beam] = min(ranges[beam], GROUND.ranges[place])
    ranges[np.isinf(ranges) & ((pixels == 0) | (unknown > 0.5 * pixels))] = np.nan
    return ranges


@given(seed=st.integers(0, 999), obstacles=st.sampled_from([0.0, 0.003, 0.1, 1.0]),
       unknown=st.sampled_from([0.0, 0.5, 1.0]))
def test_each_beam_ends_at_its_nearest_obstacle(seed, obstacles, unknown):
    random = np.random.RandomState(seed)
    is_drivable = random.rand(*SIZE) >= obstacles
    is_known = random.rand(*SIZE) >= unknown
    found = FINDER.find(is_drivable, is_known)
    np.testing.assert_array_equal(found.ranges, find_slowly(is_drivable, is_known).astype('f4'))
    if unknown == 0:
        np.testing.assert_array_equal(FINDER.find(is_drivable).ranges, found.ranges)


def test_points_end_at_the_obstacles():
    is_drivable = np.ones(SIZE, bool)
    is_drivable[:35, 20:40] = False
    found = FINDER.find(is_drivable)
    points = FINDER.list_points(found)
    beams = np.rint((np.arctan2(points.y, points.x) - FINDER.angle_min) / FINDER.beam).astype(int)
    is_foot = ~is_drivable.ravel()[points.pixels]
    assert is_foot.sum() == np.isfinite(found.ranges).sum() > 10
    rows, columns = np.divmod(points.pixels, SIZE[1])
    assert (rows[is_foot] == 34).all() and set(rows[~is_foot] % 4) == {0}
    limits = found.ranges[beams]
    assert (np.hypot(points.x, points.y)[~is_foot] < limits[~is_foot] * 1.1).all()
    assert not np.isin(points.pixels[~is_foot], np.flatnonzero(~is_drivable)).any()


@pytest.mark.parametrize('unknown', [None, 0.3])
def test_aligned_points_are_those_before_the_obstacles_in_their_pixels(unknown):
    random = np.random.RandomState(1)
    is_drivable = random.rand(*SIZE) > 0.02
    is_known = None if unknown is None else random.rand(*SIZE) > unknown
    found = FINDER.find(is_drivable, is_known)
    aligned = FINDER.align_points(found, is_known)
    assert (aligned.shape, aligned.dtype) == (SIZE + (3,), np.float32)
    listed = FINDER.list_points(found, is_known)
    flat = aligned.reshape(-1, 3)
    np.testing.assert_array_equal(flat[listed.pixels], np.stack(
        [listed.x, listed.y, np.zeros_like(listed.x)], 1))
    rows, columns = np.divmod(np.flatnonzero(np.isfinite(flat[:, 0])), SIZE[1])
    on_grid = (rows % 4 == 0) & (columns % 4 == 0)
    assert set(rows[on_grid] * SIZE[1] + columns[on_grid]) == {
        pixel for pixel in listed.pixels if pixel // SIZE[1] % 4 == 0 == pixel % SIZE[1] % 4}
    assert on_grid.sum() < len(rows) / 8


def test_where_nothing_is_known_no_points_are_listed():
    found = FINDER.find(np.ones(SIZE, bool), np.zeros(SIZE, bool))
    assert np.isnan(found.ranges).all()
    assert len(FINDER.list_points(found, np.zeros(SIZE, bool)).x) == 0


def test_the_median_error_on_streets_of_known_geometry_is_under_5_percent():
    """With true labels, up to 15 m; the truth is computed from the places of all things."""
    path = Path(__file__).resolve().parents[2] / 'benchmarks' / 'free_space.py'
    spec = importlib.util.spec_from_file_location('free_space', path)
    free_space = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(free_space)
    errors = []
    for seed in range(6):
        sight = free_space.look(StreetScene(seed, 360, 480), 0.0)
        errors.append(free_space.compare(sight, sight.target))
    errors = np.concatenate(errors)
    assert len(errors) > 200 and np.median(errors) < 0.05


def test_classes_are_looked_up():
    ids = np.array([[0, 3, 255], [4, 3, 200]], np.uint8)
    assert is_in((3, 4), ids).tolist() == [[False, True, False], [True, True, False]]
