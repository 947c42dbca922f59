# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""A trained network as a model folder."""

import numpy as np
import pytest
import yaml

from lsnet_ros.labels.label_sets import label_set
from lsnet_ros.models.folder import read_model, read_weights
from lsnet_ros.segmenter import Segmenter
from lsnet_ros.stages.preprocessing import InputSpec, Preprocessor

torch = pytest.importorskip('torch')

SIZE = (48, 64)


def save(folder, network, name='lps-net-0', config=None):
    from lsnet_ros.models.export import save_model, TrainedModel
    spec = InputSpec(SIZE[0], SIZE[1], tuple(network.input_sizes(*SIZE)))
    return save_model(folder, TrainedModel(
        name='saved', network_name=name, config=config or {}, network=network,
        label_set=label_set('camvid'), spec=spec, training={'command': 'lsnet train'},
        metrics={'camvid-val': {'miou': 0.25}}))


def trained(block):
    """LPS-Net 0 whose batch norms have seen images, in training mode."""
    from lsnet_ros.networks import build_network
    torch.manual_seed(0)
    network = build_network('lps-net-0', 11, block=block).train()
    for _ in range(3):
        network(torch.randn(2, 3, *SIZE))
    return network


@pytest.mark.parametrize('block', ['plain', 'reparameterised', 'deploy'])
def test_every_form_of_lps_net_is_saved_fused(block, tmp_path):
    network = trained(block)
    model = save(tmp_path / 'saved', network, config={'block': block})
    assert network.training  # left as it was
    assert model.config == {'num_classes': 11, 'block': 'deploy'}
    assert sum(array.size for array in read_weights(model).values()) == 15827
    image = np.random.RandomState(0).randint(0, 256, SIZE + (3,), dtype=np.uint8)
    inputs = Preprocessor(model.spec)(image)
    with torch.no_grad():
        expected = network.eval().core(*[torch.from_numpy(x) for x in inputs])[0].numpy()
    for name in ('onnx', 'torch'):
        logits, = Segmenter(model, name).backend.infer(inputs)
        np.testing.assert_allclose(logits, expected, atol=1e-4)


@pytest.mark.parametrize('name, block', [('lps-net-0', 'shuffle'), ('lrnnet-a', 'split-shuffle')])
def test_blocks_that_do_not_fuse_are_saved_as_they_are(name, block, tmp_path):
    from lsnet_ros.networks import build_network
    from lsnet_ros.speed.plain import PlainPipeline
    network = build_network(name, 11, block=block).eval()
    model = save(tmp_path / 'saved', network, name, {'block': block})
    assert model.config == {'num_classes': 11, 'block': block}
    assert sorted(read_weights(model)) == sorted(network.state_dict())
    image = np.random.RandomState(0).randint(0, 256, SIZE + (3,), dtype=np.uint8)
    found = Segmenter(model, 'onnx').segment(image).class_ids
    assert (PlainPipeline(model).segment(image) == found).mean() > 0.99


def test_the_card_says_what_was_given(tmp_path):
    save(tmp_path / 'saved', trained('deploy'), config={'block': 'deploy'})
    card = yaml.safe_load((tmp_path / 'saved' / 'model.yaml').read_text())
    assert (card['name'], card['network'], card['label_set']) == ('saved', 'lps-net-0', 'camvid')
    assert card['classes'][8] == {'name': 'car', 'color': [64, 0, 128]}
    assert card['input'] == {'height': 48, 'width': 64, 'sizes': [[24, 32]],
                             'mean': [0.485, 0.456, 0.406], 'std': [0.229, 0.224, 0.225]}
    assert card['training'] == {'command': 'lsnet train'}
    assert card['metrics'] == {'camvid-val': {'miou': 0.25}}


def test_lsnet_keeps_its_batch_norms_and_its_flow(tmp_path):
    from lsnet_ros.networks import build_network
    network = build_network('lsnet', 11, depth=(1, 1))
    model = save(tmp_path / 'saved', network, 'lsnet', {'depth': [1, 1]})
    assert sorted(read_weights(model)) == sorted(network.state_dict())
    inputs = (np.ones((1, 3) + SIZE, np.float32),)
    onnx, torch_ = (Segmenter(read_model(tmp_path / 'saved'), name).backend.infer(inputs)
                    for name in ('onnx', 'torch'))
    assert [output.shape for output in onnx] == [(1, 11, 6, 8), (1, 2) + SIZE]
    for ours, theirs in zip(onnx, torch_):
        np.testing.assert_allclose(ours, theirs, atol=1e-5 * np.abs(theirs).max())


def test_a_name_that_is_not_the_networks_is_refused_before_anything_is_written(tmp_path):
    from lsnet_ros.models.export import ModelExportError
    with pytest.raises(ModelExportError, match="'lps-net-2' with .* is not the network given"):
        save(tmp_path / 'saved', trained('deploy'), name='lps-net-2')
    assert not (tmp_path / 'saved').exists()
