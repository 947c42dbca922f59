# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""What each process of a local fleet does when it starts."""

import os
from typing import Any

from distributed import WorkerPlugin


class CoreShare(WorkerPlugin):
    """
    Give each worker of one machine cores of its own; without it, all would use all of them.

    :param workers: number of workers, whose names are 0 to workers - 1
    """

    name = 'core share'

    def __init__(self, workers: int) -> None:
        self._workers = workers

    def setup(self, worker: Any) -> None:
        """Choose the cores of the threads that the worker starts from now on."""
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) >= self._workers:
            os.sched_setaffinity(0, cores[int(worker.name)::self._workers])
