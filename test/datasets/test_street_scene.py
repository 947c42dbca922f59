# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import hashlib
import subprocess
import sys

import numpy as np
import pytest

from lsnet_ros.datasets import DATASETS, LABEL_SET_NAMES
from lsnet_ros.datasets.street_scene import SceneError, StreetScene, StreetScenes
from lsnet_ros.labels.label_sets import LABEL_SETS

SKY, ROAD = 0, 3
SHA_PROGRAM = """
import hashlib
from lsnet_ros.datasets.street_scene import StreetScene
for sample in (StreetScene(11, 72, 96).frame(0), StreetScene(11, 72, 96).frame(17)):
    print(hashlib.sha256(sample.image.tobytes() + sample.target.tobytes()).hexdigest())
"""
# Bounds on the share of each class in the pixels of 50 scenes, percent, around CamVid's own.
BOUNDS = {'sky': (9, 26), 'building': (14, 32), 'pole': (0.4, 2), 'road': (24, 38),
          'pavement': (3, 9), 'tree': (6, 18), 'sign': (0.4, 2), 'fence': (0.6, 3),
          'car': (2.5, 9), 'pedestrian': (0.2, 1.5), 'bicyclist': (0.2, 1.5)}


@pytest.fixture(scope='module')
def fifty():
    scenes = StreetScenes(seed=0, length=50, height=90, width=120)
    return [scenes[i] for i in range(len(scenes))]


def sha(sample):
    return hashlib.sha256(sample.image.tobytes() + sample.target.tobytes()).hexdigest()


def test_another_process_renders_the_same_bytes():
    drive = StreetScene(11, 72, 96)
    here = [sha(drive.frame(0)), sha(drive.frame(17))]
    there = subprocess.run([sys.executable, '-c', SHA_PROGRAM], stdout=subprocess.PIPE,
                           check=True).stdout.decode().split()
    assert there == here


def test_a_frame_does_not_depend_on_the_frames_before_it():
    drive = StreetScene(4, 72, 96)
    for index in (0, 3, 30):
        drive.frame(index)
    assert sha(drive.frame(9)) == sha(StreetScene(4, 72, 96).frame(9))


def test_global_random_state_is_neither_used_nor_changed():
    np.random.seed(1)
    first = sha(StreetScenes(2, 3, 72, 96)[1])
    after = np.random.rand()
    np.random.seed(1)
    assert after == np.random.rand()
    np.random.seed(99)
    assert sha(StreetScenes(2, 3, 72, 96)[1]) == first


def test_other_seeds_and_other_scenes_differ():
    pictures = {sha(StreetScenes(seed, 5, 72, 96)[i]) for seed in (1, 2) for i in range(5)}
    assert len(pictures) == 10


@pytest.mark.parametrize('height, width', [(360, 480), (91, 121), (256, 512)])
def test_sizes_and_types_are_honoured(height, width):
    sample = StreetScenes(3, 1, height, width)[0]
    assert sample.image.shape == (height, width, 3) and sample.image.dtype == np.uint8
    assert sample.target.shape == (height, width) and sample.target.dtype == np.uint8
    assert sample.image.flags.c_contiguous and sample.target.flags.c_contiguous


def test_the_size_changes_the_resolution_not_the_scene():
    small, large = (StreetScene(6, height, height * 4 // 3).frame(0).target
                    for height in (120, 360))
    assert (small == large[1::3, 1::3]).mean() > 0.93


def test_labels_are_classes_or_ignored(fifty):
    found = set(np.unique([sample.target for sample in fifty]))
    assert found <= set(range(11)) | {255}


def test_every_class_appears_within_eight_scenes(fifty):
    assert set(np.unique([sample.target for sample in fifty[:8]])) >= set(range(11))


def test_shares_of_the_classes_are_those_of_a_street(fifty):
    counts = np.bincount(np.ravel([sample.target for sample in fifty]), minlength=256)
    shares = dict(zip(BOUNDS, 100 * counts / counts.sum()))
    outside = {name: share for name, share in shares.items()
               if not BOUNDS[name][0] <= share <= BOUNDS[name][1]}
    assert not outside


def test_sky_is_above_road(fifty):
    rows = np.arange(90)[:, None] * np.ones((1, 120))
    for sample in fifty:
        road, sky = rows[sample.target == ROAD], rows[sample.target == SKY]
        assert road.min() > 30 and road.mean() > 55
        assert sky.size == 0 or sky.mean() < road.mean() - 20


def test_labels_lie_on_the_things_that_they_name(fifty):
    # The sky is brighter than the road wherever both are visible.
    brighter = [sample.image[sample.target == SKY].mean() >
                sample.image[sample.target == ROAD].mean() + 25
                for sample in fifty if (sample.target == SKY).sum() > 50]
    assert np.mean(brighter) > 0.9


def test_edges_of_the_picture_coincide_with_edges_of_the_labels():
    gains = []
    for seed in range(4):
        sample = StreetScene(seed, 180, 240).frame(0)
        gray = sample.image.mean(axis=2)
        step = np.abs(np.diff(gray, axis=1))
        edge = np.diff(sample.target.astype(int), axis=1) != 0
        gains.append(step[edge].mean() / step[~edge].mean())
        shifted = np.roll(edge, 6, axis=1)
        assert step[edge].mean() > step[shifted & ~edge].mean()
    assert min(gains) > 2


def test_frames_of_a_drive_move_and_their_labels_with_them():
    drive = StreetScene(8, 90, 120)
    frames = [drive.frame(index) for index in range(4)]
    for before, after in zip(frames[:-1], frames[1:]):
        changed = (before.target != after.target).mean()
        assert 0.002 < changed < 0.35
        assert (before.image != after.image).any(axis=2).mean() > 0.3


def test_rate_sets_the_time_between_frames():
    drive = StreetScene(8, 72, 96)
    assert [drive.frame(i, rate=20.0).stamp_ns for i in (0, 1, 40)] == [
        0, 50000000, 2000000000]
    assert np.array_equal(drive.frame(10, rate=20.0).target, drive.frame(5, rate=10.0).target)


def test_a_drive_does_not_end():
    sample = StreetScene(8, 72, 96).frame(36000)
    assert (sample.target == ROAD).mean() > 0.1


def test_still_scenes_have_no_stamp_and_an_end():
    scenes = StreetScenes(1, 3, 72, 96)
    assert len(scenes) == 3 and scenes[2].stamp_ns is None
    assert len(list(scenes)) == 3
    with pytest.raises(IndexError):
        scenes[3]


@pytest.mark.parametrize('seed, height, width', [(-1, 72, 96), (2 ** 32, 72, 96), (0, 0, 96)])
def test_what_cannot_be_rendered_is_refused(seed, height, width):
    with pytest.raises(SceneError, match='choose others'):
        StreetScene(seed, height, width)


def test_each_split_has_other_streets_and_there_are_two():
    train, val = DATASETS['street-scenes'](None, 'train'), DATASETS['street-scenes'](None, 'val')
    assert (len(train), len(val)) == (300, 30)
    assert train.label_set is val.label_set is LABEL_SETS[LABEL_SET_NAMES['street-scenes']]
    assert sha(train[0]) != sha(val[0])
    with pytest.raises(SceneError, match="no split 'test': choose from train, val"):
        DATASETS['street-scenes'](None, 'test')
