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
"""Frames to calibrate a build with, and others to check what came of it."""

from pathlib import Path
from typing import Iterator, List, Optional, Sequence, Tuple

from lsnet_ros.datasets.street_scene import StreetScene
from lsnet_ros.engines.runtime import EngineError
from lsnet_ros.image_files import read_rgb
from lsnet_ros.preprocessing import InputSpec, Preprocessor
import numpy as np

GATE_FRAMES = 4
SEEDS = (11, 12, 13, 14)       # of the scenes that are rendered for the gate
SCENE_SIZE = (360, 480)        # px; larger ones take a Jetson minutes
SUFFIXES = ('.png', '.jpg', '.jpeg', '.bmp', '.ppm')
CALIBRATION_FRAMES = (16, 512)  # at least, at most

Inputs = Tuple[np.ndarray, ...]  # (N, 3, h, w) float32 for each size that the network reads


def gate_frames(folder: Optional[Path], but: Sequence[Path] = ()) -> Tuple[List[np.ndarray], str]:
    """
    Return frames that a build did not see, (H, W, 3) uint8 RGB, and what they are.

    :param folder: of the user's own; by default street scenes are rendered
    :param but: image files that the build saw
    :raises EngineError: if there are too few
    """
    if folder is None:
        return ([StreetScene(seed, *SCENE_SIZE).frame(0).image for seed in SEEDS],
                'rendered street scenes')
    seen = {path.resolve() for path in but}
    paths = [path for path in image_paths(folder) if path.resolve() not in seen]
    if len(paths) < GATE_FRAMES:
        raise EngineError('{} has {} images that were not calibrated on, expected at least {}: '
                          'give a folder with more'.format(folder, len(paths), GATE_FRAMES))
    return [_read(path) for path in _spread(paths, GATE_FRAMES)], str(folder)


def calibration_paths(folder: Path) -> List[Path]:
    """
    Return the images of a folder to calibrate on.

    :raises EngineError: if there are too few
    """
    least, most = CALIBRATION_FRAMES
    paths = image_paths(folder)
    if len(paths) < least:
        raise EngineError('{} has {} images, expected at least {} to calibrate INT8 with: give '
                          'frames of the camera'.format(folder, len(paths), least))
    return _spread(paths, most)


def image_paths(folder: Path) -> List[Path]:
    """
    Return the images directly in a folder, by name.

    :raises EngineError: if it cannot be read
    """
    try:
        return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    except OSError as error:
        raise EngineError('{} cannot be read ({}): give a folder of images'.format(
            folder, error.strerror)) from error


def batches(paths: Sequence[Path], spec: InputSpec, batch: int) -> Iterator[Inputs]:
    """Yield what a network reads of images, ``batch`` at a time; the last ones may be left out."""
    prepare = Preprocessor(spec)
    for start in range(0, len(paths) - batch + 1, batch):
        yield stacked([prepared(prepare, _read(path)) for path in paths[start:start + batch]])


def prepared(prepare: Preprocessor, frame: np.ndarray) -> Inputs:
    """Return what a network reads of one frame, to be kept."""
    return tuple(x.copy() for x in prepare(frame))


def stacked(inputs: Sequence[Inputs]) -> Inputs:
    """Return what a network reads of several frames at a time."""
    return tuple(np.concatenate(parts) for parts in zip(*inputs))


def _read(path: Path) -> np.ndarray:
    try:
        image = read_rgb(path)
    except OSError as error:
        raise EngineError('{} cannot be read ({})'.format(path, error.strerror)) from error
    if image is None:
        raise EngineError('{} is no whole image: take it out of the folder'.format(path))
    return image


def _spread(paths: List[Path], most: int) -> List[Path]:
    """Return at most so many paths, evenly spread: neighbours of a drive look alike."""
    if len(paths) <= most:
        return paths
    return [paths[int(index)] for index in np.linspace(0, len(paths) - 1, most)]
