# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The pipeline to compare with computes the same as ours."""

import numpy as np
import pytest

from lsnet_ros.models.folder import read_model
from lsnet_ros.segmenter import Segmenter
from lsnet_ros.speed.plain import PlainPipeline

torch = pytest.importorskip('torch')


def test_its_blocks_are_convolution_batch_norm_and_relu(tiny_model):
    from lsnet_ros.networks.lps_blocks import PlainBlock
    network = PlainPipeline(read_model(tiny_model))._network
    blocks = [block for path in network.paths for stage in path for block in stage]
    assert len(blocks) == 10 and all(type(block) is PlainBlock for block in blocks)
    assert not network.training


def test_it_gives_the_class_ids_of_the_segmenter(tiny_model, frame):
    model = read_model(tiny_model)
    image = np.ascontiguousarray(frame[:90, :120])
    class_ids = PlainPipeline(model).segment(image)
    assert (class_ids.shape, class_ids.dtype) == ((90, 120), np.uint8)
    # Not all: images that are resampled from 8 bits are rounded otherwise than float ones.
    assert (class_ids == Segmenter(model, 'torch').segment(image).class_ids).mean() > 0.99


def test_a_network_without_blocks_is_taken_as_it_is(tmp_path):
    from lsnet_ros.labels.label_sets import label_set
    from lsnet_ros.models.export import save_model, TrainedModel
    from lsnet_ros.networks import build_network
    from lsnet_ros.stages.preprocessing import InputSpec
    network = build_network('lsnet', 11, depth=(1, 1)).eval()
    model = save_model(tmp_path / 'ls', TrainedModel(
        'ls', 'lsnet', {'depth': [1, 1]}, network, label_set('camvid'),
        InputSpec(48, 64, ((48, 64),)), {}, {}))
    image = np.random.RandomState(1).randint(0, 256, (48, 64, 3), dtype=np.uint8)
    expected = Segmenter(model, 'onnx').segment(image).class_ids
    assert (PlainPipeline(model).segment(image) == expected).mean() > 0.99
