# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet networks``: every row of the papers' tables, to the digit."""

import json

import pytest

from lsnet_ros.cli import main

pytest.importorskip('torch')

# Parameters, multiply-adds in 1e9 at the paper's size where they are known from elsewhere, and
# by how much the two miss what is published. The parameters of LPS-Net's blocks and interactions
# are sums of their equations over the layers, by hand.
ROWS = {
    'lsnet': (617811, '9.128', 0, None),
    'lsnet-11-classes': (615723, None, 0, None),
    'lsnet-150-classes': (652002, '4.702', 0, 851817025),
    'lsnet-depth-3-9': (399699, None, 0, None),
    'lsnet-depth-3-12': (454227, None, -773, None),
    'lsnet-depth-6-12': (485907, None, 0, None),
    'lsnet-depth-3-15': (508755, None, 0, None),
    'lsnet-depth-6-15': (540435, None, 0, None),
    'lsnet-depth-3-18': (563283, None, -1717, None),
    'lsnet-depth-3-24': (672339, None, 0, None),
    'lsnet-ss-nbt': (2518803, None, 0, None),
    'lsnet-dab': (2166483, None, 11484, None),
    'lsnet-dab-relu': (2153811, None, 0, None),
    'lsnet-cg': (477141, None, 0, None),
    'lsnet-ms-3x3': (2314131, None, 0, None),
    'lsnet-ms-depthwise-3x3': (643155, None, 0, None),
    'lsnet-mc-1x1': (617811, None, 0, None),
    'lsnet-ap-1x1': (589444, None, 0, None),
    'lsnet-no-attention': (617789, None, 0, None),
    'lsnet-no-pyramid': (589485, None, 0, None),
    'lsnet-kernels-3-3-3': (614739, None, 0, None),
    'lsnet-kernels-2-3-5': (615251, None, 252, None),
    'lsnet-kernels-1-3-5': (614739, None, 0, None),
    'lsnet-kernels-3-5-7-9': (622931, None, 0, None),
    'lsnet-bilinear': (617666, None, 0, None),
    'lsnet-down-parallel': (621107, None, 0, None),
    'lsnet-down-light': (493031, None, -121969, None),
    'lsnet-prelu': (622563, None, 0, None),
    'lednet': (922821, '11.208', -12179, -241509376),
    'lrnnet-a': (672930, '8.219', 0, -255605952),
    'lrnnet-b': (681442, '8.287', 0, -278497088),
    'lrnnet-c': (681442, '8.287', 0, -288497088),
    'lrnnet-ss-nbt': (948991, '11.483', 0, -167437440),
    'lrnnet-max': (681442, '8.287', 0, -248497088),
    'lrnnet-average': (681442, '8.287', 0, -248497088),
    'lrnnet-8-4-2': (681442, '8.287', None, -298497088),
    'lrnnet-16': (681442, '8.287', None, -388497088),
    'lrnnet-4': (681442, '8.287', None, -218497088),
    'lrnnet-non-local': (681442, '8.287', None, -4163497088),
    'fpn-lite0': (3091435, '1.601', None, None),
    'fpn-lite1': (3856107, '2.014', None, None),
    'fpn-lite2': (4498219, '2.273', None, None),
    'lps-net-s': (3375363, '10.421', None, None),
    'lps-net-m': (3375363, '17.718', None, None),
    'lps-net-l': (9159235, '43.808', None, None),
    'lps-net-0': (16183, '0.063', None, None),
    'lps-net-1': (146103, '0.327', None, None),
    'lps-net-2': (580071, '1.243', None, None),
    'lps-net-3': (1303019, '2.807', None, None),
    'lps-net-4': (1303019, '4.385', None, None),
    'lps-net-5': (1687691, '6.509', None, None),
    'lps-net-6': (3375363, '7.555', None, None),
    'lps-net-7': (3375363, '10.421', None, None),
    'lps-net-8': (3375363, '17.718', None, None),
    'lps-net-9': (5966723, '29.920', None, None),
    'lps-net-10': (9159235, '43.808', None, None),
    'lps-net-11': (9159235, '54.760', None, None),
    'lps-net-12': (9159235, '80.531', None, None),
    'lps-net-13': (13226403, '117.562', None, None),
    'lps-net-14': (18004259, '158.426', None, None),
    'lps-net-block-plain': (3279407, '18.42', None, -25602176),
    'lps-net-block-depthwise-separable': (413365, None, None, None),
    'lps-net-block-residual': (6722875, None, None, None),
    'lps-net-block-bottleneck': (432151, None, None, None),
    'lps-net-block-inverted-residual': (4592315, None, None, None),
    'lps-net-block-shuffle': (232989, None, None, None),
    'lps-net-block-ghost': (1662323, None, None, None),
    'lps-net-interaction-none': (4281267, '24.02', None, None),
    'lps-net-interaction-low-to-high': (4281267, '24.02', None, None),
    'lps-net-interaction-high-to-low': (4281267, '24.02', None, None),
    'lps-net-interaction-bilateral': (4281267, '24.02', None, None),
    'lps-net-interaction-bilateral-convolved': (4322611, None, None, None),
    'lps-net-interaction-bilateral-weighted': (4282039, None, None, None),
}


@pytest.fixture(scope='module')
def listed(tmp_path_factory):
    """The report of all networks."""
    path = tmp_path_factory.mktemp('networks') / 'report.json'
    assert main(['networks', '--json', str(path)]) == 0
    return json.loads(path.read_text())['networks']


def run(tmp_path, *arguments):
    """Run the command; returns the row of the one network."""
    path = tmp_path / 'report.json'
    assert main(['networks'] + list(arguments) + ['--json', str(path)]) == 0
    (_, row), = json.loads(path.read_text())['networks'].items()
    return row


def test_it_lists_every_network(listed):
    assert list(listed) == list(ROWS)


@pytest.mark.parametrize('name', list(ROWS))
def test_each_row_is_counted_and_compared(name, listed):
    parameters, giga, missed_parameters, missed_multiply_adds = ROWS[name]
    row = listed[name]
    assert row['parameters'] == parameters
    if giga is not None:
        decimals = len(giga.partition('.')[2])
        assert '{:.{}f}'.format(row['multiply_adds'] / 1e9, decimals) == giga
    assert row['difference'] == {'parameters': missed_parameters,
                                 'multiply_adds': missed_multiply_adds}
    for figure, missed in row['difference'].items():
        assert (row['published'][figure] is None) == (missed is None)


def test_a_row_says_what_it_is(listed):
    assert listed['lsnet-kernels-3-5-7-9'] == {
        'network': 'lsnet', 'options': {'kernels': [9, 7, 5, 3]}, 'size': [512, 1024],
        'source': 'LSNet, kernels 3, 5, 7, 9', 'classes': 19, 'parameters': 622931,
        'multiply_adds': 9130457280, 'published': {'parameters': '0.62 M', 'multiply_adds': None},
        'difference': {'parameters': 0, 'multiply_adds': None}}


def test_a_row_is_printed_with_what_it_misses(tmp_path, capsys):
    run(tmp_path, 'lsnet-150-classes')
    run(tmp_path, 'lsnet-depth-3-12')
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [
        'network            classes  parameters  paper   off by      HxW      G  paper  off by  '
        'source',
        'lsnet-150-classes      150      652002  0.65 M  =       512x512  4.702  3.8 G  +0.852  '
        'LSNet, ADE20K']
    assert [line.split()[:5] for line in lines if line.startswith('lsnet-depth')] == [
        ['lsnet-depth-3-12', '19', '454227', '0.46', 'M']]
    assert ' -773 ' in lines[6]


@pytest.mark.parametrize('name, classes, size, giga', [
    ('lsnet', '19', '512x512', '4.564'), ('lsnet', '19', '1024x2048', '36.51'),
    ('lsnet-down-parallel', '150', '512x512', '4.65'),
    ('lsnet-down-light', '150', '512x512', '3.99')])
def test_another_size_is_not_compared(name, classes, size, giga, tmp_path):
    row = run(tmp_path, name, '--size', size, '--classes', classes)
    assert '{}x{}'.format(*row['size']) == size
    assert '{:.{}f}'.format(row['multiply_adds'] / 1e9, len(giga.partition('.')[2])) == giga
    assert row['difference']['multiply_adds'] is None


@pytest.mark.parametrize('name, classes, parameters', [
    ('lednet', 20, 923083), ('lednet', 11, 920725), ('lrnnet-a', 11, 672666),
    ('lrnnet-c', 11, 681178), ('lps-net-s', 11, 3373819), ('lps-net-l', 11, 9156667),
    ('lsnet-down-parallel', 150, 655298), ('lsnet-down-light', 150, 527222)])
def test_another_number_of_classes_is_not_compared(name, classes, parameters, tmp_path):
    row = run(tmp_path, name, '--classes', str(classes))
    assert (row['classes'], row['parameters']) == (classes, parameters)
    assert row['difference'] == {'parameters': None, 'multiply_adds': None}


def test_an_unknown_name_is_refused(capsys):
    assert main(['networks', 'unet']) == 1
    assert capsys.readouterr().err == (
        'lsnet: network \'unet\' is not known: choose one from the list of "lsnet networks"\n')
