# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Networks in 8-bit integers find the classes of float32, or are refused."""

import shutil

import numpy as np
import pytest

from lsnet_ros.backends import agreement, BackendError, open_backend
from lsnet_ros.board.machine import processor_features
from lsnet_ros.datasets.street_scene import StreetScene
from lsnet_ros.models.folder import add_int8, read_model, read_onnx
from lsnet_ros.models.parity import Limits
from lsnet_ros.segmenter import Segmenter
from lsnet_ros.stages.preprocessing import Preprocessor

MODEL = 'lps-net-s-camvid'
NAMES = ('onnx-int8', 'openvino-int8')


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Set a cache of the test's own, in which nothing was measured yet."""
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))


def opened(name):
    """
    Return the segmenter of a shipped model.

    Without its runtime the test is skipped, and where the processor may add products in 16 bits.
    """
    try:
        return Segmenter(read_model(MODEL), name)
    except BackendError as error:
        has_vnni = any('vnni' in feature for feature in processor_features())
        if 'cannot be imported' in str(error) or not has_vnni:
            pytest.skip(str(error))
        raise


@pytest.mark.parametrize('name', NAMES)
def test_the_classes_are_those_of_float32(name):
    segmenter = opened(name)
    backend = segmenter.backend
    assert (backend.name, backend.precision) == (name, 'int8')
    assert ', int8 (' in backend.device and 'class ids are those of float32)' in backend.device
    image = StreetScene(7, 180, 240).frame(0).image
    found = segmenter.segment(image).class_ids
    expected = Segmenter(read_model(MODEL), 'onnx').segment(image).class_ids
    assert 0.97 < (found == expected).mean() < 1.0
    assert len(np.unique(expected)) > 4


@pytest.mark.parametrize('name', NAMES)
def test_on_a_processor_that_computes_other_classes_it_is_refused(name, monkeypatch):
    opened(name)
    monkeypatch.setitem(agreement.LIMITS, 'int8', Limits(agreement=1.01))
    with pytest.raises(BackendError, match=r'in 8-bit integers 9[0-9.]+% of the class ids are '
                                           r'those of float32 on this processor, at least 101%'):
        open_backend(read_model(MODEL), name)


@pytest.mark.parametrize('name', NAMES)
def test_the_agreement_is_measured_once(name, monkeypatch):
    first = opened(name).backend.device
    monkeypatch.delattr(agreement, 'measure_agreement')
    assert opened(name).backend.device == first


@pytest.mark.parametrize('name', NAMES)
def test_a_model_without_integers_says_how_to_make_them(name, tiny_model):
    with pytest.raises(BackendError, match='model \'tiny\' has no model.int8.onnx: make it with '
                                           '"lsnet quantize"$'):
        open_backend(read_model(tiny_model), name)


def test_a_network_whose_classes_change_is_not_taken_by_auto(tiny_model, tmp_path):
    pytest.importorskip('onnx')
    quantize = pytest.importorskip('lsnet_ros.models.quantize')
    shutil.copytree(str(tiny_model), str(tmp_path / 'tiny'))
    model = read_model(tmp_path / 'tiny')
    preprocessor = Preprocessor(model.spec)
    inputs = [tuple(x.copy() for x in preprocessor(StreetScene(seed, 90, 120).frame(0).image))
              for seed in range(2)]
    model = add_int8(model, quantize.quantize_onnx(read_onnx(model), inputs), {})
    backend = open_backend(model)
    assert backend.precision != 'int8'
    assert 'onnx-int8: in 8-bit integers ' in backend.reason.replace(', openvino-int8', '')
