# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Model folders are read back, or refused with a reason."""

import hashlib
import os
from pathlib import Path
import pickle
import shutil
import subprocess
import sys

from hypothesis import given, HealthCheck, settings
from hypothesis import strategies as st
import numpy as np
import pytest
import yaml

from lsnet_ros.labels.label_sets import label_set
from lsnet_ros.models.folder import (
    add_int8,
    list_models,
    ModelError,
    onnx_path,
    read_model,
    read_onnx,
    read_verified,
    read_weights,
    write_model,
)
from lsnet_ros.stages.preprocessing import InputSpec


def edit(folder, change):
    card = yaml.safe_load((folder / 'model.yaml').read_text())
    change(card)
    (folder / 'model.yaml').write_text(yaml.safe_dump(card))


def refusal(name_or_folder):
    with pytest.raises(ModelError) as caught:
        read_model(name_or_folder)
    assert '\n' not in str(caught.value)
    return str(caught.value)


def test_a_written_model_is_read_back(folder):
    model = read_model(folder)
    assert model.folder == folder
    assert (model.name, model.network) == ('tiny', 'lps-net-0')
    assert model.config == {'num_classes': 11, 'block': 'deploy'}
    assert model.label_set is label_set('camvid')
    assert model.spec == InputSpec(90, 120, ((45, 60),), (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))
    assert model.card['metrics'] == {'camvid-val': {'miou': 0.5}}
    weights = read_weights(model)
    assert sorted(weights) == ['a.bias', 'a.weight']
    np.testing.assert_array_equal(weights['a.weight'], [[0, 1, 2], [3, 4, 5]])
    assert onnx_path(model).read_bytes() == b'onnx bytes'


def test_the_card_holds_the_checksums_that_sha256sum_prints(folder):
    files = yaml.safe_load((folder / 'model.yaml').read_text())['files']
    for name in ('weights.npz', 'model.onnx'):
        assert files[name] == hashlib.sha256((folder / name).read_bytes()).hexdigest()


def test_the_card_keeps_the_order_of_its_keys(folder):
    lines = (folder / 'model.yaml').read_text().splitlines()
    keys = [line.split(':')[0] for line in lines if line[0] not in ' -']
    assert keys == ['name', 'network', 'config', 'label_set', 'classes', 'input', 'training',
                    'metrics', 'files']


def test_the_same_model_is_written_as_the_same_bytes(folder, card, arrays, tmp_path):
    write_model(tmp_path / 'again', card, arrays, b'onnx bytes')
    for name in ('model.yaml', 'weights.npz', 'model.onnx'):
        assert (tmp_path / 'again' / name).read_bytes() == (folder / name).read_bytes()


def test_label_sets_of_ones_own_come_from_the_card(folder):
    edit(folder, lambda card: card.update(
        label_set='orchard', config={'num_classes': 2},
        classes=[{'name': 'tree', 'color': [0, 128, 0]}, {'name': 'grass', 'color': [0, 255, 0]}]))
    labels = read_model(folder).label_set
    assert labels.name == 'orchard'
    assert labels.class_names == ['tree', 'grass']
    assert labels.palette.tolist() == [[0, 128, 0], [0, 255, 0]]


def test_a_name_that_is_not_known_is_answered_with_the_known_ones(folder, monkeypatch):
    monkeypatch.setattr('lsnet_ros.models.folder.installed', lambda name: [folder.parent])
    assert refusal('tinny').startswith(
        "model 'tinny' is not known (did you mean 'tiny'?): choose from tiny, or give")
    assert refusal('huge').startswith("model 'huge' is not known: choose from tiny, or give")


def test_a_name_stands_for_the_model_below_an_ament_prefix(folder, monkeypatch, tmp_path):
    installed = tmp_path / 'prefix' / 'share' / 'lsnet_ros' / 'models'
    shutil.copytree(str(folder), str(installed / 'test-model'))
    monkeypatch.setenv('AMENT_PREFIX_PATH', '/nowhere' + os.pathsep + str(tmp_path / 'prefix'))
    assert list_models()['test-model'] == installed / 'test-model'
    assert read_model('test-model').folder == installed / 'test-model'


def test_a_folder_that_is_no_model_is_refused(tmp_path):
    assert refusal(tmp_path).startswith('{} is not a model folder, it has no model.yaml'.format(
        tmp_path))


@pytest.mark.parametrize('name', ['weights.npz', 'model.onnx'])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    assert refusal(folder).startswith('{} cannot be read (No such file'.format(folder / name))


@pytest.mark.parametrize('name', ['weights.npz', 'model.onnx'])
def test_a_torn_file_is_named(folder, name):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[:-1])
    assert refusal(folder).startswith('{} is torn or was changed'.format(folder / name))


@given(position=st.integers(0, 10 ** 6), bit=st.integers(0, 7))
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_flipped_bit_of_the_weights_goes_unnoticed(folder, position, bit):
    path = folder / 'weights.npz'
    content = path.read_bytes()
    changed = bytearray(content)
    changed[position % len(content)] ^= 1 << bit
    path.write_bytes(bytes(changed))
    try:
        assert 'weights.npz is torn or was changed' in refusal(folder)
    finally:
        path.write_bytes(content)


def test_weights_changed_after_the_card_was_read_are_refused(folder):
    model = read_model(folder)
    (folder / 'model.onnx').write_bytes(b'other bytes')
    with pytest.raises(ModelError, match='model.onnx is torn or was changed'):
        read_verified(model, 'model.onnx')


def replace_weights(folder, content):
    (folder / 'weights.npz').write_bytes(content)
    edit(folder, lambda card: card['files'].update(
        {'weights.npz': hashlib.sha256(content).hexdigest()}))
    return read_model(folder)


class Trap:
    """Leaves a file behind if it is ever unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


def test_a_pickle_in_place_of_weights_is_never_loaded(folder, tmp_path):
    content = pickle.dumps({'a.weight': Trap(tmp_path / 'unpickled')})
    with pytest.raises(ModelError, match='weights.npz is not an archive of plain arrays'):
        read_weights(replace_weights(folder, content))
    assert not (tmp_path / 'unpickled').exists()


def test_an_array_of_objects_is_never_loaded(folder, tmp_path):
    path = tmp_path / 'objects.npz'
    np.savez(str(path), weight=np.array([Trap(tmp_path / 'unpickled')], dtype=object))
    with pytest.raises(ModelError, match='weights.npz is not an archive of plain arrays'):
        read_weights(replace_weights(folder, path.read_bytes()))
    assert not (tmp_path / 'unpickled').exists()


@pytest.mark.parametrize('content', [b'', b'no archive', b'\x93NUMPY\x01'])
def test_weights_that_are_no_archive_are_refused(folder, content):
    with pytest.raises(ModelError, match='weights.npz is not an archive of plain arrays'):
        read_weights(replace_weights(folder, content))


@pytest.mark.parametrize('text', ['name: [', 'a: b: c', '\t', '!!python/object:os.system {}',
                                  'stamp: 2026-13-45', '[' * 5000])
def test_a_card_that_is_not_yaml_is_refused(folder, text):
    (folder / 'model.yaml').write_text(text)
    assert refusal(folder).startswith('{} cannot be read (it'.format(folder / 'model.yaml'))


@pytest.mark.parametrize('content', [b'\xff\xfe', b'name: \x80'])
def test_a_card_that_is_not_text_is_refused(folder, content):
    (folder / 'model.yaml').write_bytes(content)
    assert refusal(folder).startswith('{} cannot be read (it'.format(folder / 'model.yaml'))


def test_other_files_of_the_folder_are_left_alone(folder, card, arrays):
    (folder / 'log.csv').write_text('epoch\n')
    write_model(folder, dict(card, name='newer'), arrays, b'newer bytes')
    assert read_model(folder).name == 'newer'
    assert sorted(path.name for path in folder.iterdir()) == [
        'log.csv', 'model.onnx', 'model.yaml', 'weights.npz']


def test_a_card_that_could_not_be_read_is_not_written(folder, card, arrays):
    with pytest.raises(ModelError, match='config.num_classes is 19, but 11 classes are listed'):
        write_model(folder, dict(card, config={'num_classes': 19}), arrays, b'newer bytes')
    assert read_verified(read_model(folder), 'model.onnx') == b'onnx bytes'


WRITE_ON_A_FULL_DISK = """
import resource, signal, sys
import numpy as np
from lsnet_ros.models.folder import read_model, write_model
card = read_model(sys.argv[1]).card
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
write_model(sys.argv[1], card, {'a': np.zeros(10)}, b'x' * 5000)
"""


def test_a_disk_that_fills_up_leaves_the_old_model_whole(folder):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    done = subprocess.run([sys.executable, '-c', WRITE_ON_A_FULL_DISK, str(folder)],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          universal_newlines=True)
    assert done.returncode == 1 and 'OSError: [Errno 27] File too large' in done.stderr
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def replace_onnx(folder, content):
    (folder / 'model.onnx').write_bytes(content)
    edit(folder, lambda card: card['files'].update(
        {'model.onnx': hashlib.sha256(content).hexdigest()}))
    return read_model(folder)


def test_an_onnx_file_with_weights_in_another_file_is_not_used(folder):
    tensor = b'\x70\x01'                                # data_location: EXTERNAL
    graph = b'\x2a' + bytes([len(tensor)]) + tensor     # initializer
    model = replace_onnx(folder, b'\x3a' + bytes([len(graph)]) + graph)
    with pytest.raises(ModelError, match='model.onnx cannot be used: its weights lie in another'):
        read_onnx(model)


@pytest.mark.parametrize('name', ['model.onnx', 'weights.npz', 'model.yaml'])
def test_a_pipe_in_place_of_a_file_is_refused_and_not_waited_for(folder, name):
    (folder / name).unlink()
    os.mkfifo(str(folder / name))
    problem = refusal(folder)
    if name == 'model.yaml':  # what has no card is no model
        assert problem.startswith('{} is not a model folder'.format(folder))
    else:
        assert problem.startswith('{} cannot be read (It is a pipe'.format(folder / name))


def test_a_card_of_many_megabytes_is_not_read(folder):
    with (folder / 'model.yaml').open('ab') as file:
        file.truncate(100 << 20)
    assert 'cannot be read (It has 104857600 bytes, expected 1048576 at most)' in refusal(folder)


def test_integers_are_added_to_a_model_and_told_on_its_card(folder):
    model = read_model(folder)
    assert not model.is_quantized
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    quantized = add_int8(model, b'8 bits', {'agreement': 0.99})
    assert quantized.is_quantized and read_model(folder).card == quantized.card
    assert quantized.card['int8'] == {'agreement': 0.99}
    assert quantized.card['files'] == dict(
        model.card['files'], **{'model.int8.onnx': hashlib.sha256(b'8 bits').hexdigest()})
    assert read_verified(quantized, 'model.int8.onnx') == b'8 bits'
    for name in ('weights.npz', 'model.onnx'):
        assert (folder / name).read_bytes() == before[name]
    assert len(list(folder.iterdir())) == 4


def test_integers_that_changed_are_refused(folder):
    add_int8(read_model(folder), b'8 bits', {})
    (folder / 'model.int8.onnx').write_bytes(b'other bits')
    assert 'model.int8.onnx is torn or was changed' in refusal(folder)
    (folder / 'model.int8.onnx').unlink()
    assert 'model.int8.onnx cannot be read (No such file or directory)' in refusal(folder)


def test_a_model_written_anew_has_no_integers_of_the_old_one(folder, card, arrays):
    quantized = add_int8(read_model(folder), b'8 bits', {'agreement': 0.99})
    model = write_model(folder, quantized.card, arrays, b'other onnx bytes')
    assert not model.is_quantized and 'int8' not in model.card
    assert sorted(model.card['files']) == ['model.onnx', 'weights.npz']


def make_onnx(**parameters):
    """Return an ONNX file with parameters and one other constant."""
    onnx = pytest.importorskip('onnx')
    info = onnx.helper.make_tensor_value_info('x', onnx.TensorProto.FLOAT, [1])
    constants = [onnx.numpy_helper.from_array(array, 'network.' + name.replace('_', '.'))
                 for name, array in parameters.items()]
    constants.append(onnx.numpy_helper.from_array(np.arange(4), 'up_sizes'))
    return onnx.helper.make_model(onnx.helper.make_graph(
        [], 'net', [info], [info], constants)).SerializeToString()


def test_weights_that_the_onnx_file_holds_are_written_once(card, arrays, tmp_path):
    onnx = make_onnx(a_weight=arrays['a.weight'], a_bias=arrays['a.bias'])
    model = write_model(tmp_path / 'once', card, arrays, onnx)
    assert sorted(model.card['files']) == ['model.onnx']
    assert sorted(path.name for path in model.folder.iterdir()) == ['model.onnx', 'model.yaml']
    found = read_weights(model)
    assert sorted(found) == ['a.bias', 'a.weight']
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)


@pytest.mark.parametrize('changes', [
    {'a_weight': np.ones((2, 3), np.float32)}, {'a_more': np.ones(1, np.float32)}])
def test_other_weights_than_those_of_the_onnx_file_have_a_file_of_their_own(
        card, arrays, tmp_path, changes):
    onnx = make_onnx(**dict(dict(a_weight=arrays['a.weight'], a_bias=arrays['a.bias']), **changes))
    model = write_model(tmp_path / 'twice', card, arrays, onnx)
    assert sorted(model.card['files']) == ['model.onnx', 'weights.npz']


def test_an_onnx_file_with_a_broken_parameter_is_refused_in_one_line(card, arrays, tmp_path):
    onnx = pytest.importorskip('onnx')
    broken = onnx.load_from_string(make_onnx(a_weight=arrays['a.weight'], a_bias=arrays['a.bias']))
    model = write_model(tmp_path / 'broken', card, arrays, broken.SerializeToString())
    broken.graph.initializer[0].dims[0] += 1
    content = broken.SerializeToString()
    (model.folder / 'model.onnx').write_bytes(content)
    digest = {'model.onnx': hashlib.sha256(content).hexdigest()}
    edit(model.folder, lambda card: card.update(files=digest))
    with pytest.raises(ModelError, match='model.onnx has no readable weights .a constant of shap'):
        read_weights(read_model(model.folder))
