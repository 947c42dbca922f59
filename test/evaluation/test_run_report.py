# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The report of a training: its figures, and the frames that it chooses."""

from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip('matplotlib')
pytest.importorskip('torch')

from lsnet_ros.datasets.street_scene import StreetScenes
from lsnet_ros.evaluation.run_report import (
    describe_learning_curve,
    median_frames,
    plot_learning_curve,
    worst_frames,
    write_run_report,
)
from lsnet_ros.networks import build_network  # noqa: E402
from lsnet_ros.training.best import BEST  # noqa: E402
from lsnet_ros.training.checkpoint import arrays, Checkpoint, write_checkpoint  # noqa: E402
from lsnet_ros.training.learning_curve import part_folder, Point  # noqa: E402

OPTIONS = {'depth': [0, 0], 'head': '1x1', 'alignment': 'bilinear'}
STATE = {
    'recipe': {'network': 'lsnet', 'dataset': 'camvid', 'input_size': [64, 64], 'crop': [64, 64],
               'iterations': 50, 'batch_size': 1, 'learning_rate': 0.1, 'street_scenes': 0.0,
               'options': OPTIONS},
    'num_classes': 2, 'label_set': 'mine', 'classes': [['road', [1, 2, 3]], ['<b>', [4, 5, 6]]],
    'iteration': 30, 'train_samples': 8, 'seconds': 1800.0, 'best_miou': 0.8}
VALIDATION = {'kept': 'latest', 'confusion': [[90, 0], [10, 20]],
              'wrong_shares': [0.25, 0.0, 0.5, 0.125]}


@pytest.fixture(scope='module')
def checkpoint():
    return Checkpoint(arrays(build_network('lsnet', 2, **OPTIONS)), {}, STATE)


@pytest.fixture
def run(tmp_path, checkpoint):
    """A run that was validated, and is still going on."""
    state = dict(STATE, iteration=40, seconds=2700.0)
    write_checkpoint(tmp_path / 'checkpoint.npz', checkpoint._replace(state=state))
    write_checkpoint(tmp_path / BEST, checkpoint._replace(state=dict(STATE, **VALIDATION)))
    cv2.imwrite(str(tmp_path / 'log.png'), np.zeros((4, 4, 3), np.uint8))
    return tmp_path


VAL = [frame._replace(name='street-{}'.format(number),
                      target=np.zeros((64, 64), np.uint8))
       for number, frame in enumerate(StreetScenes(0, 4, 64, 64))]


def test_the_report_has_the_figures_of_the_best_iteration(run):
    write_run_report(run, VAL)
    page = (run / 'report.html').read_text()
    # IoU: 90 / 100 and 20 / 30, of 90 and 30 pixels.
    assert 'Iteration 40 of 50, after 0.75 hours.' in page
    assert 'The best validation mIoU is 80.00 %, of iteration 30.' in page
    assert '<td>road</td><td>90.00</td><td>75.00</td>' in page
    assert '<td>&lt;b&gt;</td><td>66.67</td><td>25.00</td>' in page
    assert 'alt="street-2, street-0, street-3"' in page   # the worst three
    assert 'alt="street-1, street-3, street-0"' in page   # around the median
    assert page.count('data:image/png;base64,') == 4
    assert 'Learning curve' not in page


def test_trainings_with_fewer_frames_are_compared(run, checkpoint):
    for part, frames, miou in ((4, 2, 0.6), (2, 4, 0.75)):
        folder = part_folder(run, part)
        folder.mkdir(parents=True)
        write_checkpoint(folder / BEST, checkpoint._replace(
            state=dict(STATE, train_samples=frames, best_miou=miou)))
    write_run_report(run, VAL)
    page = (run / 'report.html').read_text()
    assert '<td>2</td><td>60.00</td>' in page and '<td>8</td><td>80.00</td>' in page
    assert 'With 8 frames in place of 4, the mIoU changes by +5.00 points' in page


def test_a_run_of_an_older_version_has_a_report_without_classes(run, checkpoint):
    write_checkpoint(run / BEST, checkpoint)
    write_run_report(run, VAL)
    assert 'were not noted' in (run / 'report.html').read_text()


@pytest.mark.parametrize('shares, worst, median', [
    ([0.5], [0], [0]), ([0.1, 0.9], [1, 0], [0, 1]),
    ([0.0, 0.5, 0.4, 0.3, 0.2, 0.1, 0.6], [6, 1, 2], [4, 3, 2])])
def test_frames_are_chosen_by_their_share_of_wrong_pixels(shares, worst, median):
    assert worst_frames(shares) == worst
    assert median_frames(shares) == median


@pytest.mark.parametrize('mious, expected', [
    ((0.6, 0.65), 'by +5.00 points: as many again will hardly bring more than that.'),
    ((0.6, 0.59), 'by -1.00 points: more frames of this kind will hardly help.')])
def test_the_learning_curve_is_put_into_words(mious, expected):
    points = [Point(4, mious[0]), Point(8, mious[1])]
    assert describe_learning_curve(points).endswith(expected)
    line = plot_learning_curve(points).axes[0].lines[0]
    assert line.get_xdata().tolist() == [4, 8]
    assert line.get_ydata() == pytest.approx([100 * miou for miou in mious])


def test_the_report_replaces_the_one_before_as_a_whole(run):
    (run / 'report.html').write_text('old')
    (run / 'log.png').unlink()
    with pytest.raises(OSError):
        write_run_report(run, VAL)
    assert (run / 'report.html').read_text() == 'old'
    assert sorted(path.name for path in Path(run).iterdir()) == [
        'best.npz', 'checkpoint.npz', 'report.html']
