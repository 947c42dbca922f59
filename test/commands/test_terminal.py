# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""What a command prints cannot steer the terminal, and closed streams do not end it."""

import io
import shutil
import subprocess
import sys

import pytest
import yaml

from lsnet_ros.commands.terminal import SafeOutput

LSNET = '{} -m lsnet_ros.cli '.format(sys.executable)


def test_only_lines_and_progress_are_left():
    stream = io.TextIOWrapper(io.BytesIO(), 'ascii')
    output = SafeOutput(stream)
    print('50 %\r\tdone \x1b[2J\x07 \udc80 ü', file=output, flush=True)
    assert stream.buffer.getvalue() == b'50 %\r\tdone \\x1b[2J\\x07 \\udc80 \\xfc\n'
    assert output.encoding == 'ascii' and not output.isatty()


def run(command):
    done = subprocess.run(command, shell=True, stdout=subprocess.PIPE,  # noqa: S602
                          stderr=subprocess.PIPE)
    return done.returncode, done.stdout, done.stderr


def test_no_escape_sequence_of_a_folder_or_a_card_is_printed(tiny_model, tmp_path, monkeypatch):
    models = tmp_path / 'share' / 'lsnet_ros' / 'models'
    shutil.copytree(str(tiny_model), str(models / 'evil\x1b[2J\nmean IoU 99.99'))
    shutil.copytree(str(tiny_model), str(models / 'other'))
    card = yaml.safe_load((models / 'other' / 'model.yaml').read_text())
    card['classes'][2]['name'] = 'pole\x1b]0;title\x07'
    (models / 'other' / 'model.yaml').write_text(yaml.safe_dump(card))
    monkeypatch.setenv('AMENT_PREFIX_PATH', str(tmp_path))
    status, out, err = run('{} models'.format(LSNET))
    assert status == 1 and b'evil\\x1b[2J\\nmean IoU 99.99 ' in out
    assert b'other cannot be used: ' in out + err and b'pole\\x1b]0;title\\x07' in out + err
    assert b'\x1b' not in out + err and b'\x07' not in out + err


def test_an_option_that_is_refused_is_printed_safely():
    status, out, err = run('{} models --json x "$(printf \'no\\033[2Jsuch\')"'.format(LSNET))
    assert status == 2 and b'\\x1b[2Jsuch' in err and b'\x1b' not in out + err


@pytest.mark.parametrize('closed', ['>&-', '2>&-', '>&- 2>&-', '<&-', '>&- 2>&- <&-'])
def test_closed_streams_are_as_the_nowhere(closed, tmp_path):
    report = tmp_path / 'report.json'
    status, out, err = run('{} models --json {} {}'.format(LSNET, report, closed))
    assert status == 0 and b'Traceback' not in err
    assert report.read_text().startswith('{\n')
    assert (b'lsnet-camvid' in out) == ('>&- ' not in closed + ' ' or closed == '2>&-')


def test_a_reader_that_goes_is_no_bug():
    status, out, err = run('{} models | head -1'.format(LSNET))
    assert out.startswith(b'model ') and err == b''
