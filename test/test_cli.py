# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The command line tells the user, and the shell, how it went."""

from functools import partial
import importlib
import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from lsnet_ros import __version__, cli

LSNET = [sys.executable, '-m', 'lsnet_ros.cli']
TRAIN = ['train', '--recipe', 'lps-net-s-camvid-cpu', '--root', 'nowhere', '--output', 'run']


def test_help_lists_every_command_with_what_it_does(capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(['--help'])
    assert caught.value.code == 0
    words = ' '.join(capsys.readouterr().out.split())
    for command in ('demo', 'models', 'segment', 'evaluate', 'evaluate-bag', 'train', 'export',
                    'benchmark', 'doctor'):
        module = importlib.import_module('lsnet_ros.commands.' + command.replace('-', '_'))
        assert ' {} {} '.format(command, module.SUMMARY) in words


@pytest.mark.parametrize('command', sorted(cli.COMMANDS))
def test_every_command_takes_json(command, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main([command, '--help'])
    assert caught.value.code == 0
    assert '--json FILE' in capsys.readouterr().out


def test_alone_it_lists_the_commands_by_task(capsys):
    assert cli.main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sorted(name for _, names, _ in cli.GROUPS for name in names) == sorted(cli.COMMANDS)
    assert 'Try it       demo, segment, models, doctor' in lines
    assert lines[lines.index('Try it       demo, segment, models, doctor') + 1].split() == [
        'lsnet', 'segment', 'street.png']


@pytest.mark.parametrize('example', [example for _, _, example in cli.GROUPS])
def test_each_example_is_right_usage(example):
    name, *arguments = example.split()[1:]
    assert cli._parser([name]).parse_args([name] + arguments).command == name


def test_a_mistyped_command_names_the_nearest(capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(['segmnt', 'x'])
    assert caught.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        "lsnet: error: command 'segmnt' is not known (did you mean 'segment'?): \"lsnet --help\" "
        'lists them')


def test_the_version_is_told(capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(['--version'])
    assert (caught.value.code, capsys.readouterr().out) == (0, 'lsnet {}\n'.format(__version__))


@pytest.mark.parametrize('arguments', [
    ['no-such-command'], ['evaluate-bag'], ['models', '--no-such-option']])
def test_wrong_usage_is_status_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2
    assert 'usage: lsnet' in capsys.readouterr().err


def test_an_error_is_one_line_and_status_1(tmp_path, capsys):
    assert cli.main(['segment', str(tmp_path / 'no\nsuch'), '--model', 'x', '--output', 'y']) == 1
    error = capsys.readouterr().err
    assert error.startswith('lsnet: ') and error.count('\n') == 1


def test_a_report_goes_to_the_file_as_json(tmp_path, capsys):
    cli.main(['models', '--json', str(tmp_path / 'reports' / 'models.json')])
    assert 'models' in json.loads((tmp_path / 'reports' / 'models.json').read_text())


def test_a_report_goes_to_standard_output_and_all_else_to_standard_error(capsys):
    assert cli.main(['models', '--json', '-']) == 0
    out, told = capsys.readouterr()
    assert 'lps-net-s-camvid' in json.loads(out)['models']
    assert 'val mIoU' in told


def test_quiet_prints_errors_alone(tmp_path, capsys):
    assert cli.main(['models', '--quiet']) == 0
    assert capsys.readouterr() == ('', '')
    assert cli.main(['models', '-q', '--json', '-']) == 0
    assert json.loads(capsys.readouterr().out)['models']
    assert cli.main(['segment', str(tmp_path / 'none.png'), '-q']) == 1
    out, told = capsys.readouterr()
    assert out == '' and 'none.png does not exist' in told


def test_a_report_that_says_failed_is_status_1(tmp_path, tiny_model, capsys):
    (tmp_path / 'pictures').mkdir()
    (tmp_path / 'pictures' / 'torn.png').write_bytes(b'no picture')
    arguments = ['segment', str(tmp_path / 'pictures'), '--model', str(tiny_model),
                 '--output', str(tmp_path / 'out'), '--json', str(tmp_path / 'report.json')]
    assert cli.main(arguments) == 1
    assert json.loads((tmp_path / 'report.json').read_text())['failed'] == ['torn.png']


def test_a_full_disk_keeps_the_old_report(tmp_path):
    (tmp_path / 'report.json').write_text('old')
    code = ('import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (8, 8));'
            'from lsnet_ros.cli import main; sys.exit(main(sys.argv[1:]))')
    process = subprocess.run(
        [sys.executable, '-c', code, 'models', '--json', str(tmp_path / 'report.json')],
        env=dict(os.environ, PYTHONDONTWRITEBYTECODE='1'), stderr=subprocess.PIPE,
        stdout=subprocess.PIPE, universal_newlines=True)
    assert process.returncode == 1
    assert process.stderr.startswith('lsnet: ') and process.stderr.count('\n') == 1
    assert [path.name for path in tmp_path.iterdir()] == ['report.json']
    assert (tmp_path / 'report.json').read_text() == 'old'


def test_a_reader_that_left_is_no_error():
    read, write = os.pipe()
    os.close(read)
    process = subprocess.run(LSNET + ['models'], stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    assert (process.returncode, process.stderr) == (0, b'')


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_no_traceback(number):
    pytest.importorskip('rclpy')
    process = subprocess.Popen(LSNET + ['doctor'], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env=dict(os.environ, PYTHONUNBUFFERED='1'), bufsize=0,
                               start_new_session=True,
                               # A job in the background of a shell inherits an ignored SIGINT.
                               preexec_fn=partial(signal.signal, number, signal.SIG_DFL))
    for line in process.stdout:
        if line.startswith(b'transport '):
            break  # what follows takes seconds, in three processes
    time.sleep(random.uniform(0, 2))
    os.killpg(process.pid, number)  # as the terminal does for Ctrl+C
    _, error = process.communicate(timeout=60)
    assert (process.returncode, error) == (128 + number, b'')


def test_a_missing_module_says_what_installs_it(tmp_path, monkeypatch, capsys):
    pytest.importorskip('torch')
    code = ('import sys; sys.modules["torch"] = None;'
            'from lsnet_ros.cli import main; sys.exit(main(sys.argv[1:]))')
    process = subprocess.run([sys.executable, '-c', code] + TRAIN, stderr=subprocess.PIPE,
                             universal_newlines=True)
    assert process.returncode == 1
    assert process.stderr.startswith('lsnet: the Python module torch is not installed: "make '
                                     'train" in the sources, or pip install "lsnet_ros[train]"')
    assert process.stderr.count('\n') == 1


@pytest.mark.parametrize('option, notes', [('--num-classes', 0), ('--classes', 1)])
def test_an_option_that_was_renamed_is_taken_and_its_new_name_told(option, notes, capsys):
    pytest.importorskip('torch')
    assert cli.main(['networks', 'lps-net-0', option, '7', '--json', '-']) == 0
    out, told = capsys.readouterr()
    assert json.loads(out)
    assert told.count('lsnet: --classes is now --num-classes; the old name will go\n') == notes
    assert '--classes' not in subprocess.check_output(
        LSNET + ['networks', '--help'], universal_newlines=True).replace('--num-classes', '')
