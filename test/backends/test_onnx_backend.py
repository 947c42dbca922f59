# Copyright 2026 The lsnet_ros authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.
"""ONNX files that are not what the card says, whichever runtime reads them."""

import shutil

from lsnet_ros.backends import BackendError, open_backend
from lsnet_ros.model_files import (ModelError, onnx_path, read_model, read_weights, write_model)
import pytest


@pytest.fixture(params=['onnx', 'openvino'])
def name(request):
    pytest.importorskip({'onnx': 'onnxruntime', 'openvino': 'openvino'}[request.param])
    return request.param


def rewritten(tiny_model, folder, onnx=None, **changes):
    """Copy a model with another ONNX file or other keys on its card."""
    model = read_model(tiny_model)
    return write_model(folder, dict(model.card, **changes), read_weights(model),
                       onnx_path(model).read_bytes() if onnx is None else onnx)


def test_a_card_with_other_input_sizes_than_the_file_is_refused(tiny_model, tmp_path, name):
    card_input = dict(read_model(tiny_model).card['input'], sizes=[[96, 120], [22, 30]])
    model = rewritten(tiny_model, tmp_path / 'other', input=card_input)
    with pytest.raises(ModelError, match=r'model.onnx takes .*90, 120.* but the card says .*96'):
        open_backend(model, name)


def test_a_card_with_another_number_of_inputs_is_refused(tiny_model, tmp_path, name):
    card_input = dict(read_model(tiny_model).card['input'], sizes=[[90, 120]])
    model = rewritten(tiny_model, tmp_path / 'other', input=card_input)
    with pytest.raises(ModelError, match='model.onnx takes .* but the card says '):
        open_backend(model, name)


def test_a_card_with_more_classes_than_the_file_is_refused(tiny_model, tmp_path, name):
    colors = [{'name': 'class {}'.format(i), 'color': [i, i, i]} for i in range(12)]
    model = rewritten(tiny_model, tmp_path / 'other', classes=colors, label_set='own',
                      config=dict(read_model(tiny_model).config, num_classes=12))
    with pytest.raises(ModelError, match=r'gives .*\[1, 11\].* but the card says .*\[1, 12\]'):
        open_backend(model, name)


def test_a_file_that_is_no_onnx_is_refused_on_one_line(tiny_model, tmp_path, name):
    model = rewritten(tiny_model, tmp_path / 'other', onnx=b'no graph')
    with pytest.raises(BackendError) as caught:
        open_backend(model, name)
    assert str(caught.value).startswith(
        {'onnx': 'ONNX Runtime ', 'openvino': 'OpenVINO '}[name])
    assert '{} ('.format(tmp_path / 'other' / 'model.onnx') in str(caught.value)
    assert '\n' not in str(caught.value)


def test_a_file_swapped_after_the_card_was_read_is_refused(tiny_model, tmp_path, name):
    shutil.copytree(str(tiny_model), str(tmp_path / 'swapped'))
    model = read_model(tmp_path / 'swapped')
    onnx_path(model).write_bytes(onnx_path(model).read_bytes() + b'\0')
    with pytest.raises(ModelError, match='model.onnx is torn or was changed'):
        open_backend(model, name)
