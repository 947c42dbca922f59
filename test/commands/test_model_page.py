# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet models --markdown``: the page of the models."""

import json
import re
import shutil

import pytest

from lsnet_ros.cli import main
from lsnet_ros.commands.model_page import collect_details, Latency, page
from lsnet_ros.commands.models import summarize
from lsnet_ros.models.folder import read_model


@pytest.fixture
def installed(tiny_model, tmp_path, monkeypatch):
    """A folder of models in place of those that are installed, 'tiny' in it."""
    folder = tmp_path / 'models'
    shutil.copytree(str(tiny_model), str(folder / 'tiny'))
    monkeypatch.setattr('lsnet_ros.models.folder.installed', lambda name: [folder])
    return folder


def page_of(folder, **changed):
    details = collect_details(summarize(folder), read_model(folder)._replace(**changed),
                              Latency(12.34, 'a runtime'))
    return page({'tiny': details}), details


def test_the_page_tells_and_times_each_model(installed, tmp_path, capsys):
    assert main(['models', '--markdown', '--json', str(tmp_path / 'report.json')]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == '# Models'
    heading = lines.index(
        '| model | network | classes | input WxH | parameters | multiply-adds | val mIoU % | '
        'under corruptions % | ECE % | paper, test mIoU % | latency ms | trained by |')
    # Multiply-adds, by stage, of the paths of 90x120 and 22x30 and of the classifier:
    # 291600 + 198720 + 207360 + 221184 + 442368 + 17820 + 13824 + 13824 + 18432 + 36864 + 33792
    assert re.match(
        r'\| \[tiny\]\(#tiny\) \| lps-net-0 \| 11 \(camvid\) \| 120x90 \| 31,643 \| 0\.001 G \| '
        r'- \| - \| - \| - \| \d+\.\d \| `drawn at random` \|$', lines[heading + 2])
    about = json.loads((tmp_path / 'report.json').read_text())['models']['tiny']
    assert about['multiply_adds'] == 1495788
    assert 0 < about['latency_ms'] < 1000
    assert any(re.match('  (ONNX Runtime|OpenVINO) [^(]*, CPU, [^(]* on .*[.]$', line)
               for line in lines)


def test_the_papers_figure_is_told_where_there_is_one(installed):
    text, details = page_of(installed / 'tiny', network='lsnet', config={'num_classes': 11})
    assert details.published_miou == 0.705
    assert '| - | - | - | 70.5 | 12.3 | `drawn at random` |\n' in text


def test_accuracy_and_training_are_those_of_the_card(installed):
    card = dict(read_model(installed / 'tiny').card,
                metrics={'camvid-val': {'ece': 0.0123, 'corruptions': {'mean_miou': 0.5432}}},
                training={'command': 'lsnet train --recipe x', 'chosen_by': 'best mIoU',
                          'hours': 1.5, 'initial': {'hours': 0.25, 'initial': {'hours': 2}}})
    _, details = page_of(installed / 'tiny', card=card)
    text = page({'tiny': details._replace(summary=details.summary._replace(miou=0.61234))})
    assert '| 61.23 | 54.32 | 1.23 | - | 12.3 | `lsnet train --recipe x` |\n' in text
    assert text.endswith('\n## tiny\n\n* card: [model.yaml](tiny/model.yaml)\n'
                         '* hours: 3.75, of 3 runs: 2 + 0.25 + 1.5\n* chosen by: best mIoU\n')


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
