# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Errors of the free space, on rendered streets, whose geometry is known.

The true range of a bearing is the distance to the nearest kerb, vehicle or person on the road. It
is computed from their places, not from the image.

    python benchmarks/free_space.py --model fpn-lite0-camvid --streets 20
"""

import argparse
import math
import time
from typing import List, NamedTuple

import cv2
import numpy as np

from lsnet_ros.datasets.street_scene import _list_vehicles, StreetScene
from lsnet_ros.frames.frame import CameraModel
from lsnet_ros.freespace.ground import CameraPose, project_to_ground
from lsnet_ros.freespace.scan import FreeSpaceFinder, is_in
from lsnet_ros.labels.drawing import overlay
from lsnet_ros.models.folder import DEFAULT_MODEL, read_model
from lsnet_ros.scenes import layout
from lsnet_ros.scenes.bodies import SHAPES
from lsnet_ros.segmenter import Segmenter

ROAD = 3                  # class id of CamVid
REACH = 15.0              # m, of the ranges that are compared
SPACING = 0.01            # m, between the points of an outline
PERSON = 0.25             # m, radius
SECONDS = (0.0, 5.0, 9.0)  # of the drive, at which frames are taken


class Sight(NamedTuple):
    """A frame, the finder of its free space, and the true ranges."""

    image: np.ndarray
    target: np.ndarray
    finder: FreeSpaceFinder
    truth: np.ndarray     # (beams,) m; NaN where a side street opens the kerb


def look(scene: StreetScene, seconds: float) -> Sight:
    """Render one frame and compute its true ranges."""
    rate = 10.0
    frame = scene.frame(round(seconds * rate), rate)
    focal, column, row = scene.intrinsics()
    height, width = frame.target.shape
    camera = CameraModel(height, width, (focal, 0, column, 0, focal, row, 0, 0, 1))
    pose = CameraPose(float(scene._lens[3]), 0.0)
    ground = project_to_ground(camera, pose, (height, width), max_range=20.0)
    finder = FreeSpaceFinder(ground, (height, width))
    return Sight(frame.image, frame.target, finder, find_truth(scene, seconds, finder))


def find_truth(scene: StreetScene, seconds: float, finder: FreeSpaceFinder) -> np.ndarray:
    """Return the true range (beams,) of the free space, m, from the places of all things."""
    view = scene._view(seconds)
    things, moments = scene._list_things(view.s), scene._move(view, seconds)
    s = view.s + np.arange(0.3, 40.0, SPACING)
    openings = [thing for thing in things if isinstance(thing, layout.SideStreet)]
    solid: List[np.ndarray] = []
    open_kerb: List[np.ndarray] = []
    for side in (-1, 1):
        is_open = np.zeros(len(s), bool)
        for thing in openings:
            if thing.side == side:
                is_open |= (thing.start - 1 < s) & (s < thing.end + 1)
        kerb = view.at(side * scene._style.road, s)[:, [0, 2]]
        solid.append(kerb[~is_open])
        open_kerb.append(kerb[is_open])
    for shape, place, yaw in _list_vehicles(view, things, moments):
        solid.append(outline_vehicle(shape, place, yaw))
    circle = np.linspace(0, 2 * math.pi, 100)
    for moment in moments:
        if moment.mover.kind != 'vehicle':
            place = view.spot(moment.mover.u, moment.s)
            solid.append(place[[0, 2]] + PERSON * np.stack([np.cos(circle), np.sin(circle)], 1))
    left = 1 if scene._mirrored else -1
    truth = nearest(np.concatenate(solid), left, finder)
    opened = nearest(np.concatenate(open_kerb), left, finder) if openings else truth
    truth[opened < truth] = np.nan
    return truth


def outline_vehicle(shape, place: np.ndarray, yaw: float) -> np.ndarray:
    """Return points (n, 2) around the footprint of a vehicle, x right and z ahead, m."""
    across, along = SHAPES[shape].width / 2, SHAPES[shape].length / 2
    corners = np.array([(-across, -along), (across, -along), (across, along), (-across, along),
                        (-across, -along)])
    points = np.concatenate([np.linspace(a, b, 400) for a, b in zip(corners, corners[1:])])
    cosine, sine = math.cos(yaw), math.sin(yaw)
    turned = points @ np.array([[cosine, -sine], [sine, cosine]])
    return turned + place[[0, 2]]


def nearest(points: np.ndarray, left: int, finder: FreeSpaceFinder) -> np.ndarray:
    """Return the range of the nearest point in each beam, inf where a beam has no point."""
    points = points[points[:, 1] > 0]
    bearings = np.arctan2(left * points[:, 0], points[:, 1])
    places = np.rint((bearings - finder.angle_min) / finder.beam).astype(int)
    ranges = np.full(round((finder.angle_max - finder.angle_min) / finder.beam) + 1, np.inf)
    is_seen = (places >= 0) & (places < len(ranges))
    np.minimum.at(ranges, places[is_seen], np.hypot(*points.T)[is_seen])
    return ranges


def compare(sight: Sight, class_ids: np.ndarray) -> np.ndarray:
    """Return the relative errors of the ranges up to REACH; inf where no obstacle was found."""
    found = sight.finder.find(is_in((ROAD,), class_ids)).ranges
    is_compared = (sight.truth <= REACH) & (sight.truth >= sight.finder.range_min)
    return np.abs(found[is_compared] - sight.truth[is_compared]) / sight.truth[is_compared]


def draw(sight: Sight, segmenter: Segmenter) -> np.ndarray:
    """Return a picture, BGR: the labels over the image, and the ground seen from above."""
    ids = segmenter.segment(sight.image).class_ids
    palette = segmenter.label_set.palette
    found = sight.finder.find(is_in((ROAD,), ids))
    height, scale = ids.shape[0], 20  # px a metre
    above = np.full((height, height, 3), 32, np.uint8)
    points = sight.finder.list_points(found)
    for metres in range(5, 20, 5):
        cv2.circle(above, (height // 2, height), metres * scale, (80, 80, 80), 1, cv2.LINE_AA)
        cv2.putText(above, '{} m'.format(metres), (height // 2 + 2, height - metres * scale - 3),
                    cv2.FONT_HERSHEY_SIMPLEX, 0.4, (160, 160, 160), 1, cv2.LINE_AA)
    for x, y, pixel in zip(*points):
        place = (round(height / 2 - y * scale), round(height - x * scale))
        color = palette[ids.ravel()[pixel]].tolist()
        cv2.circle(above, place, 2 + 2 * (ids.ravel()[pixel] != ROAD), color, -1, cv2.LINE_AA)
    picture = np.concatenate([overlay(sight.image, ids, palette, 0.5), above], 1)
    return picture[:, :, ::-1]


def main() -> None:
    """Print the errors with true and with predicted labels, and the time of a mask."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n\n')[0])
    parser.add_argument('--model', default=DEFAULT_MODEL)
    parser.add_argument('--streets', type=int, default=20)
    parser.add_argument('--picture', help='PNG file for a street and its free space from above')
    args = parser.parse_args()
    segmenter = Segmenter(read_model(args.model))
    if args.picture:
        cv2.imwrite(args.picture, draw(look(StreetScene(11, 360, 480), 4.0), segmenter))
    errors = {'true labels': [], args.model: []}
    for seed in range(args.streets):
        scene = StreetScene(seed, 360, 480)
        for seconds in SECONDS:
            sight = look(scene, seconds)
            errors['true labels'].append(compare(sight, sight.target))
            errors[args.model].append(compare(sight, segmenter.segment(sight.image).class_ids))
    for name, parts in errors.items():
        error = np.concatenate(parts)
        print('{}: {} beams up to {:g} m, median error {:.1f} %, within 10 %: {:.1f} %'.format(
            name, len(error), REACH, 100 * np.median(error), 100 * (error < 0.1).mean()))
    sight = look(StreetScene(0, 480, 640), 0.0)
    print('{:.2f} ms a mask of 640x480'.format(1e3 * measure(sight)))


def measure(sight: Sight, rounds: int = 200) -> float:
    """Return the median time of a mask, s: free space and points."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        sight.finder.list_points(sight.finder.find(is_in((ROAD,), sight.target)))
        times.append(time.perf_counter() - began)
    return float(np.median(times))


if __name__ == '__main__':
    main()
