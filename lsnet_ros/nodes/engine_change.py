# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Build a model's engine while the node runs with another backend, then switch to it."""

import threading
from typing import Any, Callable, Optional

from lsnet_ros.backends.tensorrt_backend import GateError, lacks_engine
from lsnet_ros.engines.building import build_engine
from lsnet_ros.errors import LsnetError, one_line
from lsnet_ros.models.folder import Model
from lsnet_ros.nodes.backend_state import BackendState
from lsnet_ros.segmenter import Segmenter

WITH_ENGINE = ('auto', 'tensorrt')  # backends to build an engine for
PRECISION = 'fp16'  # first choice of the build


class EngineChange:
    """
    Open the segmenter of a node at once, and one with an engine when that is built.

    A child process builds the engine. A thread waits for it, then opens the new segmenter and
    warms it up; the worker, which owns the current one, takes it between two frames.

    :param open_segmenter: opens a ``Segmenter`` of the model for a backend
    :param state: records the progress and the outcome of the build
    :param log: of the node
    """

    def __init__(self, model: Model, open_segmenter: Callable[[str], Segmenter],
                 state: BackendState, log: Any) -> None:
        self._model, self._open = model, open_segmenter
        self._state, self._log = state, log
        self._segmenter: Optional[Segmenter] = None  # to switch to
        self._is_closed = threading.Event()
        self._thread = threading.Thread(target=self._prepare, name='engine', daemon=True)

    def open(self, backend: str) -> Segmenter:
        """
        Return a warm segmenter: of the backend, or of another while the engine is built.

        :param backend: as for ``Segmenter``
        :raises BackendError: as ``Segmenter`` does, so if more than an engine is missing
        :raises ModelError: as ``Segmenter`` does
        """
        if backend in WITH_ENGINE and lacks_engine(self._model):
            segmenter = self._open_segmenter('auto')
            self._log.info('{} runs with {} while its engine is built'.format(
                self._model.name, segmenter.backend.name))
            self._state.on_building('starting')
            self._thread.start()
            return segmenter
        try:
            return self._open_segmenter(backend)
        except GateError as error:
            self._give_up(error)
            return self._open_segmenter('auto')

    def take(self) -> Optional[Segmenter]:
        """Return the segmenter to switch to, once; None before it is ready."""
        segmenter, self._segmenter = self._segmenter, None
        return segmenter

    def cancel(self) -> None:
        """Let a running build end, as its engine is not needed any more."""
        self._is_closed.set()

    def close(self) -> None:
        """End a running build, and wait for its end."""
        self.cancel()
        if self._thread.is_alive():
            self._thread.join(timeout=10.0)

    def _open_segmenter(self, backend: str) -> Segmenter:
        segmenter = self._open(backend)
        segmenter.warm_up()
        return segmenter

    def _prepare(self) -> None:
        """Build the engine and open it; after any error the node keeps its segmenter."""
        try:
            build_engine(self._model.folder, PRECISION, report=self._state.on_building,
                         cancelled=self._is_closed)
            segmenter = self._open_segmenter('tensorrt')
        except LsnetError as error:
            if not self._is_closed.is_set():
                self._give_up(error)
        except Exception as error:
            self._give_up(error)
            raise
        else:
            if not self._is_closed.is_set():
                self._state.on_built()
                self._segmenter = segmenter

    def _give_up(self, error: Exception) -> None:
        """Tell why there is no engine."""
        self._state.on_no_engine(one_line(error, None))
        self._log.error('{} goes on without an engine: {}'.format(self._model.name, error))
