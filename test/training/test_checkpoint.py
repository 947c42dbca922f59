# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest
import torch

from lsnet_ros.networks import build_network
from lsnet_ros.training.checkpoint import (
    arrays,
    Checkpoint,
    CheckpointError,
    load_arrays,
    read_checkpoint,
    write_checkpoint,
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / 'checkpoint.npz'


def test_what_is_written_is_read(path):
    network = build_network('lps-net-0', 3)
    optimizer = {'momentum_buffer/a.b': np.arange(3, dtype=np.float32)}
    write_checkpoint(path, Checkpoint(arrays(network), optimizer, {'iteration': 7}))
    read = read_checkpoint(path)
    assert read.state == {'iteration': 7}
    np.testing.assert_array_equal(read.optimizer['momentum_buffer/a.b'], [0, 1, 2])
    other = build_network('lps-net-0', 3)
    load_arrays(other, read.weights)
    for name, value in network.state_dict().items():
        assert torch.equal(other.state_dict()[name], value), name


def test_a_torn_checkpoint_is_refused(path):
    write_checkpoint(path, Checkpoint({'w': np.zeros(1000)}, {}, {}))
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(CheckpointError, match='not a readable checkpoint'):
        read_checkpoint(path)


def test_a_pickle_is_refused(path):
    np.savez(str(path), state=np.array([{'a': 1}], dtype=object))
    with pytest.raises(CheckpointError, match='not a readable checkpoint'):
        read_checkpoint(path)


def test_another_network_is_refused(path):
    weights = arrays(build_network('lps-net-0', 3))
    with pytest.raises(CheckpointError, match='another network'):
        load_arrays(build_network('lps-net-1', 3), weights)


def test_a_full_disk_leaves_the_last_checkpoint(path):
    import resource
    write_checkpoint(path, Checkpoint({}, {}, {'iteration': 1}))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10000, before[1]))
    try:
        with pytest.raises(OSError):
            write_checkpoint(path, Checkpoint({'w': np.zeros(10000)}, {}, {'iteration': 2}))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert read_checkpoint(path).state == {'iteration': 1}
    assert [file.name for file in path.parent.iterdir()] == [path.name]
