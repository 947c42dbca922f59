# Copyright 2026 The lsnet_ros authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.
"""
Labelled street scenes that are rendered, not recorded: any number, any size, from a seed.

A scene is a drive along an endless street as a dash camera sees it, with the eleven classes of
CamVid. Every frame is a pure function of the seed, the size and the frame's index, so a test or
a demonstration needs no download, and the labels are exact because label and colour are painted
by the same stroke.
"""

from typing import List, NamedTuple, Tuple

import cv2
import numpy as np

from lsnet_ros.datasets import (scene_cars, scene_ground, scene_houses, scene_layout,
                                scene_objects, scene_shade)
from lsnet_ros.datasets.sample import Sample
from lsnet_ros.datasets.scene_canvas import Camera, Canvas, OVERSAMPLING
from lsnet_ros.datasets.scene_light import Light
from lsnet_ros.datasets.scene_view import KERB, View
from lsnet_ros.errors import LsnetError
from lsnet_ros.labels import LABEL_SETS

REACH = 165.0  # m that things are drawn ahead of the camera
SMALLEST = 32  # px, of a picture's sides
SPLITS = {'train': (1, 300), 'val': (2, 30)}  # seed and number of scenes


class SceneError(LsnetError, ValueError):
    """A scene cannot be rendered as asked."""


_Moment = NamedTuple('_Moment', [('mover', scene_layout.Mover), ('s', float), ('time', float)])


class StreetScene:
    """One drive along one street, in one light."""

    def __init__(self, seed: int, height: int = 360, width: int = 480):
        """
        Choose everything that stays the same in the drive.

        :param seed: 0 to 2**32 - 1
        :param height: of the frames, px
        :param width: of the frames, px
        :raises SceneError: if the seed or the size is out of range
        """
        if min(height, width) < SMALLEST or not 0 <= seed < 2 ** 32:
            raise SceneError('seed {} and size {}x{} (WxH), but a seed lies in 0 to 2**32 - 1 and '
                             'both sides are at least {} px; choose others'.format(
                                 seed, width, height, SMALLEST))
        self.seed, self.height, self.width = int(seed), int(height), int(width)
        rng = np.random.RandomState([self.seed, 1])
        self._light = Light(rng)
        self._style = scene_layout.choose_style(rng)
        amplitude = rng.choice([0.0, 1.0, 2.4], p=[0.4, 0.35, 0.25]) * rng.uniform(0.5, 1.5, 2)
        self._bends = np.stack([amplitude, rng.uniform([18, 45], [40, 80]),
                                rng.uniform(0, 2 * np.pi, 2)], axis=1)
        self._start, self._speed = rng.uniform(0, 1000), rng.uniform(6.0, 11.0)
        self._u = -scene_layout.lane_center(self._style) + rng.uniform(-0.2, 0.2)
        self._marks = int(rng.randint(1 << 16))
        self._lens = rng.uniform([0.92, 0.49, 0.46, 1.2], [1.15, 0.56, 0.54, 1.5])
        self._mirrored = bool(rng.rand() < 0.5)  # the side of the road that traffic keeps
        self._movers = scene_layout.movers(self._style, rng, self._speed, REACH)

    def frame(self, index: int, rate: float = 10.0) -> Sample:
        """
        Return one frame of the drive, with its target.

        :param index: of the frame; 0 is the start of the drive
        :param rate: frames per second
        """
        time = index / rate
        rng = np.random.RandomState([self.seed, 2, index % (1 << 32)])
        view = self._view(time)
        view.light.paint_sky(view.canvas, view.heading)
        scene_houses.draw_skyline(view, self.seed)
        things = self._things(view.s)
        moments = self._moments(view, time)
        scene_ground.paint_ground(view, things)
        scene_shade.shade_ground(view, things, _vehicles(view, things, moments),
                                 [view.spot(m.mover.u, m.s) for m in moments
                                  if m.mover.kind != 'vehicle'])
        everything = [(_far_end(thing), i, thing) for i, thing in
                      enumerate(things + moments) if type(thing) in _PAINTERS]
        for _, _, thing in sorted(everything, key=lambda item: (-item[0], item[1])):
            _PAINTERS[type(thing)](view, thing)
        image, target = view.canvas.picture()
        if self._mirrored:
            image, target = cv2.flip(image, 1), cv2.flip(target, 1)
        image = view.light.develop(image, rng)
        return Sample('street-scene-{}-{:06d}'.format(self.seed, index), image,
                      target, time)

    def intrinsics(self) -> Tuple[float, float, float]:
        """
        Return focal length, and column and row of the principal point, all in px.

        The row sways by a pixel or so with the car, which no frame's own value is given for.
        """
        focal, horizon, center, _ = self._lens
        center = 1 - center if self._mirrored else center
        return focal * self.width, center * self.width, horizon * self.height

    def _view(self, time: float) -> View:
        """Return an empty canvas and where the camera is at a time."""
        focal, horizon, center, eye = self._lens
        bob = 0.0016 * np.sin(7.3 * time) + 0.0012 * np.sin(4.1 * time + 1)
        size = OVERSAMPLING * self.height, OVERSAMPLING * self.width
        camera = Camera(size[0], size[1], focal * size[1], (horizon + bob) * size[0],
                        center * size[1], eye)
        return View(Canvas(camera), self._light, self._bends,
                    (self._u, self._start + self._speed * time), self._style,
                    self._marks)

    def _things(self, s: float) -> List:
        """Return what stands within reach."""
        first, last = int(s // scene_layout.CELL), int((s + REACH) // scene_layout.CELL)
        return [thing for index in range(first, last + 1)
                for thing in scene_layout.cell(self._style, self.seed, index)
                if _far_end(thing) > s and _near_end(thing) < s + REACH]

    def _moments(self, view: View, time: float) -> List[_Moment]:
        """Return where the moving things are; who leaves the view comes back at its far end."""
        found = []
        for mover in self._movers:
            ahead = mover.s + (mover.speed - self._speed) * time
            reach = REACH if mover.kind == 'vehicle' else 110.0
            s = view.s - 5 + (ahead + 5) % (reach + 5)
            found.append(_Moment(mover, float(s), time))
        return found


def _vehicles(view: View, things: List, moments: List[_Moment]) -> List[Tuple]:
    """Return shape, place (3,) and yaw of all vehicles, parked and moving."""
    found = [(thing.vehicle.shape, thing.u, thing.s, thing.yaw) for thing in things
             if isinstance(thing, scene_layout.Parked)]
    found += [(m.mover.look.shape, m.mover.u, m.s, m.mover.yaw) for m in moments
              if m.mover.kind == 'vehicle']
    return [(shape, view.spot(u, s), view.yaw(yaw, s)) for shape, u, s, yaw in found]


class StreetScenes:
    """A data set of independent street scenes; the same seed gives the same bytes."""

    label_set = LABEL_SETS['camvid']

    def __init__(self, seed: int, length: int, height: int = 360, width: int = 480):
        """Describe a data set of a length; scenes are rendered when they are asked for."""
        self._seed, self._length, self._size = int(seed), int(length), (height, width)

    def __len__(self) -> int:
        """Return how many scenes there are."""
        return self._length

    def __getitem__(self, index: int) -> Sample:
        """Render scene ``index``."""
        if not 0 <= index < self._length:
            raise IndexError('scene {} of {}'.format(index, self._length))
        seed = int(np.random.RandomState([self._seed, index]).randint(1 << 31))
        return StreetScene(seed, *self._size).frame(0)._replace(stamp=None)


def rendered_split(root: None, split: str) -> StreetScenes:
    """
    Return the scenes of 'train' or 'val', other streets in each.

    :param root: not looked at; other datasets are read from a folder
    :raises SceneError: if there is no such split
    """
    if split not in SPLITS:
        raise SceneError('street scenes have no split {!r}: choose from {}'.format(
            split, ', '.join(SPLITS)))
    return StreetScenes(*SPLITS[split])


def _near_end(thing) -> float:
    return getattr(thing, 'start', None) if hasattr(thing, 'start') else thing.s


def _far_end(thing) -> float:
    return thing.end if hasattr(thing, 'end') else thing.s


def _paint_post(view: View, post: scene_layout.Post):
    place = view.spot(post.u, post.s, KERB)
    if 2.0 < place[2] < 105.0 and view.sees(place, 2.0):
        scene_objects.draw_post(view.canvas, view.light, post.kind, place,
                                -float(np.sign(post.u)), post.look)


def _paint_parked(view: View, parked: scene_layout.Parked):
    place = view.spot(parked.u, parked.s)
    if view.sees(place, 5.0):
        scene_cars.draw_vehicle(view.canvas, view.light, parked.vehicle, place,
                                view.yaw(parked.yaw, parked.s))


def _paint_moment(view: View, moment: _Moment):
    mover = moment.mover
    kerb = KERB if mover.kind == 'pedestrian' else 0.0
    place = view.spot(mover.u, moment.s, kerb)
    yaw = view.yaw(mover.yaw, moment.s)
    if place[2] < 2.5 or not view.sees(place, 6.0):
        return
    if mover.kind == 'vehicle':
        scene_cars.draw_vehicle(view.canvas, view.light, mover.look, place, yaw)
    elif mover.kind == 'pedestrian':
        scene_objects.draw_pedestrian(view.canvas, view.light, mover.look, place, yaw,
                                      mover.phase + 4.2 * mover.speed * moment.time)
    else:
        scene_objects.draw_bicyclist(view.canvas, view.light, mover.look, place, yaw,
                                     mover.phase + 1.6 * mover.speed * moment.time)


_PAINTERS = {
    _Moment: _paint_moment,
    scene_layout.Fence: scene_houses.draw_fence,
    scene_layout.House: scene_houses.draw_house,
    scene_layout.Parked: _paint_parked,
    scene_layout.Plant: scene_houses.draw_plant,
    scene_layout.Post: _paint_post,
}  # type: dict
