# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet segment --show`` shows overlays in a window, and writes nothing."""

import os
import shutil
import subprocess
import sys

import pytest

from lsnet_ros.cli import main
from lsnet_ros.datasets.street_scene import StreetScene
from lsnet_ros.frames.image_files import write_png

PICTURE = """
import numpy as np
from lsnet_ros.commands.window import Window
with Window() as window:
    image = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    window.show(image, 'a title')
    picture = window._picture
    print(window._root.title(), [picture.get(x, y) for y in range(2) for x in range(4)])
    for key in ('x', '<Escape>'):
        window._root.focus_force()
        window._root.update()
        window._root.event_generate(key)
        window.show(image, '')
        print(key, window.is_open)
"""


@pytest.fixture(scope='module')
def display():
    """Start a display without a screen and return the variables to use it."""
    pytest.importorskip('tkinter')
    if shutil.which('Xvfb') is None:
        pytest.skip('Xvfb is not installed')
    server = subprocess.Popen(['Xvfb', '-displayfd', '1'], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL)
    number = server.stdout.readline().decode().strip()
    yield dict(os.environ, DISPLAY=':' + number)
    server.terminate()
    server.communicate()


@pytest.fixture
def folder(tmp_path):
    """Write three rendered pictures."""
    scene = StreetScene(3, 90, 120)
    for index in range(3):
        write_png(tmp_path / '{}.png'.format(index), scene.frame(index).image)
    return tmp_path


def run(code, environment):
    return subprocess.run([sys.executable] + code, env=environment, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, universal_newlines=True)


def test_a_window_shows_the_pixels_and_is_closed_by_a_key(display):
    result = run(['-c', PICTURE], display)
    pixels = [(first, first + 1, first + 2) for first in range(0, 24, 3)]
    assert result.stdout == 'a title {}\nx True\n<Escape> False\n'.format(pixels)


def test_each_picture_is_shown_and_nothing_written(display, folder, tiny_model):
    result = run(['-m', 'lsnet_ros', 'segment', '--show', '--model', str(tiny_model),
                  '--backend', 'onnx', '--output', str(folder / 'out'), str(folder)], display)
    assert result.returncode == 0 and '3 frames shown' in result.stdout
    assert sorted(path.name for path in folder.iterdir()) == ['0.png', '1.png', '2.png']


def test_without_a_display_one_line_says_so(folder, tiny_model):
    pytest.importorskip('tkinter')
    environment = {name: value for name, value in os.environ.items() if name != 'DISPLAY'}
    result = run(['-m', 'lsnet_ros', 'segment', '--show', '--model', str(tiny_model),
                  '--backend', 'onnx', str(folder)], environment)
    assert result.returncode == 1
    assert result.stdout.startswith('lsnet: no window can be opened (no display name')
    assert result.stdout.count('\n') == 1


def test_several_inputs_are_refused(folder, capsys):
    assert main(['segment', '--show', str(folder), str(folder)]) == 1
    assert '--show has 2 inputs: give one' in capsys.readouterr().err


def test_a_source_that_is_not_there_is_refused(display, tiny_model):
    result = run(['-m', 'lsnet_ros', 'segment', '--show', '--model', str(tiny_model),
                  '--backend', 'onnx', 'nothing'], display)
    assert result.returncode == 1 and "source 'nothing' is not there" in result.stdout
