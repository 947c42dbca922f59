# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Pretrained encoders: the published weights, in the places where they belong."""

import importlib

import pytest
import torch

from lsnet_ros.networks import build_network
from lsnet_ros.networks.efficientnet_lite import EfficientNetLite
from lsnet_ros.stages.preprocessing import IMAGENET_MEAN, IMAGENET_STD
from lsnet_ros.training import pretrained
from lsnet_ros.training.pretrained import (
    load_encoder,
    load_pretrained,
    PRETRAINED,
    PretrainedError,
    read_pretrained,
)

NAMES = ('lite0', 'lite1', 'lite2')
SIZE = (97, 129)  # px; on sides of 32 n + 1 TensorFlow's padding is the same on both sides


def installed(name):
    return pytest.importorskip(PRETRAINED['fpn-' + name].package)


def independent_features(name, weights, x):
    """Return what the stages of another implementation give, from the finest to the coarsest."""
    module = pytest.importorskip('efficientnet_lite_pytorch')
    network = module.EfficientNet.from_name('efficientnet-' + name, image_size=list(SIZE))
    network.load_state_dict(weights)
    network.eval()
    x = network._swish(network._bn0(network._conv_stem(x)))
    features = {}
    for block in network._blocks:
        x = block(x)
        features[tuple(x.shape)] = x  # the last block of a size and width is the stage's
    return features


@pytest.mark.parametrize('name', NAMES)
def test_the_encoder_gives_what_an_independent_implementation_gives(name, monkeypatch):
    installed(name)
    monkeypatch.setattr(pretrained, '_fold_normalisation', lambda stem: None)
    weights = read_pretrained(PRETRAINED['fpn-' + name])
    encoder = EfficientNetLite(name).eval()
    load_encoder(encoder, weights)
    torch.manual_seed(0)
    x = torch.randn(1, 3, *SIZE)
    with torch.no_grad():
        expected = independent_features(name, weights, x)
        for found in encoder(x):
            torch.testing.assert_close(found, expected[tuple(found.shape)], rtol=1e-4, atol=1e-4)


def test_images_normalised_as_here_give_what_published_ones_give(monkeypatch):
    installed('lite0')
    weights = read_pretrained(PRETRAINED['fpn-lite0'])
    folded = EfficientNetLite('lite0').eval()
    load_encoder(folded, weights)
    monkeypatch.setattr(pretrained, '_fold_normalisation', lambda stem: None)
    plain = EfficientNetLite('lite0').eval()
    load_encoder(plain, weights)
    grey = torch.randint(0, 256, (1, 3, 33, 49)).float()
    ours = (grey / 255 - torch.tensor(IMAGENET_MEAN).reshape(3, 1, 1)) / torch.tensor(
        IMAGENET_STD).reshape(3, 1, 1)
    with torch.no_grad():
        expected, found = plain.stem((grey - 127) / 128), folded.stem(ours)
    inner = (slice(None), slice(None), slice(1, -1), slice(1, -1))  # away from the padding
    torch.testing.assert_close(found[inner], expected[inner], rtol=1e-4, atol=1e-4)


def test_every_weight_of_the_encoder_is_replaced():
    installed('lite0')
    torch.manual_seed(0)
    network = build_network('fpn-lite0', 5)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    load_pretrained(network)
    for name, value in network.state_dict().items():
        if not name.endswith('num_batches_tracked'):
            assert torch.equal(before[name], value) != name.startswith('encoder.'), name


def test_weights_that_lack_a_layer_are_refused():
    installed('lite0')
    weights = read_pretrained(PRETRAINED['fpn-lite0'])
    del weights['_blocks.3._bn1.running_var']
    with pytest.raises(PretrainedError, match=r'no _blocks\.3\._bn1\.running_var'):
        load_encoder(EfficientNetLite('lite0'), weights)


def test_weights_of_another_encoder_are_refused():
    installed('lite2')
    weights = read_pretrained(PRETRAINED['fpn-lite2'])
    with pytest.raises(PretrainedError, match=r'_blocks\.1\._project_conv\.weight'):
        load_encoder(EfficientNetLite('lite0'), dict(weights, **{
            '_blocks.1._project_conv.weight': torch.zeros(25, 96, 1, 1)}))


def test_a_missing_package_is_told_with_the_way_to_get_it():
    missing = PRETRAINED['fpn-lite0']._replace(package='no_such_pytorch_model')
    with pytest.raises(PretrainedError, match='no-such-pytorch-model is not installed.*make tra'):
        read_pretrained(missing)


def test_a_changed_file_is_refused():
    installed('lite0')
    changed = PRETRAINED['fpn-lite0']._replace(sha256='0' * 64)
    with pytest.raises(PretrainedError, match='has the sha256 .*, expected 000000000000'):
        read_pretrained(changed)


def test_a_package_without_the_file_is_refused(tmp_path, monkeypatch):
    (tmp_path / 'empty_model').mkdir()
    (tmp_path / 'empty_model' / '__init__.py').write_text('raise SystemExit("was imported")')
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    with pytest.raises(PretrainedError, match='cannot be read .*install the package empty-model'):
        read_pretrained(PRETRAINED['fpn-lite0']._replace(package='empty_model'))
