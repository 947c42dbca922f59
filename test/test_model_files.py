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
"""Model folders: what is read back, and what is refused."""

import copy
import hashlib
import os
from pathlib import Path
import pickle
import shutil
import subprocess
import sys

from hypothesis import given, HealthCheck, settings
from hypothesis import strategies as st
from lsnet_ros import model_files
from lsnet_ros.labels import label_set
from lsnet_ros.model_files import (list_models, ModelError, onnx_path, read_model, read_verified,
                                   read_weights, write_model)
from lsnet_ros.preprocessing import InputSpec
import numpy as np
import pytest
import yaml

CARD = {
    'name': 'tiny', 'network': 'lps-net-0', 'config': {'num_classes': 11, 'block': 'deploy'},
    'label_set': 'camvid',
    'classes': [{'name': label.name, 'color': list(label.color)}
                for label in label_set('camvid').classes],
    'input': {'height': 90, 'width': 120, 'sizes': [[45, 60]], 'mean': [0.5, 0.5, 0.5],
              'std': [0.25, 0.25, 0.25]},
    'training': {'command': 'lsnet train'}, 'metrics': {'camvid-val': {'miou': 0.5}},
}
ARRAYS = {'a.weight': np.arange(6, dtype=np.float32).reshape(2, 3), 'a.bias': np.float32([7, 8])}


@pytest.fixture
def folder(tmp_path):
    write_model(tmp_path / 'tiny', CARD, ARRAYS, b'onnx bytes')
    return tmp_path / 'tiny'


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


def test_the_same_model_is_written_as_the_same_bytes(folder, tmp_path):
    write_model(tmp_path / 'again', CARD, ARRAYS, b'onnx bytes')
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
    monkeypatch.setattr(model_files, 'installed', lambda name: [folder.parent])
    assert refusal('tinny').startswith("model 'tinny' is not known: choose from tiny, or give")


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
    assert refusal(folder).startswith('{} is not YAML ('.format(folder / 'model.yaml'))


@pytest.mark.parametrize('content', [b'\xff\xfe', b'name: \x80'])
def test_a_card_that_is_not_text_is_refused(folder, content):
    (folder / 'model.yaml').write_bytes(content)
    assert refusal(folder).startswith('{} is not YAML ('.format(folder / 'model.yaml'))


@pytest.mark.parametrize('key', ['name', 'network', 'config', 'label_set', 'classes', 'input',
                                 'training', 'metrics', 'files'])
def test_a_key_that_is_missing_is_named(folder, key):
    edit(folder, lambda card: card.pop(key))
    assert refusal(folder) == '{}: the key {} is missing'.format(folder / 'model.yaml', key)


@pytest.mark.parametrize('path, value, problem', [
    (('name',), 3, 'name is 3, expected text'),
    (('config',), [], 'config is [], expected a mapping'),
    (('config', 'num_classes'), True, 'config.num_classes is True, expected a whole number'),
    (('config', 'num_classes'), 19, 'config.num_classes is 19, but 11 classes are listed'),
    (('config', 5), 5, 'the keys of config are not all names'),
    (('classes', 2), 'pole', 'classes[2] is not a mapping of name and color'),
    (('classes', 2), {'name': 'pole'}, 'the key classes[2].color is missing'),
    (('classes', 2, 'color'), [1, 2], 'classes[2].color is [1, 2], expected a list of 3 whole'),
    (('classes', 2, 'color'), [1, 2, 300], 'classes are wrong: '),
    (('classes', 2, 'name'), 'post', "are not the 11 classes of label set 'camvid'"),
    (('classes',), [], 'classes are wrong: '),
    (('label_set',), 'cityscapes', "the 11 classes listed are not the 19 classes of label set"),
    (('input', 'height'), 90.0, 'input.height is 90.0, expected a whole number'),
    (('input', 'height'), 0, 'input has a size of 0 or less'),
    (('input', 'sizes'), [[45, -1]], 'input has a size of 0 or less'),
    (('input', 'sizes'), [], 'input.sizes is empty'),
    (('input', 'sizes'), [45, 60], 'input.sizes is 45, expected a list of 2 whole numbers'),
    (('input', 'mean'), [1, 2, float('nan')], 'input.mean is [1, 2, nan], expected a list of 3'),
    (('input', 'mean'), [1, 2, 10 ** 400], 'input.mean is [1, 2, 1000'),
    (('input', 'std'), [1, 1, 0], 'input.std is [1.0, 1.0, 0.0], expected values above 0'),
    (('files', 'weights.npz'), 'abc', 'files.weights.npz is not a sha256'),
    (('files', '../weights.npz'), '0' * 64, "files names '../weights.npz', which is not a file"),
    (('files', '/etc/passwd'), '0' * 64, "files names '/etc/passwd', which is not a file"),
    (('files', '..'), '0' * 64, "files names '..', which is not a file"),
    (('files', 7), '0' * 64, 'files names 7, which is not a file'),
])
def test_a_value_that_cannot_be_meant_is_named(folder, path, value, problem):
    def change(card):
        for key in path[:-1]:
            card = card[key]
        card[path[-1]] = value
    edit(folder, change)
    message = refusal(folder)
    assert message.startswith(str(folder / 'model.yaml')) and problem in message


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner,
                                                                max_size=3), max_leaves=6)
PLACES = [(key,) for key in CARD] + [('config', 'num_classes'), ('classes', 0),
                                     ('classes', 0, 'name'), ('classes', 0, 'color'), ('files',)]
PLACES += [('input', key) for key in CARD['input']]


@given(place=st.sampled_from(PLACES), junk=JUNK)
@settings(max_examples=200, deadline=None)
def test_a_card_with_junk_in_one_place_is_read_or_refused_with_a_reason(place, junk):
    card = copy.deepcopy(dict(CARD, files={'weights.npz': '0' * 64, 'model.onnx': '1' * 64}))
    inner = card
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = junk
    try:
        model = model_files.interpret(Path('folder'), card)
    except ModelError as error:
        assert '\n' not in str(error)
    else:
        assert model.label_set.num_classes == model.config['num_classes']


def test_other_files_of_the_folder_are_left_alone(folder):
    (folder / 'log.csv').write_text('epoch\n')
    write_model(folder, dict(CARD, name='newer'), ARRAYS, b'newer bytes')
    assert read_model(folder).name == 'newer'
    assert sorted(path.name for path in folder.iterdir()) == [
        'log.csv', 'model.onnx', 'model.yaml', 'weights.npz']


def test_a_card_that_could_not_be_read_is_not_written(folder):
    with pytest.raises(ModelError, match='config.num_classes is 19, but 11 classes are listed'):
        write_model(folder, dict(CARD, config={'num_classes': 19}), ARRAYS, b'newer bytes')
    assert read_verified(read_model(folder), 'model.onnx') == b'onnx bytes'


WRITE_ON_A_FULL_DISK = """
import resource, signal, sys
import numpy as np
from lsnet_ros.model_files import read_model, write_model
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
