# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Calibrating a model: a temperature of frames with targets, which changes no class id."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from lsnet_ros.datasets.street_scene import StreetScenes
from lsnet_ros.evaluation.calibrate import calibrate
from lsnet_ros.evaluation.calibration import CalibrationError, Reliability
from lsnet_ros.evaluation.measure import measure
from lsnet_ros.models.folder import read_model
from lsnet_ros.models.network import load_network
from lsnet_ros.segmenter import Segmenter
from lsnet_ros.stages.preprocessing import Preprocessor


def quiet(items, total, unit):
    return items


def compute_logits(model, image):
    """Return the logits (1, 11, 90, 120) for an image of that size, by PyTorch alone."""
    network, preprocess = load_network(model), Preprocessor(model.spec)
    with torch.no_grad():
        outputs = network.core(*[torch.from_numpy(x.copy()) for x in preprocess(image)])
        return network.decode(outputs, (90, 120))


@pytest.fixture(scope='module')
def scenes(tiny_model):
    """Frames whose targets are drawn with the probabilities softmax(logits / 0.4)."""
    torch.manual_seed(0)
    model, frames = read_model(tiny_model), []
    for index in range(3):
        frame = StreetScenes(0, 3, 90, 120)[index]
        probabilities = (compute_logits(model, frame.image)[0] / 0.4).softmax(0)
        drawn = torch.multinomial(probabilities.reshape(11, -1).T, 1).reshape(90, 120)
        frames.append(frame._replace(target=drawn.numpy().astype(np.uint8)))
    return frames


def test_the_temperature_is_the_best_of_a_grid_by_pytorchs_loss(tiny_model, scenes):
    model = read_model(tiny_model)
    found = calibrate(Segmenter(model, 'onnx'), load_network(model), scenes, 'scenes', quiet)
    logits = torch.cat([compute_logits(model, scene.image)[..., ::4, ::4] for scene in scenes])
    targets = torch.from_numpy(np.stack([scene.target[::4, ::4] for scene in scenes])).long()
    losses = {factor: float(F.cross_entropy(logits / (factor * found.temperature), targets,
                                            ignore_index=255)) for factor in (0.9, 1.0, 1.1)}
    assert losses[1.0] == min(losses.values())
    assert found.temperature == pytest.approx(0.4, rel=0.1) and found.dataset == 'scenes'


def test_calibration_lowers_the_error_and_changes_no_class(tiny_model, scenes):
    model = read_model(tiny_model)
    found = calibrate(Segmenter(model, 'onnx'), load_network(model), scenes, 'scenes', quiet)
    errors, matrices, ids = [], [], []
    for temperature in (1.0, found.temperature):
        segmenter = Segmenter(model._replace(temperature=temperature), 'onnx')
        reliability = Reliability()
        matrices.append(measure(segmenter, scenes, quiet, reliability).matrix)
        ids.append(segmenter.segment(scenes[0].image, True).class_ids)
        errors.append(reliability.expected_calibration_error())
    assert errors[1] < errors[0]
    assert found.ece_before == pytest.approx(errors[0], abs=0.02)  # of every 16th pixel
    np.testing.assert_array_equal(*matrices)
    np.testing.assert_array_equal(*ids)


def test_frames_without_labels_are_refused(tiny_model, scenes):
    model = read_model(tiny_model)
    void = [scene._replace(target=np.full_like(scene.target, 255)) for scene in scenes]
    with pytest.raises(CalibrationError, match='no labelled pixel'):
        calibrate(Segmenter(model, 'onnx'), load_network(model), void, 'void', quiet)
