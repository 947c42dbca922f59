# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Robustness: one mIoU for each corruption and strength, and their mean."""

import pytest

from lsnet_ros.datasets.corruptions import Corrupted, CORRUPTIONS
from lsnet_ros.datasets.street_scene import StreetScenes
from lsnet_ros.evaluation.measure import measure
from lsnet_ros.evaluation.robustness import measure_robustness
from lsnet_ros.models.folder import read_model
from lsnet_ros.segmenter import Segmenter


def quiet(items, total, unit):
    return items


def test_every_corruption_is_measured_at_three_strengths(tiny_model):
    segmenter, scenes = Segmenter(read_model(tiny_model), 'onnx'), StreetScenes(0, 2, 90, 120)
    robustness = measure_robustness(segmenter, scenes, quiet)
    assert list(robustness.miou) == list(CORRUPTIONS)
    assert {len(row) for row in robustness.miou.values()} == {3}
    assert robustness.miou['blur'][2] == measure(
        segmenter, Corrupted(scenes, 'blur', 1.0), quiet).miou()
    values = [value for row in robustness.miou.values() for value in row]
    assert robustness.mean_miou == pytest.approx(sum(values) / 18)
    assert robustness.as_json()['strengths'] == [0.333, 0.667, 1.0]
