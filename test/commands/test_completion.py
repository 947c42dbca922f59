# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Completion of the command line, asked for as a shell asks."""

import os
import subprocess
import sys

import pytest

pytest.importorskip('argcomplete')


@pytest.mark.parametrize('line, expected', [
    ('lsnet seg', ['segment ']),
    ('lsnet segment --mo', ['--model ']),
    ('lsnet segment --model lps-net-', ['lps-net-m-camvid', 'lps-net-s-camvid']),
    ('lsnet train --recipe fpn-lite2', ['fpn-lite2-camvid ']),
    ('lsnet evaluate --backend open', ['openvino', 'openvino-int8']),
    ('lsnet evaluate --dataset ade', ['ade20k ']),
    ('lsnet segment --groups driv', ['drivable ']),
    ('lsnet segment --model mi', ['mine/']),
    ('lsnet segment ph', ['photo.png ']),
])
def test_words_are_completed(tmp_path, line, expected):
    (tmp_path / 'mine').mkdir()
    (tmp_path / 'photo.png').write_bytes(b'')
    answer = tmp_path / 'answer'
    status = subprocess.call(
        [sys.executable, '-m', 'lsnet_ros.cli'], cwd=str(tmp_path), env=dict(
            os.environ, _ARGCOMPLETE='1', COMP_LINE=line, COMP_POINT=str(len(line)),
            _ARGCOMPLETE_IFS='\v', _ARGCOMPLETE_STDOUT_FILENAME=str(answer)))
    assert status == 0
    assert answer.read_text().split('\v') == expected
