# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The names and shapes of the authors' checkpoints, written out, stand for their files."""

import numpy as np
import pytest

pytest.importorskip('torch')
from lsnet_ros.models.published import find_options, PublishedError, rename_weights  # noqa: E402
from lsnet_ros.networks import build_network  # noqa: E402

DEPTHS, WIDTHS = (1, 3, 3, 10, 10), (8, 24, 48, 96, 96)  # of LPS-Net-S in the authors' code
NORM = ('weight', 'bias', 'running_mean', 'running_var')


def _norm(name, channels):
    shapes = {'{}.{}'.format(name, part): (channels,) for part in NORM}
    return dict(shapes, **{name + '.num_batches_tracked': ()})


def _conv(name, out_channels, in_channels, height, width):
    return {name + '.weight': (out_channels, in_channels, height, width),
            name + '.bias': (out_channels,)}


def lps_net_shapes(is_deployed):
    """Return the shapes of the authors' LPS-Net-S by name."""
    shapes = _conv('head', 19, 192, 1, 1)
    for path in ('netH', 'netL'):
        channels = 3
        for stage, (depth, width) in enumerate(zip(DEPTHS, WIDTHS)):
            for block in range(depth):
                name = '{}.stages.{}.{}'.format(path, stage, block)
                shapes[name + '.0.weight'] = (width, channels, 3, 3)
                shapes.update({name + '.0.bias': (width,)} if is_deployed
                              else _norm(name + '.1', width))
                channels = width
    return shapes


def _down(name, in_channels, out_channels):
    return dict(_norm(name + '.bn', out_channels),
                **_conv(name + '.conv', out_channels - in_channels, in_channels, 3, 3))


def _split_shuffle(name, half):
    shapes = {}
    for side in 'lr':
        for pair in (1, 2):
            shapes.update(_conv('{}.conv3x1_{}_{}'.format(name, pair, side), half, half, 3, 1))
            shapes.update(_conv('{}.conv1x3_{}_{}'.format(name, pair, side), half, half, 1, 3))
            shapes.update(_norm('{}.bn{}_{}'.format(name, pair, side), half))
    return shapes


def lednet_shapes(classes):
    """Return the shapes of the authors' LEDNet by name."""
    shapes = _down('encoder.initial_block', 3, 32)
    halves = [16] * 3 + [None] + [32] * 2 + [None] + [64] * 8
    for layer, half in enumerate(halves):
        name = 'encoder.layers.{}'.format(layer)
        shapes.update(_split_shuffle(name, half) if half
                      else _down(name, *((32, 64) if layer == 3 else (64, 128))))
    shapes.update(_conv('encoder.output_conv', classes, 128, 1, 1))
    for name, out_channels, in_channels, kernel in (
            ('branch1.1', classes, 128, 1), ('mid.0', classes, 128, 1), ('down1', 1, 128, 7),
            ('down2', 1, 1, 5), ('down3.0', 1, 1, 3), ('down3.1', 1, 1, 3), ('conv2', 1, 1, 5),
            ('conv1', 1, 1, 7)):
        name = 'decoder.apn.{}.conv.'.format(name)
        shapes.update(_conv(name + '0', out_channels, in_channels, kernel, kernel))
        shapes.update(_norm(name + '1', out_channels))
    return shapes


def _draw(shapes, prefix=''):
    generator = np.random.default_rng(0)
    return {prefix + name: generator.random(shape, np.float32) for name, shape in shapes.items()}


def _shapes_of(name, **options):
    return {key: tuple(value.shape)
            for key, value in build_network(name, 19, **options).state_dict().items()}


@pytest.mark.parametrize('is_deployed, block', [(False, 'plain'), (True, 'deploy')])
def test_every_weight_of_an_lps_net_finds_its_place(is_deployed, block):
    arrays = _draw(lps_net_shapes(is_deployed))
    assert find_options('lps-net-s', arrays) == {'block': block}
    found = rename_weights('lps-net-s', arrays, _shapes_of('lps-net-s', block=block))
    assert found['paths.0.0.0.0.weight'] is arrays['netH.stages.0.0.0.weight']
    assert found['paths.1.3.9.0.weight'] is arrays['netL.stages.3.9.0.weight']
    assert found['classifier.bias'] is arrays['head.bias']
    assert len(found) == len(arrays)


def test_every_weight_of_a_parallel_lednet_finds_its_place():
    arrays = _draw(lednet_shapes(20), prefix='module.')
    found = rename_weights('lednet', arrays, _shapes_of('lednet'))
    for ours, theirs in (
            ('stages.0.0.conv.0.weight', 'encoder.initial_block.conv.weight'),
            ('stages.0.1.left.0.weight', 'encoder.layers.0.conv3x1_1_l.weight'),
            ('stages.0.1.right.0.weight', 'encoder.layers.0.conv1x3_1_r.weight'),
            ('stages.1.2.left.5.0.bias', 'encoder.layers.5.conv1x3_2_l.bias'),
            ('stages.1.2.right.3.bias', 'encoder.layers.5.conv1x3_2_r.bias'),
            ('stages.2.8.right.5.1.running_var', 'encoder.layers.14.bn2_r.running_var'),
            ('head.down.0.0.weight', 'decoder.apn.down1.conv.0.weight'),
            ('head.level.0.0.weight', 'decoder.apn.conv1.conv.0.weight'),
            ('head.level.1.0.weight', 'decoder.apn.conv2.conv.0.weight'),
            ('head.level.2.1.bias', 'decoder.apn.down3.1.conv.1.bias')):
        assert found[ours] is arrays['module.' + theirs]


def test_one_norm_over_a_concatenation_is_split_and_void_left_out():
    arrays = _draw(lednet_shapes(20))
    found = rename_weights('lednet', arrays, _shapes_of('lednet'))
    norm = arrays['encoder.layers.3.bn.running_mean']
    np.testing.assert_array_equal(found['stages.1.0.conv.1.running_mean'], norm[:32])
    np.testing.assert_array_equal(found['stages.1.0.scale.running_mean'], norm[32:])
    mid = arrays['decoder.apn.mid.0.conv.0.weight']
    np.testing.assert_array_equal(found['head.classifier.0.weight'], mid[:19])


@pytest.mark.parametrize('change, problem', [
    (lambda arrays: arrays.pop('head.bias'), 'it has no classifier.bias'),
    (lambda arrays: arrays.update({'fc.weight': np.zeros(3)}), 'fc.weight belongs to no layer'),
    (lambda arrays: arrays.update({'head.bias': np.zeros(12)}),
     r'classifier.bias is \(12,\), expected \(19,\)'),
])
def test_a_checkpoint_of_another_network_is_refused(change, problem):
    arrays = _draw(lps_net_shapes(False))
    change(arrays)
    with pytest.raises(PublishedError, match=problem):
        rename_weights('lps-net-s', arrays, _shapes_of('lps-net-s'))
