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

import os

import numpy as np
import pytest

from lsnet_ros.commands.evaluate import measure
from lsnet_ros.datasets import DATASETS
from lsnet_ros.datasets.street_scene import StreetScenes
from lsnet_ros.model_files import list_models, read_model
from lsnet_ros.segmenter import Segmenter

MODELS = sorted(list_models())


def test_a_model_is_shipped():
    assert 'lps-net-s-camvid' in MODELS


@pytest.mark.parametrize('name', MODELS)
def test_the_files_are_those_of_the_card(name):
    model = read_model(name)  # verifies the checksums
    assert model.name == name
    assert {'command', 'data', 'iterations', 'epochs', 'hours', 'hardware'} <= set(
        model.card['training'])


@pytest.mark.parametrize('name', MODELS)
def test_both_backends_give_the_same_classes(name):
    pytest.importorskip('torch')
    model = read_model(name)
    onnx, torch = (Segmenter(model, backend) for backend in ('onnx', 'torch'))
    scenes = StreetScenes(5, 3, 360, 480)
    same = [np.mean(onnx.segment(scenes[i].image).class_ids
                    == torch.segment(scenes[i].image).class_ids) for i in range(3)]
    assert np.mean(same) >= 0.9995


@pytest.mark.skipif('LSNET_CAMVID' not in os.environ, reason='LSNET_CAMVID is not set')
@pytest.mark.parametrize('name', [name for name in MODELS if name.endswith('-camvid')])
def test_the_card_tells_the_accuracy(name):
    model = read_model(name)
    dataset = DATASETS['camvid'](os.environ['LSNET_CAMVID'], 'val')
    report = measure(Segmenter(model, 'onnx'), dataset).report(model.label_set.class_names)
    on_card = model.card['metrics']['camvid-val']
    assert report['frames'] == on_card['frames'] == 101
    assert report['miou'] == pytest.approx(on_card['miou'], abs=1e-4)
    assert report['iou'] == pytest.approx(on_card['iou'], abs=1e-3)
    assert report['miou'] >= 0.45
