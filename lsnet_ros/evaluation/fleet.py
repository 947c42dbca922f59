# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Many bags on many processes or machines, by dask.distributed."""

from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator, NamedTuple, Sequence, Union

import lsnet_ros
from lsnet_ros.errors import describe, LsnetError
from lsnet_ros.evaluation.bag_score import BagScore, BagTask, score_bag

FIND_S = 30.0   # longest wait for a scheduler, and for its first worker
VERSION = '__import__("lsnet_ros").__version__'  # a text, which any worker can read
TRIES = 3       # of a bag whose worker dies


class FleetError(LsnetError, RuntimeError):
    """The scheduler cannot be reached or has no workers."""


class Failure(NamedTuple):
    """A bag without a score, and why."""

    bag: Path
    reason: str


@contextmanager
def local_cluster(workers: int) -> Iterator[Any]:
    """
    Give a dask client of processes of this machine, which share its cores evenly.

    They listen to this machine alone.

    :param workers: number of processes
    """
    from dask import config
    from distributed import Client, LocalCluster

    from lsnet_ros.evaluation.fleet_worker import CoreShare
    with config.set({'distributed.scheduler.allowed-failures': TRIES - 1}):
        with LocalCluster(n_workers=workers, threads_per_worker=1, host='127.0.0.1',
                          dashboard_address=None, silence_logs=50) as cluster:
            with Client(cluster) as client:
                client.register_plugin(CoreShare(workers))
                yield client


@contextmanager
def remote_cluster(address: str) -> Iterator[Any]:
    """
    Give a dask client of a scheduler that runs already.

    :param address: such as tcp://10.0.0.5:8786
    :raises FleetError: if it cannot be reached, has no workers, or one has another lsnet_ros
    """
    from distributed import Client
    try:
        client = Client(address, timeout=FIND_S)
    except (OSError, ValueError) as error:
        raise FleetError('no scheduler answers at {} ({}): start one with "dask scheduler"'.format(
            address, error)) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=FIND_S)
        except TimeoutError as error:
            raise FleetError('the scheduler at {} has no workers: start some with "dask worker '
                             '{}"'.format(address, address)) from error
        _check_workers(client)
        yield client


def _check_workers(client: Any) -> None:
    """
    Raise a FleetError unless all workers have this version of lsnet_ros.

    A worker that cannot import what it is sent would never answer.
    """
    for worker, found in client.run(eval, VERSION, on_error='return').items():
        if found != lsnet_ros.__version__:
            raise FleetError('worker {} has {}, expected lsnet_ros {}: install it in the '
                             'environment of the worker'.format(
                                 worker, describe(found) if isinstance(found, Exception)
                                 else 'lsnet_ros {}'.format(found), lsnet_ros.__version__))


def score_bags(client: Any, task: BagTask,
               bags: Sequence[Path]) -> Iterator[Union[BagScore, Failure]]:
    """
    Yield the score of each bag, or why it has none, as they are done.

    A bag whose worker dies is measured again by another.

    :param client: of dask.distributed
    """
    from distributed import as_completed
    futures = {client.submit(score_bag, task, bag, pure=False): bag for bag in bags}
    for future in as_completed(futures):
        error = future.exception()
        if error is None:
            yield future.result()
        else:
            yield Failure(futures[future], describe(error))
