# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Rendered street scenes with exact labels: any number, any size, from a seed.

A scene is a drive along an endless street, seen by a dash camera, with the eleven classes of
CamVid. Every frame is a pure function of the seed, the size and the frame's index, so tests and
demonstrations need no download. The labels are exact because each drawing writes colour and
label at once.
"""

from typing import List, NamedTuple, Tuple

import cv2
import numpy as np

from lsnet_ros.errors import LsnetError
from lsnet_ros.frames import Frame
from lsnet_ros.labels.label_sets import LABEL_SETS
from lsnet_ros.scenes import cars, ground, houses, layout, objects, shade
from lsnet_ros.scenes.canvas import Camera, Canvas, OVERSAMPLING
from lsnet_ros.scenes.light import Light
from lsnet_ros.scenes.view import KERB, View

REACH = 165.0  # m ahead of the camera in which things are drawn
SMALLEST = 32  # px, smallest height and width of a frame
SPLITS = {'train': (1, 300), 'val': (2, 30)}  # seed and number of scenes


class SceneError(LsnetError, ValueError):
    """The seed, the size or the split of a scene is invalid."""


class _Moment(NamedTuple):
    """A moving thing's place along the road at a time."""

    mover: layout.Mover
    s: float     # m
    time: float  # s


class StreetScene:
    """A drive along one street, in one light."""

    def __init__(self, seed: int, height: int = 360, width: int = 480):
        """
        Choose the street, the light, the camera and the moving things of the drive.

        :param seed: 0 to 2**32 - 1
        :param height: of the frames, px
        :param width: of the frames, px
        :raises SceneError: if the seed or the size is out of range
        """
        if min(height, width) < SMALLEST or not 0 <= seed < 2 ** 32:
            raise SceneError('found seed {} and size {}x{} (WxH), expected a seed of 0 to '
                             '2**32 - 1 and sides of at least {} px: choose others'.format(
                                 seed, width, height, SMALLEST))
        self.seed, self.height, self.width = int(seed), int(height), int(width)
        rng = np.random.RandomState([self.seed, 1])
        self._light = Light(rng)
        self._style = layout.choose_style(rng)
        amplitude = rng.choice([0.0, 1.0, 2.4], p=[0.4, 0.35, 0.25]) * rng.uniform(0.5, 1.5, 2)
        self._bends = np.stack([amplitude, rng.uniform([18, 45], [40, 80]),
                                rng.uniform(0, 2 * np.pi, 2)], axis=1)
        self._start, self._speed = rng.uniform(0, 1000), rng.uniform(6.0, 11.0)
        self._u = -layout.lane_center(self._style) + rng.uniform(-0.2, 0.2)
        self._marks = int(rng.randint(1 << 16))
        self._lens = rng.uniform([0.92, 0.49, 0.46, 1.2], [1.15, 0.56, 0.54, 1.5])
        self._mirrored = bool(rng.rand() < 0.5)  # whether traffic keeps to the left
        self._movers = layout.choose_movers(self._style, rng, self._speed, REACH)

    def frame(self, index: int, rate: float = 10.0) -> Frame:
        """
        Render one frame of the drive and its target.

        :param index: of the frame; 0 is the start of the drive
        :param rate: frames per second
        """
        time = index / rate
        rng = np.random.RandomState([self.seed, 2, index % (1 << 32)])
        view = self._view(time)
        view.light.paint_sky(view.canvas, view.heading)
        houses.draw_skyline(view, self.seed)
        things = self._list_things(view.s)
        moments = self._move(view, time)
        ground.paint_ground(view, things)
        shade.shade_ground(view, things, _list_vehicles(view, things, moments),
                           [view.spot(m.mover.u, m.s) for m in moments
                            if m.mover.kind != 'vehicle'])
        everything = [(_far_end(thing), i, thing) for i, thing in
                      enumerate(things + moments) if type(thing) in _DRAWERS]
        for _, _, thing in sorted(everything, key=lambda item: (-item[0], item[1])):
            _DRAWERS[type(thing)](view, thing)
        image, target = view.canvas.shrink()
        if self._mirrored:
            image, target = cv2.flip(image, 1), cv2.flip(target, 1)
        image = view.light.develop(image, rng)
        return Frame('street-scene-{}-{:06d}'.format(self.seed, index), image,
                     target, round(time * 10**9))

    def intrinsics(self) -> Tuple[float, float, float]:
        """
        Return focal length, and column and row of the principal point, all in px.

        The row is a mean: the car's swaying moves it by about a pixel.
        """
        focal, horizon, center, _ = self._lens
        center = 1 - center if self._mirrored else center
        return focal * self.width, center * self.width, horizon * self.height

    def _view(self, time: float) -> View:
        """Return the view of the camera at a time in s, with an empty canvas."""
        focal, horizon, center, eye = self._lens
        bob = 0.0016 * np.sin(7.3 * time) + 0.0012 * np.sin(4.1 * time + 1)
        size = OVERSAMPLING * self.height, OVERSAMPLING * self.width
        camera = Camera(size[0], size[1], focal * size[1], (horizon + bob) * size[0],
                        center * size[1], eye)
        return View(Canvas(camera), self._light, self._bends,
                    (self._u, self._start + self._speed * time), self._style,
                    self._marks)

    def _list_things(self, s: float) -> List:
        """List the fixed things within reach of the camera at s."""
        first, last = int(s // layout.CELL), int((s + REACH) // layout.CELL)
        return [thing for index in range(first, last + 1)
                for thing in layout.choose_cell(self._style, self.seed, index)
                if _far_end(thing) > s and _near_end(thing) < s + REACH]

    def _move(self, view: View, time: float) -> List[_Moment]:
        """Move the moving things; one that leaves the view starts again at its far end."""
        found = []
        for mover in self._movers:
            ahead = mover.s + (mover.speed - self._speed) * time
            reach = REACH if mover.kind == 'vehicle' else 110.0
            s = view.s - 5 + (ahead + 5) % (reach + 5)
            found.append(_Moment(mover, float(s), time))
        return found


def _list_vehicles(view: View, things: List, moments: List[_Moment]) -> List[Tuple]:
    """List shape, place (3,) m and yaw in radians of all vehicles, parked and moving."""
    found = [(thing.vehicle.shape, thing.u, thing.s, thing.yaw) for thing in things
             if isinstance(thing, layout.Parked)]
    found += [(m.mover.look.shape, m.mover.u, m.s, m.mover.yaw) for m in moments
              if m.mover.kind == 'vehicle']
    return [(shape, view.spot(u, s), view.yaw(yaw, s)) for shape, u, s, yaw in found]


class StreetScenes:
    """A dataset of independent street scenes; the same seed gives the same bytes."""

    label_set = LABEL_SETS['camvid']

    def __init__(self, seed: int, length: int, height: int = 360, width: int = 480):
        """
        Define the dataset; each access to a scene renders it.

        :param seed: of the dataset
        :param length: number of scenes
        :param height: of the frames, px
        :param width: of the frames, px
        """
        self._seed, self._length, self._size = int(seed), int(length), (height, width)

    def __len__(self) -> int:
        """Return the number of scenes."""
        return self._length

    def __getitem__(self, index: int) -> Frame:
        """Render scene ``index``."""
        if not 0 <= index < self._length:
            raise IndexError('scene {} of {}'.format(index, self._length))
        seed = int(np.random.RandomState([self._seed, index]).randint(1 << 31))
        return StreetScene(seed, *self._size).frame(0)._replace(stamp_ns=None)


def open_split(root: None, split: str) -> StreetScenes:
    """
    Return the scenes of 'train' or 'val', with different streets.

    :param root: ignored; other datasets are read from a folder
    :raises SceneError: if there is no such split
    """
    if split not in SPLITS:
        raise SceneError('street scenes have no split {!r}: choose from {}'.format(
            split, ', '.join(SPLITS)))
    return StreetScenes(*SPLITS[split])


def _near_end(thing) -> float:
    return thing.start if hasattr(thing, 'start') else thing.s


def _far_end(thing) -> float:
    return thing.end if hasattr(thing, 'end') else thing.s


def _draw_post(view: View, post: layout.Post):
    place = view.spot(post.u, post.s, KERB)
    if 2.0 < place[2] < 105.0 and view.sees(place, 2.0):
        objects.draw_post(view.canvas, view.light, post.kind, place, -float(np.sign(post.u)),
                          post.look)


def _draw_parked(view: View, parked: layout.Parked):
    place = view.spot(parked.u, parked.s)
    if view.sees(place, 5.0):
        cars.draw_vehicle(view.canvas, view.light, parked.vehicle, place,
                          view.yaw(parked.yaw, parked.s))


def _draw_mover(view: View, moment: _Moment):
    mover = moment.mover
    kerb = KERB if mover.kind == 'pedestrian' else 0.0
    place = view.spot(mover.u, moment.s, kerb)
    yaw = view.yaw(mover.yaw, moment.s)
    if place[2] < 2.5 or not view.sees(place, 6.0):
        return
    if mover.kind == 'vehicle':
        cars.draw_vehicle(view.canvas, view.light, mover.look, place, yaw)
    elif mover.kind == 'pedestrian':
        objects.draw_pedestrian(view.canvas, view.light, mover.look, place, yaw,
                                mover.phase + 4.2 * mover.speed * moment.time)
    else:
        objects.draw_bicyclist(view.canvas, view.light, mover.look, place, yaw,
                               mover.phase + 1.6 * mover.speed * moment.time)


_DRAWERS = {
    _Moment: _draw_mover,
    layout.Fence: houses.draw_fence,
    layout.House: houses.draw_house,
    layout.Parked: _draw_parked,
    layout.Plant: houses.draw_plant,
    layout.Post: _draw_post,
}  # type: dict
