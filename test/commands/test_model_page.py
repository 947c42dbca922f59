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
"""``lsnet models --markdown``: the page of the models."""

import json
import re
import shutil

from lsnet_ros import model_files
from lsnet_ros.cli import main
from lsnet_ros.commands.model_page import add_details, Latency, page
from lsnet_ros.commands.models import describe
from lsnet_ros.model_files import read_model
import pytest


@pytest.fixture
def installed(tiny_model, tmp_path, monkeypatch):
    """A folder of models in place of those that are installed, 'tiny' in it."""
    folder = tmp_path / 'models'
    shutil.copytree(str(tiny_model), str(folder / 'tiny'))
    monkeypatch.setattr(model_files, 'installed', lambda name: [folder])
    return folder


def page_of(folder, **changed):
    about = describe(folder)
    add_details(about, read_model(folder)._replace(**changed), Latency(12.34, 'a runtime'))
    return page({'tiny': about}), about


def test_the_page_tells_and_times_each_model(installed, tmp_path, capsys):
    assert main(['models', '--markdown', '--json', str(tmp_path / 'report.json')]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == '# Models'
    heading = lines.index(
        '| model | network | classes | input WxH | parameters | multiply-adds | val mIoU % | '
        'paper, test mIoU % | latency ms | trained by |')
    # Multiply-adds, by stage, of the paths of 90x120 and 22x30 and of the classifier:
    # 291600 + 198720 + 207360 + 221184 + 442368 + 17820 + 13824 + 13824 + 18432 + 36864 + 33792
    assert re.match(
        r'\| \[tiny\]\(#tiny\) \| lps-net-0 \| 11 \(camvid\) \| 120x90 \| 31,643 \| 0\.001 G \| '
        r'- \| - \| \d+\.\d \| `drawn at random` \|$', lines[heading + 2])
    about = json.loads((tmp_path / 'report.json').read_text())['models']['tiny']
    assert about['multiply_adds'] == 1495788
    assert 0 < about['latency_ms'] < 1000
    assert any(re.match('  (ONNX Runtime|OpenVINO) [^(]*, CPU, [^(]* on .*[.]$', line)
               for line in lines)


def test_the_papers_figure_is_told_where_there_is_one(installed):
    text, about = page_of(installed / 'tiny', network='lsnet', config={'num_classes': 11})
    assert about['published_miou'] == 0.705
    assert '| - | 70.5 | 12.3 | `drawn at random` |\n' in text


def test_accuracy_and_training_are_those_of_the_card(installed):
    card = dict(read_model(installed / 'tiny').card,
                training={'command': 'lsnet train --recipe x', 'chosen_by': 'best mIoU',
                          'hours': 1.5})
    text, about = page_of(installed / 'tiny', card=card)
    text = page({'tiny': dict(about, miou=0.61234)})
    assert '| 61.23 | - | 12.3 | `lsnet train --recipe x` |\n' in text
    assert text.endswith('\n## tiny\n\n* card: [model.yaml](tiny/model.yaml)\n* hours: 1.5\n'
                         '* chosen by: best mIoU\n')


def test_pictures_are_shown_where_there_are_any(installed, tmp_path):
    pictures = tmp_path / 'docs' / 'models' / 'tiny'
    pictures.mkdir(parents=True)
    for name in ('confusion.png', 'frames.png', 'iou.png'):
        (pictures / name).write_bytes(b'')
    text, _ = page_of(installed / 'tiny')
    assert re.findall(r'!\[(.*)\]\((.*)\)', text) == [
        ('iou of tiny', '../docs/models/tiny/iou.png'),
        ('confusion of tiny', '../docs/models/tiny/confusion.png')]


def test_what_cannot_be_used_is_not_on_the_page(installed, capsys):
    (installed / 'tiny' / 'model.onnx').write_bytes(b'')
    assert main(['models', '--markdown']) == 1
    printed = capsys.readouterr()
    assert 'tiny' not in printed.out and printed.out.startswith('# Models')
    assert printed.err.startswith('tiny cannot be used: ')
