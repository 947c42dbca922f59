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
"""``lsnet models``: the table, and models that cannot be used."""

import json
import shutil

from lsnet_ros import model_files
from lsnet_ros.cli import main
import pytest


@pytest.fixture
def installed(tiny_model, tmp_path, monkeypatch):
    """A folder of models in place of those that are installed, 'tiny' in it."""
    folder = tmp_path / 'installed'
    shutil.copytree(str(tiny_model), str(folder / 'tiny'))
    monkeypatch.setattr(model_files, 'installed', lambda name: [folder])
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
