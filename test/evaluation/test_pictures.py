# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The pictures of an evaluation, by their pixels and by what is drawn in them."""

import cv2
import numpy as np
import pytest

pytest.importorskip('matplotlib')

from lsnet_ros.evaluation.calibration import Reliability
from lsnet_ros.evaluation.pictures import (
    draw_errors,
    Evaluation,
    plot_confusion,
    plot_iou,
    plot_reliability,
    TILE,
    write_pictures,
    wrong_share,
)
from lsnet_ros.frames import Frame, Prediction  # noqa: E402
from lsnet_ros.labels.drawing import colorize  # noqa: E402
from lsnet_ros.labels.label_sets import LabelClass, LabelSet  # noqa: E402
from lsnet_ros.labels.metrics import ConfusionMatrix  # noqa: E402

LABELS = LabelSet('own', (LabelClass('road', 0, 0, (128, 64, 128)),
                          LabelClass('sky', 1, 1, (70, 130, 180)),
                          LabelClass('train', 2, 2, (0, 80, 100))))
# Of four pixels of road one is taken for sky, of two of sky none is; no train anywhere.
TARGET = np.array([[0, 0, 0, 0, 255], [1, 1, 255, 255, 255]], np.uint8)
CLASS_IDS = np.array([[0, 0, 0, 1, 1], [1, 1, 0, 1, 0]], np.uint8)


def evaluation(examples=(), labels=LABELS):
    confusion = ConfusionMatrix(labels.num_classes)
    confusion.update(TARGET, CLASS_IDS)
    reliability = Reliability()
    reliability.update(TARGET, CLASS_IDS, np.full_like(TARGET, 204))  # 0.8, right in 5 of 6
    return Evaluation('a model on some frames', labels, confusion, examples, reliability)


def prediction(image, target, class_ids):
    return Prediction(Frame('', image, target), class_ids)


def texts(axis):
    return [text.get_text() for text in axis.texts]


def test_errors_are_red_and_what_is_not_counted_black():
    image = np.full((2, 5, 3), 200, np.uint8)
    red, black, grey = (230, 30, 30), (0, 0, 0), (228, 228, 228)  # 228 = 128 + 200 / 2
    assert draw_errors(Prediction(Frame('', image, TARGET), CLASS_IDS)).tolist() == np.array(
        [[grey, grey, grey, red, black], [grey, grey, black, black, black]]).tolist()


def test_the_share_that_is_wrong_is_of_the_pixels_that_count():
    image = np.zeros((2, 5, 3), np.uint8)
    assert wrong_share(prediction(image, TARGET, CLASS_IDS)) == pytest.approx(1 / 6)
    assert np.isnan(wrong_share(prediction(image, np.full_like(TARGET, 255), CLASS_IDS)))


def test_every_class_has_a_bar_in_its_colour_with_its_iou():
    axis = plot_iou(evaluation()).axes[0]
    bars = axis.containers[0].patches
    assert [bar.get_width() for bar in bars] == pytest.approx([75, 100 * 2 / 3, 0])
    assert [tuple(255 * np.array(bar.get_facecolor()[:3])) for bar in bars] == [
        pytest.approx(label.color) for label in LABELS.classes]
    assert texts(axis) == ['75.0', '66.7', '-', ' mean 70.8']
    assert [label.get_text() for label in axis.get_yticklabels()] == ['road', 'sky', 'train']
    assert axis.get_title() == ('a model on some frames\n'
                                'mean IoU 70.83 %, pixel accuracy 83.33 %, 1 frames')


def test_the_rows_of_the_confusion_matrix_are_shares_of_the_truth():
    axis = plot_confusion(evaluation()).axes[0]
    assert axis.images[0].get_array().tolist() == [[75, 25, 0], [0, 100, 0], [0, 0, 0]]
    assert texts(axis) == ['75', '25', '0', '0', '100', '0', '0', '0', '0']
    assert (axis.get_xlabel(), axis.get_ylabel()) == ('prediction', 'truth (% of its pixels)')


def test_the_reliability_diagram_has_a_bar_of_accuracy_and_one_of_pixels():
    shown = evaluation()
    axis, = plot_reliability(shown.reliability, shown).axes
    accuracy, share = axis.patches
    assert accuracy.get_x() == pytest.approx(11 / 15)
    assert accuracy.get_width() == pytest.approx(1 / 15)
    assert accuracy.get_height() == pytest.approx(5 / 6) and share.get_height() == 1.0
    assert axis.get_title().endswith('expected calibration error 0.033')


def test_many_classes_are_drawn_without_numbers_in_cells():
    labels = LabelSet('many', tuple(LabelClass('class {}'.format(i), i, i, (i, 0, 0))
                                    for i in range(150)))
    figure = plot_confusion(evaluation(labels=labels))
    assert texts(figure.axes[0]) == []
    assert max(figure.get_size_inches()) < 25


def test_the_pictures_are_files_and_the_frames_keep_their_pixels(tmp_path):
    rng = np.random.RandomState(0)
    examples = [prediction(np.full((40, TILE, 3), 44, np.uint8),
                           rng.choice([0, 1, 2, 255], (40, TILE)).astype(np.uint8),
                           rng.randint(0, 3, (40, TILE)).astype(np.uint8)) for _ in range(2)]
    write_pictures(tmp_path / 'new', evaluation(examples))
    assert sorted(path.name for path in (tmp_path / 'new').iterdir()) == [
        'confusion.png', 'frames.png', 'iou.png', 'reliability.png']
    picture = cv2.imread(str(tmp_path / 'new' / 'frames.png'))[..., ::-1]
    assert picture.shape[1] == 4 * (TILE + 4) + 4
    for row, example in enumerate(examples):
        top = 90 + 4 + row * 44  # below the title, with gaps of 4
        tiles = [picture[top:top + 40, left:left + TILE]
                 for left in range(4, picture.shape[1] - 4, TILE + 4)]
        assert (tiles[0] == 44).all()  # of the shades that become one, the middle
        assert (tiles[1] == colorize(example.frame.target, LABELS.palette)).all()
        assert (tiles[2] == colorize(example.class_ids, LABELS.palette)).all()
        assert (tiles[3] == draw_errors(example))[:, :TILE // 2].all()  # text to the right


@pytest.mark.parametrize('height, width', [(360, 480), (2000, 100)])
def test_frames_of_any_size_become_tiles(tmp_path, height, width):
    ids = np.zeros((height, width), np.uint8)
    write_pictures(tmp_path, evaluation([
        prediction(np.zeros((height, width, 3), np.uint8), ids, ids)]))
    shape = cv2.imread(str(tmp_path / 'frames.png')).shape
    scale = TILE / max(height, width)
    assert shape[1] == 4 * (round(scale * width) + 4) + 4
