# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The layout of streets."""

import numpy as np
import pytest

from lsnet_ros.scenes import layout

SEEDS = range(8)


@pytest.fixture(params=SEEDS)
def style(request):
    return layout.choose_style(np.random.RandomState(request.param))


def test_a_cell_is_the_same_whenever_it_is_chosen(style):
    assert layout.choose_cell(style, 3, 5) == layout.choose_cell(style, 3, 5)
    assert layout.choose_cell(style, 3, 5) != layout.choose_cell(style, 4, 5)
    assert layout.choose_cell(style, 3, 5) != layout.choose_cell(style, 3, 6)


def test_things_stand_beside_the_road_in_their_cell(style):
    for index in (0, 7):
        start, end = index * layout.CELL, (index + 1) * layout.CELL
        for thing in layout.choose_cell(style, 1, index):
            place = thing.s if hasattr(thing, 's') else thing.start
            assert start - 10 <= place <= end + 10
            if isinstance(thing, (layout.House, layout.Plant, layout.Post, layout.Fence)):
                assert abs(thing.u) > style.road
            elif isinstance(thing, layout.Parked):
                assert abs(thing.u) < style.road


def test_each_side_of_a_cell_has_one_plot(style):
    plots = [thing for thing in layout.choose_cell(style, 2, 4) if isinstance(thing, layout.Plot)]
    assert sorted(plot.side for plot in plots) == [-1, 1]
    assert {(plot.start, plot.end) for plot in plots} == {(4 * layout.CELL, 5 * layout.CELL)}


def test_vehicles_keep_their_lane_and_their_direction(style):
    movers = layout.choose_movers(style, np.random.RandomState(0), 8.0, 165.0)
    vehicles = [mover for mover in movers if mover.kind == 'vehicle']
    assert vehicles
    lane = layout.lane_center(style)
    for vehicle in vehicles:
        assert abs(abs(vehicle.u) - lane) <= 0.2
        assert vehicle.speed == (8.0 if vehicle.u < 0 else -8.0)
        assert vehicle.yaw == (0.0 if vehicle.u < 0 else np.pi)


def test_pedestrians_walk_on_the_pavement(style):
    movers = layout.choose_movers(style, np.random.RandomState(0), 8.0, 165.0)
    for mover in movers:
        if mover.kind == 'pedestrian':
            assert style.road < abs(mover.u) < style.road + style.pavement + 0.2
            assert 0.8 <= abs(mover.speed) <= 1.6
