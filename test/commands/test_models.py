# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet models``: the table, and models that cannot be used."""

import json
import shutil

import pytest

from lsnet_ros.cli import main


@pytest.fixture
def installed(tiny_model, tmp_path, monkeypatch):
    """A folder of models in place of those that are installed, 'tiny' in it."""
    folder = tmp_path / 'installed'
    shutil.copytree(str(tiny_model), str(folder / 'tiny'))
    monkeypatch.setattr('lsnet_ros.models.folder.installed', lambda name: [folder])
    return folder


def test_the_table_tells_what_each_model_is(installed, tmp_path, capsys):
    assert main(['models', '--json', str(tmp_path / 'report.json')]) == 0
    report = json.loads((tmp_path / 'report.json').read_text())
    size = (installed / 'tiny' / 'model.onnx').stat().st_size
    # LPS-Net 0 has 15827 parameters for 11 classes: 15464 in its path, 363 in its classifier.
    # A second path doubles the former and adds 32 x 11 weights to the latter.
    assert report == {'failed': [], 'models': {'tiny': {
        'network': 'lps-net-0', 'label_set': 'camvid', 'classes': 11, 'height': 90, 'width': 120,
        'parameters': 2 * 15464 + 363 + 352, 'miou': None, 'bytes': size}}}
    assert capsys.readouterr().out.splitlines() == [
        'model  network    labels  classes  input WxH  parameters  val mIoU %   MB',
        'tiny   lps-net-0  camvid       11     120x90       31643           -  {:.1f}'.format(
            size / 1e6)]


def test_a_model_that_cannot_be_used_is_told_beside_the_others(installed, capsys):
    shutil.copytree(str(installed / 'tiny'), str(installed / 'torn'))
    (installed / 'torn' / 'model.onnx').write_bytes(b'')
    assert main(['models']) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith('tiny  ')
    assert lines[2].startswith('torn cannot be used: {} is torn or was changed'.format(
        installed / 'torn' / 'model.onnx'))


def test_without_models_the_table_is_empty(installed, capsys):
    shutil.rmtree(str(installed / 'tiny'))
    assert main(['models']) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1
