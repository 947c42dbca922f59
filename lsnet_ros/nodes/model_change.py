# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Open another model while segmentation_node runs, then switch to it between two frames."""

import threading
from typing import Any, Callable, Dict, List, NamedTuple, Optional

from lsnet_ros.errors import describe
from lsnet_ros.labels.groups import Groups
from lsnet_ros.labels.label_sets import LabelSet
from lsnet_ros.models.card import Model
from lsnet_ros.nodes.backend_state import BackendState
from lsnet_ros.nodes.engine_change import EngineChange
from lsnet_ros.segmenter import Segmenter


class ModelChoice(NamedTuple):
    """A model and the form of its masks."""

    parameters: Dict[str, str]  # of the node, that choose it: model, groups, output_size
    model: Model
    groups: Optional[Groups]

    @property
    def label_set(self) -> LabelSet:
        """Classes of the masks."""
        return self.groups.label_set if self.groups else self.model.label_set

    def open_segmenter(self, backend: str) -> Segmenter:
        """Return a segmenter with a backend."""
        return Segmenter(self.model, backend, self.parameters['output_size'], self.groups)

    def choose_masks(self, segmenter: Segmenter) -> Segmenter:
        """Return a segmenter of the same model with these masks."""
        return segmenter.with_masks(self.parameters['output_size'], self.groups)


class OpenModel(NamedTuple):
    """A model that is open, its warm segmenter, and the engine that may follow it."""

    choice: ModelChoice
    segmenter: Segmenter
    engine_change: EngineChange


class ModelChange:
    """
    Open the first model at once, and each later one in a thread of its own.

    The worker, which owns the model in use, takes the next one between two frames. A model that
    does not open leaves the one in use as it is. Of several choices in a row the last counts.
    Other masks of the same model need no other backend.

    :param backend: as for ``Segmenter``
    :param state: records the progress and a failure
    :param log: of the node
    :param on_end: called by the thread when a model is open, or does not open
    """

    def __init__(self, backend: str, state: BackendState, log: Any,
                 on_end: Callable[[], None]) -> None:
        self._backend, self._state, self._log = backend, state, log
        self._on_end = on_end
        self.refused: Optional[ModelChoice] = None  # the last that did not open
        self._lock = threading.Lock()
        self._wanted: Optional[ModelChoice] = None
        self._opened: Optional[OpenModel] = None  # to switch to
        self._in_use: Optional[OpenModel] = None
        self._thread: Optional[threading.Thread] = None
        self._engine_changes: List[EngineChange] = []

    def open_first(self, choice: ModelChoice) -> OpenModel:
        """
        Return the first model to use.

        :raises BackendError, ModelError: as ``Segmenter`` does
        """
        self._in_use = self._open(choice)
        return self._in_use

    def begin(self, choice: ModelChoice) -> None:
        """Let the thread open a model, which the worker may then take."""
        with self._lock:
            self._discard(self._opened)
            self._wanted, self._opened, self.refused = choice, None, None
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._open_wanted, name='model', daemon=True)
                self._thread.start()

    def take(self) -> Optional[OpenModel]:
        """Return what to use from now on: another model, or the same with an engine; else None."""
        before = self._in_use
        if before is None:
            return None
        with self._lock:
            opened, self._opened = self._opened, None
        after = before
        if opened is not None and opened.engine_change is before.engine_change:
            after = before._replace(choice=opened.choice,
                                    segmenter=opened.choice.choose_masks(before.segmenter))
        elif opened is not None:
            before.engine_change.cancel()
            after = opened
        with_engine = after.engine_change.take()
        if with_engine is not None:
            after = after._replace(segmenter=after.choice.choose_masks(with_engine))
        self._in_use = after
        return None if after is before else after

    def close(self) -> None:
        """End the builds of engines; a model that is being opened is not waited for."""
        for engine_change in self._engine_changes:
            engine_change.close()

    def _discard(self, opened: Optional[OpenModel]) -> None:
        """End the build for a model that is not used after all."""
        if opened is not None and (
                self._in_use is None or opened.engine_change is not self._in_use.engine_change):
            opened.engine_change.cancel()

    def _open(self, choice: ModelChoice) -> OpenModel:
        """Return an open model: the one in use, if only its masks are to change."""
        if self._in_use is not None and self._in_use.choice.model == choice.model:
            return self._in_use._replace(choice=choice)
        engine_change = EngineChange(
            choice.model, choice.open_segmenter, self._state, self._log)
        self._engine_changes.append(engine_change)
        return OpenModel(choice, engine_change.open(self._backend), engine_change)

    def _open_wanted(self) -> None:
        """Open the wanted model, and once more if another is wanted by then."""
        while True:
            with self._lock:
                choice, self._wanted = self._wanted, None
                if choice is None:
                    self._thread = None
                    return
            self._state.on_changing(choice.model.name)
            try:
                opened: Optional[OpenModel] = self._open(choice)
                self._state.on_changed()
            except Exception as error:  # the model in use goes on, whatever this one raised
                opened = None
                text = '{} is not taken: {}'.format(choice.model.name, describe(error))
                self._state.on_refused(text)
                self._log.error(text)
            with self._lock:
                if self._wanted is None:
                    self._opened, self.refused = opened, None if opened else choice
                else:
                    self._discard(opened)
            self._on_end()
