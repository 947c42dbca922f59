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
"""The pipeline to compare with computes the same as ours."""

from lsnet_ros.backends.plain import PlainPipeline
from lsnet_ros.model_files import read_model
from lsnet_ros.segmenter import Segmenter
import numpy as np
import pytest

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
    from lsnet_ros.export import save_model
    from lsnet_ros.labels import label_set
    from lsnet_ros.networks import build_network
    from lsnet_ros.preprocessing import InputSpec
    network = build_network('lsnet', 11, depth=(1, 1)).eval()
    model = save_model(tmp_path / 'ls', 'ls', 'lsnet', {'depth': [1, 1]}, network,
                       label_set('camvid'), InputSpec(48, 64, ((48, 64),)), {}, {})
    image = np.random.RandomState(1).randint(0, 256, (48, 64, 3), dtype=np.uint8)
    expected = Segmenter(model, 'onnx').segment(image).class_ids
    assert (PlainPipeline(model).segment(image) == expected).mean() > 0.99
