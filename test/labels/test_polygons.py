# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Polygons of label images give their pixels back."""

import cv2
from hypothesis import given
from hypothesis import strategies as st
import numpy as np

from lsnet_ros.labels.polygons import find_polygons


def test_the_form_is_that_of_geojson():
    class_ids = np.full((4, 5), 255, np.uint8)
    class_ids[:3, :3] = 1
    class_ids[1, 1] = 0
    assert find_polygons(class_ids, ['car', 'road']) == {
        'type': 'FeatureCollection', 'features': [
            {'type': 'Feature', 'properties': {'class': 'car', 'class_id': 0, 'pixels': 1},
             'geometry': {'type': 'Polygon', 'coordinates': [[[1, 1]] * 4]}},
            {'type': 'Feature', 'properties': {'class': 'road', 'class_id': 1, 'pixels': 8},
             'geometry': {'type': 'Polygon', 'coordinates': [
                 [[0, 0], [0, 2], [2, 2], [2, 0], [0, 0]],
                 [[0, 1], [1, 0], [2, 1], [1, 2], [0, 1]]]}}]}


def test_without_a_pixel_of_a_class_there_is_no_feature():
    assert find_polygons(np.full((2, 2), 255, np.uint8), ['car'])['features'] == []


@given(height=st.integers(1, 12), width=st.integers(1, 12), scale=st.integers(1, 3),
       seed=st.integers(0, 2 ** 32 - 1))
def test_filled_polygons_are_the_label_image(height, width, scale, seed):
    class_ids = np.random.default_rng(seed).integers(0, 3, (height, width)).astype(np.uint8)
    class_ids = np.kron(class_ids, np.ones((scale, scale), np.uint8))
    filled, pixels = np.full(class_ids.shape, 2, np.uint8), 0
    for feature in find_polygons(class_ids, ['a', 'b'])['features']:
        rings = feature['geometry']['coordinates']
        assert all(len(ring) >= 4 and ring[0] == ring[-1] for ring in rings)
        canvas = np.zeros(class_ids.shape, np.uint8)
        cv2.fillPoly(canvas, [np.array(ring, np.int32) for ring in rings], 1)
        assert canvas.sum() == feature['properties']['pixels']
        filled[canvas == 1] = feature['properties']['class_id']
        pixels += canvas.sum()
    np.testing.assert_array_equal(filled, class_ids)
    assert pixels == np.count_nonzero(class_ids < 2)
