# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import cv2

from lsnet_ros.training.log import TrainingLog


def test_rows_after_the_checkpoint_are_dropped(tmp_path):
    log = TrainingLog(tmp_path / 'log.csv', 0)
    for iteration in (50, 100, 150):
        log.add(iteration=iteration, loss=1 / iteration)
    log.save()
    resumed = TrainingLog(tmp_path / 'log.csv', 100)
    resumed.add(iteration=150, loss=0.5, miou=0.25)
    resumed.save()
    assert (tmp_path / 'log.csv').read_text().splitlines() == [
        'iteration,learning_rate,loss,images_per_s,miou',
        '50,,0.02,,', '100,,0.01,,', '150,,0.5,,0.25']


def test_the_plot_is_a_picture(tmp_path):
    log = TrainingLog(tmp_path / 'log.csv', 0)
    log.add(iteration=50, loss=1.5)
    log.add(iteration=50, miou=0.3)
    log.plot(tmp_path / 'log.png')
    assert cv2.imread(str(tmp_path / 'log.png')).shape == (500, 800, 3)
