# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Play frames through real nodes: prepare the frames, play one round, read its files."""

import contextlib
import hashlib
import itertools
from pathlib import Path
import time
from typing import NamedTuple, Tuple

import cv2
import numpy as np

from lsnet_ros import sources
from lsnet_ros.benchmark_ros.rounds import Round
from lsnet_ros.errors import LsnetError
from lsnet_ros.latency.run_files import count_frames, FRAMES, read_run
from lsnet_ros.launching.processes import running, RunningNode, wait_until
from lsnet_ros.limits.bounds import RECORD_FILE
from lsnet_ros.limits.json_text import parse_json_object
from lsnet_ros.limits.regular_files import read_bytes

PLAYBACK = 'playback.json'
SETTLE_S = 1.0       # for the last masks to arrive
SUBSCRIBERS = 2      # of the images: segmentation_node, once it is ready, and latency_node
FAST_PNG = [cv2.IMWRITE_PNG_COMPRESSION, 1]


class FramesError(LsnetError, OSError):
    """The frames cannot be written."""


class PreparedFrames(NamedTuple):
    """Frames that every round plays in turn."""

    folder: Path
    num_frames: int
    sizes: Tuple[Tuple[int, int], ...]  # (height, width) of each, px
    sha256: str                         # of all their pixels


def write_frames(text: str, image_topic: str, size: Tuple[int, int], count: int,
                 folder: Path) -> PreparedFrames:
    """
    Write the first frames of a source as images, so that no round waits for the source.

    :param text: the source, see ``sources.open_source``
    :param image_topic: topic of a bag
    :param size: (height, width) of rendered scenes, px
    :raises SourceError: if the source cannot be read
    :raises FramesError: if an image cannot be written
    """
    source = sources.open_source(text, sources.SourceOptions(
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
    return PreparedFrames(folder, len(sizes), tuple(sizes), digest.hexdigest())


class RoundSettings(NamedTuple):
    """Settings of one round."""

    rate: float        # Hz
    duration_s: float  # after the warm-up
    warm_up: int       # masks before the measured part


def play_round(node: RunningNode, frames: PreparedFrames, settings: RoundSettings,
               folder: Path) -> Round:
    """
    Play frames at one rate and measure the latency of the node under test.

    :param node: the segmentation node
    :param folder: for the files of the round; created if missing
    :raises NodeError: if a node fails, or no mask arrives within a minute
    """
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):  # of an earlier round
        (folder / FRAMES).unlink()
    with running(folder, 'latency_node', latency_folder=folder.resolve(),
                 warm_up=settings.warm_up) as latency:
        with running(folder, 'playback_node', source=frames.folder.resolve(),
                     rate=float(settings.rate), prepared=frames.num_frames,
                     subscribers=SUBSCRIBERS,
                     playback_report=(folder / PLAYBACK).resolve()) as playback:
            nodes = (node, latency, playback)
            wait_until(lambda: count_frames(folder) > 0, nodes)
            ended = time.monotonic() + settings.duration_s
            wait_until(lambda: time.monotonic() >= ended, nodes)
        time.sleep(SETTLE_S)
    return read_round(settings.rate, folder)


def read_round(rate: float, folder: Path) -> Round:
    """
    Return a round from its files.

    The stamps of the frames sent are those of playback_node: a frame that is lost on its way to
    every subscriber is known to it alone.

    :raises RunError: if the folder holds no run
    """
    run = read_run(folder)
    playback = parse_json_object(read_bytes(folder / PLAYBACK, RECORD_FILE))
    answered = run.frames['stamp_ns'][run.frames['warm_up'] == 0]
    sent = np.array(playback['stamps_ns'], np.float64)  # as rounded in read_run
    sent = sent[(sent >= answered.min()) & (sent <= answered.max())]
    return Round(rate, folder.name, run.report, playback['rate_hz'], len(sent), len(answered))
