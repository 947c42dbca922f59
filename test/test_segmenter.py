# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""From a frame to its label image."""

from hypothesis import assume, given, HealthCheck, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from lsnet_ros.backends import BACKENDS
from lsnet_ros.datasets.street_scene import StreetScene
from lsnet_ros.labels.groups import read_groups
from lsnet_ros.models.folder import read_model
from lsnet_ros.segmenter import Segmenter, SegmenterError
from lsnet_ros.stages.decoding import decode, decode_with_confidence
from lsnet_ros.stages.preprocessing import PreprocessingError, Preprocessor

NO_IMAGES = [
    np.zeros((0, 4, 3), np.uint8), np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.float32)]


@pytest.fixture(scope='module')
def segmenter(tiny_model):
    return Segmenter(read_model(tiny_model))


def test_the_label_image_has_the_size_of_the_frame(segmenter, frame):
    class_ids = segmenter.segment(frame).class_ids
    assert (class_ids.shape, class_ids.dtype) == ((360, 480), np.uint8)
    assert len(np.unique(class_ids)) >= 4


def test_the_stages_are_those_of_the_parts(segmenter, frame):
    outputs = segmenter.backend.infer(Preprocessor(segmenter.model.spec)(frame))
    np.testing.assert_array_equal(segmenter.segment(frame).class_ids, decode(outputs, (360, 480)))


@pytest.mark.parametrize('output_size, size', [
    ('input', (360, 480)), ('network', (90, 120)), ('33x17', (17, 33)), ('640x1', (1, 640))])
def test_the_output_size_is_the_one_asked_for(tiny_model, frame, output_size, size):
    model = read_model(tiny_model)
    segmenter = Segmenter(model, output_size=output_size)
    outputs = segmenter.backend.infer(Preprocessor(model.spec)(frame))
    np.testing.assert_array_equal(segmenter.segment(frame).class_ids, decode(outputs, size))


@pytest.mark.parametrize('output_size, groups', [
    ('input', None), ('33x17', None), ('network', 'drivable')])
def test_other_masks_of_an_open_model_are_those_of_a_model_opened_for_them(
        tiny_model, frame, output_size, groups):
    model = read_model(tiny_model)
    groups = groups and read_groups(groups, model.label_set)
    first = Segmenter(model, output_size='64x48')
    other = first.with_masks(output_size, groups)
    expected = Segmenter(model, output_size=output_size, groups=groups)
    np.testing.assert_array_equal(
        other.segment(frame).class_ids, expected.segment(frame).class_ids)
    assert other.label_set == expected.label_set and other.backend is first.backend
    assert first.segment(frame).class_ids.shape == (48, 64)


@pytest.fixture
def on_device(tiny_model, monkeypatch):
    """Return what opens a segmenter whose backend has all stages on its device, the CPU here."""
    pytest.importorskip('torch')
    from lsnet_ros.backends.torch_backend import TorchBackend

    def open_backend(model):
        backend = TorchBackend(model)
        backend.on_device = backend._open_stages()
        return backend
    monkeypatch.setitem(BACKENDS, 'torch', open_backend)
    return lambda **options: Segmenter(read_model(tiny_model), 'torch', **options)


@pytest.mark.parametrize('output_size', ['input', 'network', '33x17', '640x1'])
def test_a_backend_may_do_all_stages_on_its_device(tiny_model, frame, on_device, output_size):
    expected = Segmenter(read_model(tiny_model), 'onnx', output_size).segment(frame, True)
    found = on_device(output_size=output_size).segment(frame, True)
    assert (found.class_ids == expected.class_ids).mean() > 0.9995
    assert np.abs(found.confidence.astype(int) - expected.confidence).max() <= 2
    groups = read_groups('drivable', read_model(tiny_model).label_set)
    grouped = on_device(output_size=output_size, groups=groups).segment(frame, True)
    assert np.array_equal(grouped.class_ids, groups.table[found.class_ids])
    assert np.array_equal(grouped.confidence, found.confidence)
    assert type(found.timings) is type(expected.timings)
    assert sum(found.timings) == pytest.approx(2 * found.timings.total_ms)
    assert min(found.timings) > 0


def test_on_a_device_too_confidence_comes_when_asked_for_and_what_is_no_image_is_refused(
        frame, on_device):
    segmenter = on_device()
    segmenter.warm_up()
    assert segmenter.segment(frame).confidence is None
    for image in NO_IMAGES:
        with pytest.raises(PreprocessingError):
            segmenter.segment(image)
    assert segmenter.segment(frame).class_ids.shape == (360, 480)


@given(text=st.sampled_from(['', '640', '640x', 'x480', '0x480', '640x0', '640X480', '-1x5',
                             '640x480x3', ' 640x480', '99999x1', 'frame']) | st.text(max_size=8))
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
def test_an_output_size_that_is_none_is_refused(tiny_model, text):
    assume(text not in ('input', 'network'))
    if text.replace('x', '', 1).isdecimal() and text[0] != 'x' != text[-1]:
        text += '!'
    with pytest.raises(SegmenterError, match='give input, network, or WIDTHxHEIGHT'):
        Segmenter(read_model(tiny_model), output_size=text)


def test_the_confidence_comes_only_when_asked_for(segmenter, frame):
    assert segmenter.segment(frame).confidence is None
    segmentation = segmenter.segment(frame, with_confidence=True)
    outputs = segmenter.backend.infer(Preprocessor(segmenter.model.spec)(frame))
    class_ids, confidence = decode_with_confidence(outputs, (360, 480))
    np.testing.assert_array_equal(segmentation.class_ids, class_ids)
    np.testing.assert_array_equal(segmentation.confidence, confidence)


@pytest.mark.parametrize('backend', ['onnx', 'torch'])
def test_a_calibrated_model_has_the_same_classes_and_other_confidences(tiny_model, frame, backend):
    if backend == 'torch':
        pytest.importorskip('torch')
    model = read_model(tiny_model)
    plain, calibrated = (Segmenter(model._replace(temperature=temperature), backend).segment(
        frame, with_confidence=True) for temperature in (1.0, 2.0))
    np.testing.assert_array_equal(plain.class_ids, calibrated.class_ids)
    assert (plain.confidence >= calibrated.confidence).all()
    assert (plain.confidence > calibrated.confidence).mean() > 0.5


def test_the_timings_add_up(segmenter, frame):
    timings = segmenter.segment(frame).timings
    stages = [timings.preprocess_ms, timings.network_ms, timings.decode_ms]
    assert sorted(timings._fields) == ['decode_ms', 'network_ms', 'preprocess_ms', 'total_ms']
    assert min(stages) > 0
    assert sum(stages) == pytest.approx(timings.total_ms)


@pytest.mark.parametrize('image', NO_IMAGES)
def test_an_image_that_is_none_is_refused_and_the_next_is_segmented(segmenter, frame, image):
    with pytest.raises(PreprocessingError):
        segmenter.segment(image)
    assert segmenter.segment(frame).class_ids.shape == (360, 480)


@pytest.mark.parametrize('size', [(1, 1), (1, 500), (37, 2), (90, 120), (721, 1283)])
def test_frames_of_any_size_are_segmented(segmenter, size):
    image = np.random.RandomState(0).randint(0, 256, size + (3,), dtype=np.uint8)
    assert segmenter.segment(image).class_ids.shape == size


def test_warming_up_leaves_no_trace(tiny_model, frame, segmenter):
    fresh = Segmenter(read_model(tiny_model))
    fresh.warm_up()
    np.testing.assert_array_equal(fresh.segment(frame).class_ids,
                                  segmenter.segment(frame).class_ids)


def test_onnx_and_torch_give_the_same_labels(tiny_model, frame):
    pytest.importorskip('torch')
    model = read_model(tiny_model)
    onnx, torch = (Segmenter(model, name) for name in ('onnx', 'torch'))
    scene = StreetScene(2)
    same, pixels = 0, 0
    for image in [frame] + [scene.frame(10 * index).image for index in range(4)]:
        agreement = onnx.segment(image).class_ids == torch.segment(image).class_ids
        same, pixels = same + agreement.sum(), pixels + agreement.size
    assert same / pixels >= 0.9995
