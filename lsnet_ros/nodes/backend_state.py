# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""State of the backend of segmentation_node: opening, ready, and the build of its engine."""

import time
from typing import Any

from lsnet_ros.nodes.diagnostics import Level, Report

STUCK_OPENING_S = 120.0  # time of opening after which the backend is said to be stuck
STUCK_OPENING = ('STUCK: the backend {} has been opening for {:.0f} s: look at the board, choose '
                 'another backend')
LOADING = 'LOADING: opening the backend {}'


class BackendState:
    """
    Records which backend is in use, or why there is none yet.

    The worker writes what the backend is, the engine's thread the progress of its build.

    :param backend: the backend in the parameters
    """

    def __init__(self, backend: str) -> None:
        self.backend, self.reason = backend, 'not open yet'
        self.is_ready = False
        self._started_at = time.monotonic()
        self._building = ''         # progress of the engine's build
        self._no_engine = ''        # why the engine could not be built

    def on_ready(self, backend: Any) -> None:
        """Record the open backend and the reason for its choice."""
        self.backend, self.reason = backend.name, backend.reason
        self.is_ready = True

    def opening_s(self) -> float:
        """Return for how long the worker has been opening its backend, s; 0 once it is open."""
        return 0.0 if self.is_ready else time.monotonic() - self._started_at

    def on_building(self, progress: str) -> None:
        """Record the progress of the engine's build."""
        self._building = progress

    def on_built(self) -> None:
        """Record the end of the engine's build."""
        self._building = ''

    def on_no_engine(self, problem: str) -> None:
        """Record why the engine could not be built."""
        self._building, self._no_engine = '', problem

    def is_stuck(self) -> bool:
        """Tell whether opening takes suspiciously long."""
        return self.opening_s() > STUCK_OPENING_S

    def describe_opening(self) -> str:
        """Return the message of a node whose backend is not open."""
        return STUCK_OPENING.format(self.backend, self.opening_s()) if self.is_stuck() \
            else LOADING.format(self.backend)

    def add_engine(self, report: Report) -> Report:
        """Return a report with what there is to say of the engine."""
        if self._building:
            return report._replace(message='BUILDING: engine: {}; meanwhile {}'.format(
                self._building, report.message))
        if self._no_engine:
            level = Level.WARN if report.level is Level.OK else report.level
            return report._replace(level=level, message='{}; no engine: {}'.format(
                report.message, self._no_engine))
        return report
