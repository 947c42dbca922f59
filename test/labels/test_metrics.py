# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Tests of the metrics: against values worked out by hand and a count pixel by pixel."""

import json
import math

from hypothesis import given, HealthCheck, settings, strategies
import numpy as np
import pytest

from lsnet_ros.labels.label_sets import label_set
from lsnet_ros.labels.metrics import ConfusionMatrix, MetricsError


def test_values_are_those_worked_out_by_hand():
    confusion = ConfusionMatrix(3)
    confusion.update(np.array([[0, 0, 0, 1], [1, 1, 2, 255]]),
                     np.array([[0, 0, 1, 1], [1, 2, 2, 0]]))
    assert confusion.matrix.tolist() == [[2, 1, 0], [0, 2, 1], [0, 0, 1]]
    assert confusion.iou().tolist() == [2 / 3, 2 / 4, 1 / 2]
    assert confusion.miou() == pytest.approx((2 / 3 + 1 / 2 + 1 / 2) / 3)
    assert confusion.pixel_accuracy() == pytest.approx(5 / 7)
    assert confusion.frames == 1


def test_frames_add_up_in_one_matrix_and_are_not_averaged():
    confusion = ConfusionMatrix(2)
    confusion.update(np.array([[0]]), np.array([[0]]))
    confusion.update(np.array([[0, 0, 0]]), np.array([[1, 1, 1]]))
    assert confusion.iou()[0] == 1 / 4
    assert confusion.frames == 2


def test_a_class_without_target_and_prediction_is_nan_and_out_of_the_mean():
    confusion = ConfusionMatrix(3)
    confusion.update(np.array([[0, 0]]), np.array([[0, 0]]))
    assert confusion.iou()[0] == 1 and np.isnan(confusion.iou()[1:]).all()
    assert confusion.miou() == 1


def test_a_class_that_is_only_predicted_counts_with_an_iou_of_zero():
    confusion = ConfusionMatrix(3)
    confusion.update(np.array([[0, 0]]), np.array([[0, 1]]))
    assert confusion.iou()[:2].tolist() == [0.5, 0]
    assert confusion.miou() == 0.25


def test_a_class_predicted_only_where_pixels_are_ignored_stays_absent():
    confusion = ConfusionMatrix(2)
    confusion.update(np.array([[0, 255]]), np.array([[0, 1]]))
    assert confusion.miou() == 1 and confusion.pixel_accuracy() == 1


def test_nothing_counted_has_no_values():
    confusion = ConfusionMatrix(2)
    confusion.update(np.full((2, 2), 255, np.uint8), np.zeros((2, 2), np.uint8))
    assert math.isnan(confusion.miou()) and math.isnan(confusion.pixel_accuracy())
    assert confusion.scores(['a', 'b']).as_json() == {
        'miou': None, 'iou': {'a': None, 'b': None}, 'pixel_accuracy': None, 'frames': 1}


def test_the_report_is_plain_json_with_none_for_absent_classes():
    confusion = ConfusionMatrix(2)
    confusion.update(np.array([[0, 0]]), np.array([[0, 0]]))
    report = json.loads(json.dumps(confusion.scores(['road', 'car']).as_json(), allow_nan=False))
    assert report == {'miou': 1.0, 'iou': {'road': 1.0, 'car': None}, 'pixel_accuracy': 1.0,
                      'frames': 1}


def test_the_report_wants_a_name_for_each_class():
    with pytest.raises(MetricsError, match='1 class names for 2 classes'):
        ConfusionMatrix(2).scores(['road'])


@pytest.mark.parametrize('target, class_ids, message', [
    ([[0, 2]], [[0, 0]], 'target id 2 in 1 pixels is outside the label set: expected 0 to 1'),
    ([[0, 1]], [[3, 3]], 'predicted id 3 in 2 pixels'),
    ([[255, 255]], [[0, 255]], 'predicted id 255'),
    ([[0, -1]], [[0, 0]], 'target ids are -1 to 0'),
    ([[0, 256]], [[0, 0]], 'target ids are 0 to 256'),
    ([[0., 1.]], [[0, 0]], 'target ids are float64: expected integers'),
    ([[0, 1]], [[0], [1]], r'shape \(1, 2\) and the class ids \(2, 1\)'),
])
def test_ids_that_cannot_be_counted_are_refused_and_change_nothing(target, class_ids, message):
    confusion = ConfusionMatrix(2)
    with pytest.raises(MetricsError, match=message):
        confusion.update(np.array(target), np.array(class_ids))
    assert confusion.matrix.sum() == 0 and confusion.frames == 0


@pytest.mark.parametrize('num_classes', [0, 256])
def test_a_number_of_classes_that_ids_cannot_hold_is_refused(num_classes):
    with pytest.raises(MetricsError, match='expected 1 to 255'):
        ConfusionMatrix(num_classes)


def test_another_id_can_be_the_ignored_one():
    confusion = ConfusionMatrix(2, ignore_index=11)
    confusion.update(np.array([[0, 11]]), np.array([[0, 1]]))
    assert confusion.matrix.tolist() == [[1, 0], [0, 0]]


def test_categories_are_worked_out_by_hand():
    """A car taken for a bus is right as a vehicle; a bus taken for the road is not."""
    confusion = ConfusionMatrix(3)
    confusion.update(np.array([[0, 0, 1, 1, 1, 2, 255]]), np.array([[0, 2, 1, 2, 2, 0, 1]]))
    grouped = confusion.by_category(['flat', 'vehicle', 'vehicle'])
    assert grouped.matrix.tolist() == [[1, 1], [1, 3]]
    assert grouped.iou().tolist() == [1 / 3, 3 / 5]
    report = confusion.scores(['road', 'car', 'bus'], ['flat', 'vehicle', 'vehicle']).as_json()
    assert report['category_iou'] == {'flat': 1 / 3, 'vehicle': 3 / 5}
    assert report['category_miou'] == pytest.approx((1 / 3 + 3 / 5) / 2)
    assert report['iou'] == {'road': 1 / 3, 'car': 1 / 3, 'bus': 0.0}
    assert report['frames'] == grouped.frames == 1


def test_categories_come_in_the_order_of_their_first_class():
    report = ConfusionMatrix(4).scores(list('abcd'), ['x', 'y', 'x', 'a']).as_json()
    assert list(report['category_iou'].items()) == [('x', None), ('y', None), ('a', None)]
    assert report['category_miou'] is None


def test_the_report_wants_a_category_for_each_class_or_none():
    with pytest.raises(MetricsError, match='1 categories for 2 classes'):
        ConfusionMatrix(2).scores(['road', 'car'], ['flat'])
    assert 'category_iou' not in ConfusionMatrix(2).scores(['road', 'car'], []).as_json()


@settings(max_examples=30, deadline=None)
@given(num_classes=strategies.integers(1, 40), seed=strategies.integers(0, 2 ** 32 - 1))
def test_categories_equal_a_count_of_ids_that_were_grouped_before(num_classes, seed):
    rng = np.random.RandomState(seed)
    group = rng.randint(0, 5, num_classes)
    target, class_ids = rng.randint(0, num_classes, (2, 6, 7))
    classes = ConfusionMatrix(num_classes)
    classes.update(target, class_ids)
    names = sorted(set(group), key=list(group).index)
    expected = ConfusionMatrix(len(names))
    expected.update(*(np.vectorize(names.index)(group[ids]) for ids in (target, class_ids)))
    assert (classes.by_category(['ABCDE'[i] for i in group]).matrix == expected.matrix).all()


@settings(max_examples=25, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=strategies.integers(0, 2 ** 32 - 1), kept=strategies.integers(1, 34),
       right=strategies.floats(0, 1))
def test_cityscapes_is_scored_as_by_the_official_script(official_cityscapes_scores, seed, kept,
                                                        right):
    """Truths of some of all 34 labels, predictions of some of the 19, right here and there."""
    rng = np.random.RandomState(seed)
    labels = label_set('cityscapes')
    own_ids = np.array([label.id for label in labels.classes])
    train_ids = np.full(34, 255)
    train_ids[own_ids] = range(19)
    some = rng.permutation(34)[:kept]
    truths = some[rng.randint(0, kept, (2, 8, 9))]
    predictions = rng.permutation(19)[:kept][rng.randint(0, min(kept, 19), truths.shape)]
    known = (rng.rand(*truths.shape) < right) & (train_ids[truths] != 255)
    predictions[known] = train_ids[truths][known]
    confusion = ConfusionMatrix(19)
    for truth, prediction in zip(truths, predictions):
        confusion.update(train_ids[truth], prediction)
    report = confusion.scores(labels.class_names, labels.categories).as_json()
    official = official_cityscapes_scores(truths, own_ids[predictions])
    for ours, theirs in (('iou', 'classScores'), ('category_iou', 'categoryScores')):
        assert {name: value for name, value in official[theirs].items()
                if not math.isnan(value)} == pytest.approx(
                    {name: value for name, value in report[ours].items() if value is not None})
    for ours, theirs in (('miou', 'averageScoreClasses'),
                         ('category_miou', 'averageScoreCategories')):
        assert (report[ours] is None and math.isnan(official[theirs])
                or report[ours] == pytest.approx(official[theirs]))


@settings(max_examples=50, deadline=None)
@given(num_classes=strategies.integers(1, 255), seed=strategies.integers(0, 2 ** 32 - 1),
       dtype=strategies.sampled_from(['uint8', 'int16', 'int64', 'uint64']))
def test_counts_equal_those_made_pixel_by_pixel(num_classes, seed, dtype):
    rng = np.random.RandomState(seed)
    target = rng.randint(0, num_classes, (7, 9)).astype(dtype)
    target[rng.rand(7, 9) < 0.2] = 255
    class_ids = rng.randint(0, num_classes, (7, 9)).astype(np.uint8)
    expected = np.zeros((num_classes, num_classes), int)
    for truth, predicted in zip(target.flat, class_ids.flat):
        if truth != 255:
            expected[truth, predicted] += 1
    confusion = ConfusionMatrix(num_classes)
    confusion.update(target, class_ids)
    assert (confusion.matrix == expected).all()
