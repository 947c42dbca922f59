# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Frames for the calibration of a build, and others for its parity gate."""

from pathlib import Path
from typing import Iterator, List, Optional, Sequence, Tuple

import numpy as np

from lsnet_ros.datasets.street_scene import StreetScene
from lsnet_ros.engines.runtime import EngineError
from lsnet_ros.frames.image_files import ImageError, list_images, read_rgb
from lsnet_ros.frames.spread import choose_evenly
from lsnet_ros.stages.preprocessing import InputSpec, Preprocessor

GATE_FRAMES = 4
SEEDS = (11, 12, 13, 14)       # of the scenes that are rendered for the gate
SCENE_SIZE = (360, 480)        # px; larger ones take minutes on a Jetson
CALIBRATION_FRAMES = (16, 512)  # at least, at most

Inputs = Tuple[np.ndarray, ...]  # of a network, (N, 3, h, w) float32 for each input size


def read_gate_frames(folder: Optional[Path],
                     calibration: Sequence[Path] = ()) -> Tuple[List[np.ndarray], str]:
    """
    Return frames for the parity gate, which the build did not see.

    :param folder: of the user's images; None renders street scenes
    :param calibration: image files to leave out, as the build sees them
    :returns: frames (H, W, 3) uint8 RGB, and the name of their source
    :raises EngineError: if there are too few
    """
    if folder is None:
        return ([StreetScene(seed, *SCENE_SIZE).frame(0).image for seed in SEEDS],
                'rendered street scenes')
    seen = {path.resolve() for path in calibration}
    paths = [path for path in _list_images(folder) if path.resolve() not in seen]
    if len(paths) < GATE_FRAMES:
        raise EngineError('{} has {} images that were not calibrated on, expected at least {}: '
                          'give a folder with more'.format(folder, len(paths), GATE_FRAMES))
    chosen = choose_evenly(len(paths), GATE_FRAMES)
    return [_read(paths[index]) for index in chosen], str(folder)


def list_calibration(folder: Path) -> List[Path]:
    """
    Return the image files of a folder to calibrate on.

    :raises EngineError: if there are too few
    """
    least, most = CALIBRATION_FRAMES
    paths = _list_images(folder)
    if len(paths) < least:
        raise EngineError('{} has {} images, expected at least {} to calibrate INT8 with: give '
                          'frames of the camera'.format(folder, len(paths), least))
    return [paths[index] for index in choose_evenly(len(paths), most)]


def _list_images(folder: Path) -> List[Path]:
    """
    Return the image files directly in a folder, sorted by name.

    :raises EngineError: if the folder cannot be read
    """
    try:
        return list_images(folder)
    except OSError as error:
        raise EngineError('{} cannot be read ({}): give a folder of images'.format(
            folder, error.strerror)) from error


def read_batches(paths: Sequence[Path], spec: InputSpec, batch: int) -> Iterator[Inputs]:
    """Yield the inputs of ``batch`` images at a time; an incomplete last batch is dropped."""
    preprocessor = Preprocessor(spec)
    for start in range(0, len(paths) - batch + 1, batch):
        yield stack_inputs([prepare_inputs(preprocessor, _read(path))
                            for path in paths[start:start + batch]])


def prepare_inputs(preprocessor: Preprocessor, frame: np.ndarray) -> Inputs:
    """Return the inputs of one frame, in memory of their own."""
    return tuple(x.copy() for x in preprocessor(frame))


def stack_inputs(inputs: Sequence[Inputs]) -> Inputs:
    """Stack the inputs of several frames along the batch axis."""
    return tuple(np.concatenate(parts) for parts in zip(*inputs))


def _read(path: Path) -> np.ndarray:
    try:
        return read_rgb(path)
    except OSError as error:
        raise EngineError('{} cannot be read ({})'.format(path, error.strerror)) from error
    except ImageError as error:
        raise EngineError('{} {}: remove it from the folder'.format(path, error)) from error
