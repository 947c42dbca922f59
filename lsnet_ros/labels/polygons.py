# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Polygons around the regions of a label image, in the form of GeoJSON (RFC 7946)."""

from typing import Any, Dict, Iterator, List, Sequence

import cv2
import numpy as np

Ring = List[List[int]]  # closed: its first point is also its last


def find_polygons(class_ids: np.ndarray, class_names: Sequence[str]) -> Dict[str, Any]:
    """
    Return the regions of each class as a FeatureCollection.

    A region is one feature: a Polygon of its outline and its holes, with the properties class,
    class_id and pixels. Its points are centres of pixels that belong to the region, in image
    coordinates: x to the right, y down, (0, 0) the centre of the first pixel. So are those around
    a hole. ``cv2.fillPoly`` with all rings of a region gives its pixels back exactly. A region of
    one or two pixels has a ring without an area.

    :param class_ids: (H, W) uint8; ids without a name are left out
    :param class_names: by class id
    """
    return {'type': 'FeatureCollection', 'features': [
        {'type': 'Feature',
         'properties': {'class': name, 'class_id': class_id,
                        'pixels': _count_pixels(rings, class_ids.shape)},
         'geometry': {'type': 'Polygon', 'coordinates': rings}}
        for class_id, name in enumerate(class_names)
        for rings in _find_regions((class_ids == class_id).astype(np.uint8))]}


def _find_regions(mask: np.ndarray) -> Iterator[List[Ring]]:
    """Yield the rings of each region of a mask: the outline first, then the holes."""
    contours, hierarchy = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)[-2:]
    for outline in range(len(contours)):
        _, _, hole, parent = hierarchy[0][outline]
        if parent >= 0:
            continue  # a hole
        rings = [_close(contours[outline])]
        while hole >= 0:
            rings.append(_close(contours[hole]))
            hole = hierarchy[0][hole][0]
        yield rings


def _close(contour: np.ndarray) -> Ring:
    """Return the closed ring of a contour, of four points at least, as GeoJSON asks."""
    points = contour[:, 0].tolist()
    return points + points[-1:] * (3 - len(points)) + points[:1]


def _count_pixels(rings: List[Ring], size: Sequence[int]) -> int:
    """Return the number of pixels of a region."""
    left, top = np.min(rings[0], 0)
    width, height = np.max(rings[0], 0) - (left, top) + 1
    canvas = np.zeros((height, width), np.uint8)
    cv2.fillPoly(canvas, [np.array(ring, np.int32) - (left, top) for ring in rings], 1)
    return int(np.count_nonzero(canvas))
