# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import pickle

import numpy as np
import pytest

torch = pytest.importorskip('torch')
from lsnet_ros.models.checkpoint_process import read_checkpoint  # noqa: E402
from lsnet_ros.models.published import PublishedError  # noqa: E402


def test_the_weights_of_a_training_are_read(tmp_path):
    weights = {'a': torch.arange(3, dtype=torch.float16), 'n': torch.tensor(7)}
    torch.save({'epoch': 3, 'state_dict': weights, 'optimizer': {'lr': 0.1}}, tmp_path / 'a.pth')
    found = read_checkpoint(tmp_path / 'a.pth')
    np.testing.assert_array_equal(found['a'], np.array([0, 1, 2], np.float32))
    assert found['n'] == 7 and set(found) == {'a', 'n'}


class Trap:
    """A pickle that makes a file as soon as it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), 'w')


def test_code_in_a_checkpoint_is_not_run(tmp_path):
    for name, content in (('a.pth', {'weights': Trap(tmp_path / 'sprung')}),
                          ('b.pth', Trap(tmp_path / 'sprung'))):
        torch.save(content, tmp_path / name)
        assert not (tmp_path / 'sprung').exists()  # saving runs nothing
        with pytest.raises(PublishedError, match='not a checkpoint of plain weights') as caught:
            read_checkpoint(tmp_path / name)
        assert 'weights_only' not in str(caught.value) and '\n' not in str(caught.value)
        assert not (tmp_path / 'sprung').exists()


def test_what_is_no_checkpoint_is_refused(tmp_path):
    (tmp_path / 'pickle.pth').write_bytes(pickle.dumps([1, 2, 3]))
    torch.save({'a': 1}, tmp_path / 'number.pth')
    for name in ('pickle.pth', 'number.pth'):
        with pytest.raises(PublishedError, match='is not a checkpoint of plain weights'):
            read_checkpoint(tmp_path / name)
    for name in ('missing.pth', '.'):
        with pytest.raises(PublishedError, match='is not a file'):
            read_checkpoint(tmp_path / name)


def test_a_checkpoint_of_too_many_values_is_refused(tmp_path):
    # A view: one number in the file, 40 GB when it is written out.
    torch.save({'a': torch.zeros(1).expand(10 ** 10)}, tmp_path / 'a.pth')
    assert (tmp_path / 'a.pth').stat().st_size < 10000
    with pytest.raises(PublishedError, match='it holds 10000000000 values'):
        read_checkpoint(tmp_path / 'a.pth')
