# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""A model folder is the old one or the new one, whenever the program is killed."""

import os
import subprocess
import sys

import pytest

from lsnet_ros.models.folder import ModelError, read_model, read_verified, read_weights
from lsnet_ros.models.journal import replace_files

# Kills itself in place of its Nth renaming.
WRITE_AND_DIE = '''
import os, signal, sys
import numpy as np
from lsnet_ros.models.folder import read_model, write_model
folder, count = sys.argv[1], int(sys.argv[2])
card, rename = dict(read_model(folder).card, name='newer'), os.replace
def replace(*paths):
    global count
    count -= 1
    if not count:
        os.kill(os.getpid(), signal.SIGKILL)
    rename(*paths)
os.replace = replace
write_model(folder, card, {'b': np.zeros(3)}, b'newer bytes')
'''
OLD = ('tiny', ['a.bias', 'a.weight'], b'onnx bytes')
NEW = ('newer', ['b'], b'newer bytes')


@pytest.mark.parametrize('count, expected', [
    (1, OLD), (2, OLD), (3, OLD), (4, NEW), (5, NEW), (6, NEW)])
def test_a_kill_at_any_renaming_leaves_a_whole_model(folder, count, expected):
    done = subprocess.run([sys.executable, '-c', WRITE_AND_DIE, str(folder), str(count)])
    assert done.returncode == -9
    model = read_model(folder)
    assert (model.name, sorted(read_weights(model)),
            read_verified(model, 'model.onnx')) == expected
    if expected is NEW:
        assert sorted(os.listdir(str(folder))) == ['model.onnx', 'model.yaml', 'weights.npz']


def test_a_killed_write_is_told_where_it_cannot_be_ended(folder):
    (folder / 'model.yaml.new').write_bytes((folder / 'model.yaml').read_bytes())
    (folder / 'weights.npz.new').write_bytes(b'')
    (folder / 'weights.npz').unlink()
    (folder / 'weights.npz').mkdir()
    with pytest.raises(ModelError, match='its new files cannot be renamed .*: make the folder wr'):
        read_model(folder)


def test_an_error_leaves_the_old_files_and_no_others(tmp_path):
    (tmp_path / 'a').write_bytes(b'old')
    (tmp_path / 'a.new').mkdir()  # in the way
    with pytest.raises(OSError):
        replace_files(tmp_path, {'a': b'1', 'b': b'2'})
    assert (tmp_path / 'a').read_bytes() == b'old'
    assert sorted(os.listdir(str(tmp_path))) == ['a', 'a.new']
