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
"""Frames through real nodes: what to show, and one round of showing it."""

import contextlib
import hashlib
import itertools
import json
from pathlib import Path
import time
from typing import NamedTuple, Tuple

import cv2
import numpy as np

from lsnet_ros.benchmark_ros.rounds import Round
from lsnet_ros.errors import LsnetError
from lsnet_ros.latency_files import count_frames, FRAMES, read_run
from lsnet_ros.nodes import sources
from lsnet_ros.nodes.processes import running, RunningNode, wait_until

PLAYBACK = 'playback.json'
SETTLE_S = 1.0       # that the last masks are given to arrive
SUBSCRIBERS = 2      # of the frames: segmentation_node, once it is ready, and latency_node
FAST_PNG = [cv2.IMWRITE_PNG_COMPRESSION, 1]


class FramesError(LsnetError, OSError):
    """The frames cannot be written."""


class Shown(NamedTuple):
    """The frames that every round shows in turn."""

    folder: Path
    count: int
    sizes: Tuple[Tuple[int, int], ...]  # (height, width) of each, px
    sha256: str                         # of all their pixels


def write_frames(text: str, image_topic: str, size: Tuple[int, int], count: int,
                 folder: Path) -> Shown:
    """
    Write the first frames of a source as images, so that no round waits for it.

    :param text: a source as ``sources.open_source`` takes it
    :param image_topic: of a bag
    :param size: (height, width) of rendered scenes, px
    :raises SourceError: if nothing can be read from the source
    :raises FramesError: if an image cannot be written
    """
    source = sources.open_source(text, sources.Options(
        image_topic, height=size[0], width=size[1]))
    folder.mkdir(parents=True, exist_ok=True)
    digest, sizes = hashlib.sha256(), []
    for index, frame in enumerate(itertools.islice(source.frames, count)):
        path = folder / '{:04d}.png'.format(index)
        if not cv2.imwrite(str(path), cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR), FAST_PNG):
            raise FramesError('{} cannot be written: check the disk and give another '
                              '--output'.format(path))
        digest.update(frame.image.tobytes())
        sizes.append(frame.image.shape[:2])
    return Shown(folder, len(sizes), tuple(sizes), digest.hexdigest())


def play_round(node: RunningNode, shown: Shown, rate: float, duration_s: float, warm_up: int,
               folder: Path) -> Round:
    """
    Show frames at one rate and take the time of what the node under test makes of them.

    :param node: the segmentation node
    :param duration_s: how long to go on after the warm-up
    :param warm_up: masks to leave out
    :param folder: for the files of the round; made if it is not there
    :raises NodeError: if a node fails, or no mask arrives for a while
    """
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):  # of another round: this one has not begun
        (folder / FRAMES).unlink()
    with running(folder, 'latency_node', latency_folder=folder.resolve(),
                 warm_up=warm_up) as latency:
        with running(folder, 'playback_node', source=shown.folder.resolve(), rate=float(rate),
                     prepared=shown.count, subscribers=SUBSCRIBERS,
                     playback_report=(folder / PLAYBACK).resolve()) as playback:
            nodes = (node, latency, playback)
            wait_until(lambda: count_frames(folder) > 0, nodes)
            ended = time.monotonic() + duration_s
            wait_until(lambda: time.monotonic() >= ended, nodes)
        time.sleep(SETTLE_S)
    return read_round(rate, folder)


def read_round(rate: float, folder: Path) -> Round:
    """
    Return what the files of a round say.

    Which frames were sent is known from playback_node: what gets lost on its way to all who listen
    nobody else has seen.

    :raises RunError: if the folder holds no run
    """
    run = read_run(folder)
    playback = json.loads((folder / PLAYBACK).read_text('utf-8'))
    answered = run.frames['stamp_ns'][run.frames['warm_up'] == 0]
    sent = np.array(playback.pop('stamps_ns'), np.float64)  # as the others are
    sent = sent[(sent >= answered.min()) & (sent <= answered.max())]
    return Round(rate, folder.name, run.report, playback, len(sent), len(answered))
