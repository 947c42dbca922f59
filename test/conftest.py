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
"""What many tests need: a small model folder, and frames to show it."""

import cv2
from hypothesis import settings
from lsnet_ros.labels import label_set
from lsnet_ros.preprocessing import InputSpec
import numpy as np
import pytest

TINY_HEIGHT, TINY_WIDTH = 90, 120  # px

# A machine that is busy with something else is no mistake of what is tested.
settings.register_profile('any machine', deadline=None)
settings.load_profile('any machine')


def save_tiny_model(folder, labels):
    """Write a model of LPS-Net 0 with random weights; many of its classes win somewhere."""
    torch = pytest.importorskip('torch')
    from lsnet_ros.export import save_model
    from lsnet_ros.networks import build_network
    config = {'num_classes': labels.num_classes, 'ratios': ['1', '1/4'],
              'block': 'reparameterised'}
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(4)
        network = build_network('lps-net-0', **config).eval()
        for module in network.modules():
            if isinstance(module, torch.nn.Conv2d):
                torch.nn.init.kaiming_normal_(module.weight)
        image = torch.nn.functional.interpolate(torch.randn(1, 3, 9, 12), scale_factor=10)
        spread, mean = torch.std_mean(network(image), (0, 2, 3))
        network.classifier.weight /= spread.reshape(-1, 1, 1, 1)
        network.classifier.bias.copy_((network.classifier.bias - mean) / spread)
    spec = InputSpec(TINY_HEIGHT, TINY_WIDTH, tuple(network.input_sizes(TINY_HEIGHT, TINY_WIDTH)))
    save_model(folder, 'tiny', 'lps-net-0', config, network, labels, spec,
               {'command': 'drawn at random'}, {})
    return folder


@pytest.fixture(scope='session')
def tiny_model(tmp_path_factory):
    """
    Folder of a complete model that runs in milliseconds: two paths, 120x90, CamVid's classes.

    Not to be written to: copy it first.
    """
    return save_tiny_model(tmp_path_factory.mktemp('models') / 'tiny', label_set('camvid'))


@pytest.fixture(scope='session')
def tiny_cityscapes_model(tmp_path_factory):
    """Return the folder of such a model with Cityscapes' classes."""
    return save_tiny_model(tmp_path_factory.mktemp('models') / 'tiny', label_set('cityscapes'))


@pytest.fixture
def official_cityscapes_scores(tmp_path_factory, monkeypatch):
    """Return what gives the official evaluation of images (H, W) of Cityscapes' own label ids."""
    script = pytest.importorskip('cityscapesscripts.evaluation.evalPixelLevelSemanticLabeling')
    for setting in ('evalInstLevelScore', 'JSONOutput'):
        monkeypatch.setattr(script.args, setting, False)
    monkeypatch.setattr(script.args, 'quiet', True)

    def scores(truths, predictions):
        folder = tmp_path_factory.mktemp('official')
        paths = {}
        for kind, images in (('truth', truths), ('prediction', predictions)):
            paths[kind] = [str(folder / '{}{}.png'.format(kind, i)) for i in range(len(images))]
            for path, image in zip(paths[kind], images):
                assert cv2.imwrite(path, np.asarray(image, np.uint8))
        return script.evaluateImgLists(paths['prediction'], paths['truth'], script.args)
    return scores


@pytest.fixture(scope='session')
def frame():
    """(360, 480, 3) uint8 RGB: smooth shapes with noise, as a camera gives them."""
    rng = np.random.RandomState(0)
    rows, columns = np.mgrid[:360, :480]
    waves = [128 + 90 * np.sin(rows / period + phase) * np.cos(columns / (2 * period))
             for period, phase in ((31, 0.), (17, 1.), (53, 2.))]
    return np.clip(np.stack(waves, -1) + rng.normal(0, 6, (360, 480, 3)), 0, 255).astype(np.uint8)
