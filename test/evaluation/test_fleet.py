# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""A real cluster of two processes measures bags as one process does, also if one is killed."""

import os
import signal
import threading
import time

import numpy as np
import pytest

distributed = pytest.importorskip('distributed')
from lsnet_ros.bags import write_bag  # noqa: E402
from lsnet_ros.datasets.street_scene import StreetScene  # noqa: E402
from lsnet_ros.evaluation.bag_score import BagTask, score_bag  # noqa: E402
from lsnet_ros.evaluation.fleet import (  # noqa: E402
    Failure,
    FleetError,
    local_cluster,
    remote_cluster,
    score_bags,
)

BAGS = 8


@pytest.fixture(scope='module')
def bags(tmp_path_factory):
    folder = tmp_path_factory.mktemp('bags')
    for seed in range(BAGS):
        scene = StreetScene(seed=seed, height=90, width=120)
        write_bag(folder / str(seed), (scene.frame(index) for index in range(3)))
    return sorted(folder.iterdir())


@pytest.fixture(scope='module')
def task(tiny_model):
    return BagTask('/image', '/target', str(tiny_model), 'onnx', None, (), None)


@pytest.fixture(scope='module')
def client():
    with local_cluster(2) as client:
        yield client


@pytest.fixture
def mortal():
    """Give a cluster whose workers a test may kill."""
    with local_cluster(2) as client:
        yield client


def by_bag(results):
    return sorted(results, key=lambda result: result.bag)


def test_the_scores_are_those_of_one_process(client, task, bags):
    found = by_bag(score_bags(client, task, bags))
    assert [score.bag for score in found] == bags
    for score, bag in zip(found, bags):
        expected = score_bag(task, bag)
        np.testing.assert_array_equal(score.matrix, expected.matrix)
        assert score._replace(matrix=None) == expected._replace(matrix=None)


def test_each_worker_has_cores_of_its_own(client):
    cores = list(client.run(os.sched_getaffinity, 0).values())
    if len(os.sched_getaffinity(0)) > 1:
        assert not set.intersection(*cores)
    assert set.union(*cores) == os.sched_getaffinity(0)


def test_a_bag_that_cannot_be_read_is_a_failure_and_the_others_are_scored(
        client, task, bags, tmp_path):
    torn = tmp_path / 'torn'
    found = list(score_bags(client, task, bags[:2] + [torn]))
    failure, = [result for result in found if isinstance(result, Failure)]
    assert failure.bag == torn and '{} does not exist'.format(torn) in failure.reason
    assert sorted(result.bag for result in found if result != failure) == bags[:2]


def test_a_killed_worker_costs_its_bag_again_and_nothing_else(mortal, task, bags):
    expected = [score_bag(task, bag) for bag in bags]
    pids = mortal.run(os.getpid)
    victim, pid = sorted(pids.items())[0]
    kill = threading.Timer(0.2, os.kill, (pid, signal.SIGKILL))
    busy = mortal.submit(time.sleep, 1.0, workers=[victim], allow_other_workers=True, pure=False)
    kill.start()
    found = by_bag(score_bags(mortal, task, bags))
    kill.join()
    assert busy.result() is None
    assert [score.bag for score in found] == bags
    for score, one in zip(found, expected):
        np.testing.assert_array_equal(score.matrix, one.matrix)


def test_a_bag_that_kills_every_worker_is_a_failure(mortal, task, bags, monkeypatch):
    from lsnet_ros.evaluation import fleet
    monkeypatch.setattr(fleet, 'score_bag', lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    failure, = score_bags(mortal, task, bags[:1])
    assert failure.bag == bags[0]
    assert failure.reason.startswith('KilledWorker: ')


def test_an_address_where_nobody_answers_is_one_line(monkeypatch):
    monkeypatch.setattr('lsnet_ros.evaluation.fleet.FIND_S', 0.5)
    with pytest.raises(FleetError, match='no scheduler answers at tcp://127.0.0.1:9 '):
        with remote_cluster('tcp://127.0.0.1:9'):
            pass


def test_a_worker_of_another_version_is_refused(client, monkeypatch):
    monkeypatch.setattr('lsnet_ros.__version__', '9.9')
    with pytest.raises(FleetError, match=r'has lsnet_ros [0-9.]+, expected lsnet_ros 9\.9: inst'):
        with remote_cluster(client.scheduler.address):
            pass


def test_a_worker_without_the_package_is_refused_before_it_is_waited_for_in_vain(
        client, monkeypatch):
    monkeypatch.setattr('lsnet_ros.evaluation.fleet.VERSION', '__import__("lsnet_no").__version__')
    with pytest.raises(FleetError, match="has ModuleNotFoundError: No module named 'lsnet_no'"):
        with remote_cluster(client.scheduler.address):
            pass


def test_a_scheduler_of_others_is_used(client, task, bags):
    with remote_cluster(client.scheduler.address) as other:
        score, = score_bags(other, task, bags[:1])
    np.testing.assert_array_equal(score.matrix, score_bag(task, bags[0]).matrix)
