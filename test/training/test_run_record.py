# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import json
import subprocess
import sys

import pytest

from lsnet_ros.training.checkpoint import CheckpointError
from lsnet_ros.training.run_record import read_starts

START = ('import sys; from pathlib import Path; from lsnet_ros.training.run_record import '
         'record_start; record_start(Path(sys.argv.pop(1)), int(sys.argv.pop(1)))')


def start(folder, iteration, *arguments):
    subprocess.run([sys.executable, '-c', START, str(folder), str(iteration), *arguments],
                   check=True)


def test_a_resume_is_not_noted_but_a_change_is(tmp_path):
    start(tmp_path, 0, 'train', '--recipe', 'a b')
    start(tmp_path, 5, 'train', '--recipe', 'a b')
    start(tmp_path, 7, 'train', '--iterations', '9')
    starts = read_starts(tmp_path)
    assert [(s['command'], s['iteration']) for s in starts] == [
        ("lsnet train --recipe 'a b'", 0), ('lsnet train --iterations 9', 7)]
    assert all(s['hardware'] and s['torch'].startswith('2.') for s in starts)
    assert json.loads((tmp_path / 'run.json').read_text()) == starts


def test_the_users_folders_are_not_told(tmp_path):
    start(tmp_path, 0, 'train', '--root', '/home/me/camvid', '--output=/home/me/run',
          '--recipe', '/home/me/mine.yaml', '--json=/home/me/report.json', '--workers', '3')
    assert read_starts(tmp_path)[0]['command'] == (
        'lsnet train --root DIR --output=DIR --recipe mine.yaml --json=report.json --workers 3')


def test_a_torn_record_says_what_to_do(tmp_path):
    for text in ('[{', '[1]', '{}', '[NaN]'):
        (tmp_path / 'run.json').write_text(text)
        with pytest.raises(CheckpointError, match='restore it or delete it'):
            read_starts(tmp_path)
