# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import cv2
import numpy as np
import pytest

from lsnet_ros.expansion.algorithm import Candidate, OPERATIONS, Step
from lsnet_ros.expansion.plot import COLORS, plot
from lsnet_ros.networks.lps_net import EXPANSIONS

TINY = EXPANSIONS[0]
DEPTH, WIDTH = OPERATIONS[0], OPERATIONS[3]


def step(*candidates):
    """Return the step that chose the first of some candidates: operation, ms, mIoU."""
    made = tuple(Candidate(operation, 1, TINY, ms, miou) for operation, ms, miou in candidates)
    return Step(TINY, 1.0, 0.2, 2.0, made, made[0])


def near(picture, color, tolerance=30):
    """Count the pixels close to a colour, '#rrggbb'."""
    rgb = [int(color[index:index + 2], 16) for index in (1, 3, 5)]
    return int((np.abs(picture.astype(int) - rgb).max(-1) < tolerance).sum())


def pale(color, opacity=0.35):
    """Return a translucent colour on white."""
    return '#' + ''.join('{:02x}'.format(round(255 - opacity * (255 - int(color[i:i + 2], 16))))
                         for i in (1, 3, 5))


@pytest.fixture
def draw(tmp_path):
    def draw_steps(*steps):
        plot(tmp_path / 'path.png', (1.0, 0.2), steps, 4.0)
        return cv2.imread(str(tmp_path / 'path.png'))[..., ::-1]
    return draw_steps


def test_a_chosen_network_has_the_colour_of_its_dimension(draw):
    empty = draw()
    legend = {name: near(empty, color) for name, color in COLORS.items()}
    picture = draw(step((DEPTH, 1.5, 0.4)), step((DEPTH, 2.0, 0.5)), step((WIDTH, 3.0, 0.6)))
    assert picture.shape == (720, 1080, 3)
    points = {name: near(picture, color) - legend[name] for name, color in COLORS.items()}
    assert points['resolution'] == 0
    assert points['width'] > 30
    assert points['depth'] == pytest.approx(2 * points['width'], rel=0.2)


def test_what_was_left_aside_is_small_and_pale(draw):
    alone, beside = draw(step((DEPTH, 2.0, 0.4))), draw(
        step((DEPTH, 2.0, 0.4), (WIDTH, 2.5, 0.3), (WIDTH, 1.8, 0.35)))
    assert near(beside, COLORS['width']) == near(alone, COLORS['width'])
    assert near(beside, pale(COLORS['width']), 8) > near(alone, pale(COLORS['width']), 8) + 10
