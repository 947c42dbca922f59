# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import hashlib
from pathlib import Path
import re
import shlex

import numpy as np
import pytest

torch = pytest.importorskip('torch')
onnx = pytest.importorskip('onnx')
from onnx import helper, TensorProto  # noqa: E402

from lsnet_ros.cli import _parser, main  # noqa: E402
from lsnet_ros.models.folder import read_model  # noqa: E402
from lsnet_ros.models.network import load_network  # noqa: E402
from lsnet_ros.networks import build_network  # noqa: E402
from lsnet_ros.segmenter import Segmenter  # noqa: E402

THEIR_NAMES = (('paths.0.', 'netH.stages.'), ('paths.1.', 'netL.stages.'),
               ('classifier.', 'head.'))


def save_their_checkpoint(path):
    """Save an LPS-Net-S with drawn weights as the authors' code would; returns it."""
    torch.manual_seed(0)
    network = build_network('lps-net-s', 19).eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_var.uniform_(0.5, 1.5)
            module.running_mean.normal_(0, 0.1)
    weights = {}
    for key, value in network.state_dict().items():
        for ours, theirs in THEIR_NAMES:
            key = key.replace(ours, theirs) if key.startswith(ours) else key
        weights[key] = value
    torch.save(weights, path)
    return network


def save_brightest_channel(path, last):
    """Save a network whose class is the brightest of red, green and blue at half the size."""
    nodes = [helper.make_node('AveragePool', ['x'], ['s'], kernel_shape=[2, 2], strides=[2, 2]),
             last]
    kind = TensorProto.INT64 if last.op_type == 'ArgMax' else TensorProto.FLOAT
    graph = helper.make_graph(
        nodes, 'net', [helper.make_tensor_value_info('x', TensorProto.FLOAT, ['n', 3, 'h', 'w'])],
        [helper.make_tensor_value_info('y', kind, None)])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid('', 13)], ir_version=8),
              str(path))


def test_a_published_checkpoint_becomes_a_model(tmp_path, capsys):
    theirs = save_their_checkpoint(tmp_path / 'LPS-Net-S.pth')
    arguments = ['import', '--network', 'lps-net-s', '--checkpoint',
                 str(tmp_path / 'LPS-Net-S.pth'), '--label-set', 'cityscapes', '--size', '64x128',
                 '--output', str(tmp_path / 'model')]
    assert main(arguments) == 0
    model = read_model(tmp_path / 'model')
    assert model.label_set.class_names[:2] == ['road', 'sidewalk']
    assert model.card['training']['sha256'] == hashlib.sha256(
        (tmp_path / 'LPS-Net-S.pth').read_bytes()).hexdigest()
    image = torch.randn(1, 3, 48, 96), torch.randn(1, 3, 16, 32)
    with torch.no_grad():
        torch.testing.assert_close(load_network(model).core(*image)[0], theirs.core(*image)[0],
                                   atol=1e-5, rtol=1e-5)
    assert main(arguments) == 1
    assert 'is a model already: give a new folder' in capsys.readouterr().err


@pytest.mark.parametrize('last', [
    helper.make_node('Identity', ['s'], ['y']),
    helper.make_node('ArgMax', ['s'], ['y'], axis=1, keepdims=0)], ids=['logits', 'ids'])
def test_an_onnx_file_of_others_becomes_a_model(tmp_path, capsys, last):
    save_brightest_channel(tmp_path / 'net.onnx', last)
    (tmp_path / 'rgb.txt').write_text('red\ngreen\nblue\n')
    assert main(['import', '--onnx', str(tmp_path / 'net.onnx'), '--labels',
                 str(tmp_path / 'rgb.txt'), '--size', '16x32', '--mean', '0', '0', '0',
                 '--std', '1', '1', '1', '--output', str(tmp_path / 'rgb')]) == 0
    assert '% of the class ids equal those of the plain runtime' in capsys.readouterr().out
    model = read_model(tmp_path / 'rgb')
    assert model.label_set.class_names == ['red', 'green', 'blue']
    image = np.zeros((32, 64, 3), np.uint8)
    image[:, :16, 0] = image[:, 16:48, 2] = image[:, 48:, 1] = 200
    class_ids = Segmenter(model, 'onnx').segment(image).class_ids
    assert class_ids[5, [4, 30, 60]].tolist() == [0, 2, 1]


@pytest.mark.parametrize('words, problem', [
    (['--onnx', 'net.onnx', '--labels', 'rgb.txt'], '--onnx needs --size'),
    (['--checkpoint', 'a.pth', '--labels', 'rgb.txt'], '--checkpoint needs --network'),
    (['--onnx', 'net.onnx', '--labels', 'none.txt', '--size', '8x8'], 'none.txt cannot be read'),
    (['--onnx', 'none.onnx', '--labels', 'rgb.txt', '--size', '8x8'], 'none.onnx'),
])
def test_what_is_missing_is_named(tmp_path, monkeypatch, capsys, words, problem):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'rgb.txt').write_text('red\ngreen\nblue\n')
    assert main(['import'] + words + ['--output', 'model']) == 1
    assert problem in capsys.readouterr().err
    assert not (tmp_path / 'model').exists()


def test_every_command_of_the_page_is_understood():
    page = (Path(__file__).resolve().parents[2] / 'docs' / 'import.md').read_text()
    lines = ''.join(re.findall(r'^```sh\n(.*?)^```', page, re.MULTILINE | re.DOTALL)).splitlines()
    assert [shlex.split(line)[1] for line in lines] == ['import', 'segment', 'import']
    for line in lines:
        words = shlex.split(line)
        assert _parser([words[1]]).parse_args(words[1:]).output
