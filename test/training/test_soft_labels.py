# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Soft labels: what a teacher says of each frame, kept in a file, read as it was written."""

import numpy as np
import pytest
import torch

from lsnet_ros.datasets.street_scene import StreetScenes
from lsnet_ros.labels.label_sets import label_set
from lsnet_ros.models.folder import read_model
from lsnet_ros.models.network import load_network
from lsnet_ros.stages.preprocessing import Preprocessor
from lsnet_ros.training.checkpoint import CheckpointError
from lsnet_ros.training.losses import distillation
from lsnet_ros.training.soft_labels import open_soft_labels, read_teacher

CAMVID = label_set('camvid')


def quiet(items, total, unit):
    return items


@pytest.fixture(scope='module')
def scenes():
    return StreetScenes(0, 3, 90, 120)


def test_they_are_the_mean_over_a_frame_and_its_mirror_image(tiny_model, scenes, tmp_path):
    teacher = read_teacher(str(tiny_model))
    soft_labels = open_soft_labels(tmp_path, teacher, scenes, CAMVID, quiet)
    model = read_model(tiny_model)
    network, preprocess = load_network(model), Preprocessor(model.spec)
    assert len(soft_labels) == 3
    for index in range(3):
        image = scenes[index].image
        logits = []
        for view in (image, np.ascontiguousarray(image[:, ::-1])):
            with torch.no_grad():
                inputs = [torch.from_numpy(x.copy()) for x in preprocess(view)]
                logits.append(network.core(*inputs)[0].numpy())
        expected = (logits[0] + logits[1][..., ::-1])[0].transpose(1, 2, 0) / 2
        assert soft_labels[index].dtype == np.float16
        np.testing.assert_allclose(soft_labels[index], expected, rtol=2e-3, atol=2e-3)


def test_they_are_computed_once(tiny_model, scenes, tmp_path):
    seen = []

    def watched(items, total, unit):
        seen.append((total, unit))
        return items
    teacher = read_teacher(str(tiny_model))
    for _ in range(2):
        soft_labels = open_soft_labels(tmp_path, teacher, scenes, CAMVID, watched)
    assert seen == [(3, 'frames')]
    first, = tmp_path.glob('soft_labels-*.npy')
    with torch.no_grad():
        next(teacher.network.parameters()).mul_(2)
    other = open_soft_labels(tmp_path, teacher, scenes, CAMVID, watched)
    assert len(seen) == 2 and len(list(tmp_path.glob('soft_labels-*.npy'))) == 2
    assert not np.array_equal(other[0], soft_labels[0])


def test_a_kill_while_they_are_computed_leaves_no_file(tiny_model, scenes, tmp_path):
    def killed(items, total, unit):
        yield 0
        raise KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt):
        open_soft_labels(tmp_path, read_teacher(str(tiny_model)), scenes, CAMVID, killed)
    assert list(tmp_path.iterdir()) == []


def test_a_teacher_of_other_classes_is_refused(tiny_cityscapes_model, scenes, tmp_path):
    with pytest.raises(CheckpointError, match="classes of 'cityscapes' apart, .*'camvid'"):
        open_soft_labels(tmp_path, read_teacher(str(tiny_cityscapes_model)), scenes, CAMVID,
                         quiet)


def test_the_distillation_loss_is_hintons_with_the_frame_alone_counted():
    torch.manual_seed(0)
    logits, teacher = torch.randn(2, 3, 4, 5), torch.randn(2, 3, 4, 5)
    inside = (torch.rand(2, 1, 4, 5) < 0.5).float()
    found = distillation(logits, torch.cat([teacher, inside], 1), temperature=3.0)
    expected, count = 0.0, 0
    for n, y, x in zip(*np.nonzero(inside[:, 0].numpy())):
        p = np.exp(teacher[n, :, y, x].double().numpy() / 3)
        q = np.exp(logits[n, :, y, x].double().numpy() / 3)
        p, q = p / p.sum(), q / q.sum()
        expected += 9 * (p * np.log(p / q)).sum()
        count += 1
    assert float(found) == pytest.approx(expected / count, rel=1e-5)


def test_a_student_that_agrees_has_no_loss_and_an_empty_crop_none():
    logits = torch.randn(1, 3, 2, 2, requires_grad=True)
    agreeing = torch.cat([logits.detach(), torch.ones(1, 1, 2, 2)], 1)
    assert float(distillation(logits, agreeing, 2.0).detach()) == pytest.approx(0, abs=1e-6)
    outside = torch.cat([torch.randn(1, 3, 2, 2), torch.zeros(1, 1, 2, 2)], 1)
    loss = distillation(logits, outside, 2.0)
    loss.backward()
    assert float(loss.detach()) == 0 and not logits.grad.any()
