# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""State of the backend of segmentation_node: closed, opening, ready, and its engine's build."""

import time
from typing import Any, Optional

from lsnet_ros.nodes.diagnostics import add_warnings, Report

STUCK_OPENING_S = 120.0  # time of opening after which the backend is said to be stuck
STUCK_OPENING = ('STUCK: the backend {} has been opening for {:.0f} s: look at the board, choose '
                 'another backend')
LOADING = 'LOADING: opening the backend {}'


class BackendState:
    """
    Record which backend is in use, or why there is none yet.

    The worker calls ``on_ready``; the threads that open a model or build an engine report their
    progress.

    :param backend: the backend in the parameters
    """

    def __init__(self, backend: str) -> None:
        self._asked_for = backend
        self.on_closed()
        self._building = ''         # progress of the engine's build
        self._no_engine = ''        # why the engine could not be built
        self._changing = ''         # name of the model that is being opened beside the one in use
        self._refused = ''          # why the model that was wanted last is not used

    def on_closed(self) -> None:
        """Record that no model is open, nor being opened."""
        self.backend, self.reason = self._asked_for, 'not open yet'
        self.is_ready = False
        self._started_at: Optional[float] = None  # of opening, monotonic

    def on_opening(self) -> None:
        """Record that the worker begins to open its backend."""
        self._started_at = time.monotonic()

    def on_ready(self, backend: Any) -> None:
        """Record the open backend and the reason for its choice."""
        self.backend, self.reason = backend.name, backend.reason
        self.is_ready = True

    def on_changing(self, model: str) -> None:
        """Record that another model is being opened."""
        self._changing, self._refused = model, ''

    def on_changed(self) -> None:
        """Record that the other model is open."""
        self._changing = ''

    def on_refused(self, problem: str) -> None:
        """Record why the other model is not used."""
        self._changing, self._refused = '', problem

    def opening_s(self) -> float:
        """Return for how long the worker has been opening its backend, s; 0 once it is open."""
        if self.is_ready or self._started_at is None:
            return 0.0
        return time.monotonic() - self._started_at

    def on_building(self, progress: str) -> None:
        """Record the progress of the engine's build."""
        self._building = progress

    def on_built(self) -> None:
        """Record the end of the engine's build."""
        self._building = ''

    def on_no_engine(self, problem: str) -> None:
        """Record why the engine could not be built."""
        self._building, self._no_engine = '', problem

    def is_closed(self) -> bool:
        """Tell whether no model is open, nor being opened."""
        return self._started_at is None

    def is_stuck(self) -> bool:
        """Tell whether opening takes suspiciously long."""
        return self.opening_s() > STUCK_OPENING_S

    def describe_opening(self) -> str:
        """Return the message of a node whose backend is not open."""
        return STUCK_OPENING.format(self.backend, self.opening_s()) if self.is_stuck() \
            else LOADING.format(self.backend)

    def add_changes(self, report: Report) -> Report:
        """Return a report that tells of another model and of the engine."""
        if self._refused:
            report = add_warnings(report, [self._refused])
        if self._changing:
            return report._replace(message='CHANGING: opening {}; meanwhile {}'.format(
                self._changing, report.message))
        if self._building:
            return report._replace(message='BUILDING: engine: {}; meanwhile {}'.format(
                self._building, report.message))
        if self._no_engine:
            return add_warnings(report, ['no engine: ' + self._no_engine])
        return report
