# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Tests of the pictures for people."""

import numpy as np
import pytest

from lsnet_ros.labels.drawing import colorize, contact_sheet, DrawingError, legend, overlay

PALETTE = np.array([[10, 20, 30], [200, 100, 0]], np.uint8)


def test_every_pixel_takes_the_colour_of_its_class_and_ignored_ones_are_black():
    assert colorize(np.array([[0, 1], [255, 7]], np.uint8), PALETTE).tolist() == [
        [[10, 20, 30], [200, 100, 0]], [[0, 0, 0], [0, 0, 0]]]


def test_an_overlay_is_half_image_and_half_colour():
    image = np.full((1, 2, 3), 100, np.uint8)
    assert overlay(image, np.array([[0, 1]], np.uint8), PALETTE).tolist() == [
        [[55, 60, 65], [150, 100, 50]]]


def test_an_overlay_leaves_ignored_pixels_and_its_arguments_as_they_are():
    image = np.full((1, 2, 3), 100, np.uint8)
    drawn = overlay(image, np.array([[255, 1]], np.uint8), PALETTE, alpha=1)
    assert drawn.tolist() == [[[100, 100, 100], [200, 100, 0]]]
    assert (image == 100).all()


def test_an_overlay_wants_ids_of_the_size_of_the_image():
    with pytest.raises(DrawingError, match='image is 4x6 and the class ids 6x4'):
        overlay(np.zeros((4, 6, 3), np.uint8), np.zeros((6, 4), np.uint8), PALETTE)


@pytest.mark.parametrize('line_height', [14, 28, 100])
def test_a_legend_has_a_line_for_each_class_with_its_colour_and_dark_letters(line_height):
    names = ['road', 'a much longer name']
    picture = legend(names, PALETTE, line_height)
    assert picture.shape[0] == 2 * line_height and picture.dtype == np.uint8
    dark = (picture < 160).all(-1)
    dark[:, :2 * line_height] = False  # where the colours are
    for number, color in enumerate(PALETTE):
        line = slice(number * line_height, (number + 1) * line_height)
        assert (picture[line] == color).all(-1)[line_height // 2].sum() > line_height
        columns = np.flatnonzero(dark[line].any(0))
        assert columns.max() < picture.shape[1] - 1  # no letter is cut off
        heights = np.flatnonzero(dark[line].any(1))
        assert line_height // 4 < np.ptp(heights) < line_height - 1


def test_the_longest_name_sets_the_width_of_a_legend():
    short, long = legend(['a'], PALETTE[:1]), legend(['a' * 20], PALETTE[:1])
    assert long.shape[1] > short.shape[1] + 100


@pytest.mark.parametrize('names', [[], ['road'], ['road', 'car', 'sky']])
def test_a_legend_wants_a_name_for_each_colour(names):
    with pytest.raises(DrawingError, match='class names for 2 colours'):
        legend(names, PALETTE)


def test_a_contact_sheet_lays_pictures_out_in_rows_on_white():
    pictures = [np.full((2, 3, 3), 10 * number, np.uint8) for number in range(1, 4)]
    sheet = contact_sheet(pictures, columns=2)
    assert sheet.shape == (4 + 2 * (2 + 4), 4 + 2 * (3 + 4), 3)
    assert (sheet[4:6, 4:7] == 10).all() and (sheet[4:6, 11:14] == 20).all()
    assert (sheet[10:12, 4:7] == 30).all() and (sheet[10:12, 11:14] == 255).all()


def test_a_smaller_picture_is_in_the_middle_of_its_place():
    sheet = contact_sheet([np.zeros((5, 5, 3), np.uint8), np.zeros((1, 3, 3), np.uint8)], 2)
    rows, columns = np.nonzero((sheet[:, 13:] == 0).all(-1))
    assert set(rows) == {6} and sorted(columns) == [1, 2, 3]


def test_a_contact_sheet_is_no_wider_than_its_pictures():
    assert contact_sheet([np.zeros((2, 3, 3), np.uint8)], 4).shape == (10, 11, 3)


@pytest.mark.parametrize('count, columns', [(0, 2), (1, 0)])
def test_a_contact_sheet_of_nothing_is_refused(count, columns):
    with pytest.raises(DrawingError, match='expected at least one of both'):
        contact_sheet([np.zeros((2, 2, 3), np.uint8)] * count, columns)
