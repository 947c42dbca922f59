# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""ONNX files that contradict the card are refused, whichever runtime reads them."""

import shutil

import pytest

from lsnet_ros.backends import BackendError, open_backend
from lsnet_ros.models.folder import ModelError, onnx_path, read_model, read_weights, write_model


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
    model = rewritten(tiny_model, tmp_path / 'other', onnx=b'\x08\x07')  # the version alone
    with pytest.raises(BackendError) as caught:
        open_backend(model, name)
    assert str(caught.value).startswith(
        {'onnx': 'ONNX Runtime ', 'openvino': 'OpenVINO '}[name])
    assert '{} ('.format(tmp_path / 'other' / 'model.onnx') in str(caught.value)
    assert '\n' not in str(caught.value)


def test_weights_in_a_file_of_the_current_folder_are_not_read(
        tiny_model, tmp_path, name, monkeypatch):
    onnx = pytest.importorskip('onnx')
    graph = onnx.load(str(onnx_path(read_model(tiny_model))))
    onnx.save(graph, str(tmp_path / 'net.onnx'), save_as_external_data=True, location='weights')
    model = rewritten(tiny_model, tmp_path / 'other', (tmp_path / 'net.onnx').read_bytes())
    monkeypatch.chdir(tmp_path)  # where 'weights' is: without our check it would be read
    assert (tmp_path / 'weights').stat().st_size > 1000
    with pytest.raises(ModelError, match='model.onnx cannot be used: its weights lie in another'):
        open_backend(model, name)


def test_logits_of_text_are_refused(tiny_model, tmp_path, name):
    onnx = pytest.importorskip('onnx')
    graph = onnx.load(str(onnx_path(read_model(tiny_model))))
    for node in graph.graph.node:
        node.output[:] = ['numbers' if output == 'logits' else output for output in node.output]
    graph.graph.node.append(onnx.helper.make_node(
        'Cast', ['numbers'], ['logits'], to=onnx.TensorProto.STRING))
    graph.graph.output[0].type.tensor_type.elem_type = onnx.TensorProto.STRING
    model = rewritten(tiny_model, tmp_path / 'other', graph.SerializeToString())
    with pytest.raises(ModelError, match='gives values of .*string.?, expected .*: export'):
        open_backend(model, name)


def test_a_file_swapped_after_the_card_was_read_is_refused(tiny_model, tmp_path, name):
    shutil.copytree(str(tiny_model), str(tmp_path / 'swapped'))
    model = read_model(tmp_path / 'swapped')
    onnx_path(model).write_bytes(onnx_path(model).read_bytes() + b'\0')
    with pytest.raises(ModelError, match='model.onnx is torn or was changed'):
        open_backend(model, name)
