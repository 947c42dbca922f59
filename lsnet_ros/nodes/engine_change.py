# Copyright 2026 The lsnet_ros authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.
"""Build the engine that a model lacks while the node answers without, and change over to it."""

import threading
from typing import Any, Optional

from lsnet_ros.backends.tensorrt_backend import GateError, lacks_engine
from lsnet_ros.engines.building import build_engine
from lsnet_ros.errors import LsnetError
from lsnet_ros.model_files import Model
from lsnet_ros.nodes.segmentation_state import SegmentationState
from lsnet_ros.segmenter import Segmenter

WITH_ENGINE = ('auto', 'tensorrt')  # the backends that an engine is built for
PRECISION = 'fp16'  # to try first


class EngineChange:
    """
    Opens the segmenter of a node, and a better one later if that takes an engine first.

    The engine is built by a child process. A thread waits for it, then opens the new segmenter
    and warms it up; the worker, which owns the one in use, asks for it between two frames.

    :param output_size: as of ``Segmenter``
    :param state: is told how far it is, and what came of it
    :param log: of the node
    """

    def __init__(self, model: Model, output_size: str, state: SegmentationState,
                 log: Any) -> None:
        self._model, self._output_size = model, output_size
        self._state, self._log = state, log
        self._segmenter = None  # to change over to
        self._is_closed = threading.Event()
        self._thread = threading.Thread(target=self._prepare, name='engine', daemon=True)

    def open(self, backend: str) -> Segmenter:
        """
        Return a segmenter that is ready: with the backend, or another while its engine is built.

        :param backend: as of ``Segmenter``
        :raises BackendError: as ``Segmenter`` does; so if more than an engine is missing
        :raises ModelError: as ``Segmenter`` does
        """
        if backend in WITH_ENGINE and lacks_engine(self._model):
            segmenter = self._opened('auto')
            self._log.info('{} runs with {} while its engine is built'.format(
                self._model.name, segmenter.backend.name))
            self._state.on_building('starting')
            self._thread.start()
            return segmenter
        try:
            return self._opened(backend)
        except GateError as error:
            self._give_up(error)
            return self._opened('auto')

    def take(self) -> Optional[Segmenter]:
        """Return the segmenter to change over to, once; None if there is none yet."""
        segmenter, self._segmenter = self._segmenter, None
        return segmenter

    def close(self) -> None:
        """End a build that is going on."""
        self._is_closed.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10.0)

    def _opened(self, backend: str) -> Segmenter:
        segmenter = Segmenter(self._model, backend, self._output_size)
        segmenter.warm_up()
        return segmenter

    def _prepare(self) -> None:
        """Build the engine and open it; whatever goes wrong, the node goes on as it is."""
        try:
            build_engine(self._model.folder, PRECISION, report=self._state.on_building,
                         cancelled=self._is_closed)
            segmenter = self._opened('tensorrt')
        except LsnetError as error:
            if not self._is_closed.is_set():
                self._give_up(error)
        except Exception as error:
            self._give_up(error)
            raise
        else:
            self._state.on_built()
            self._segmenter = segmenter

    def _give_up(self, error: Exception) -> None:
        """Tell why there is no engine."""
        self._state.on_no_engine(' '.join(str(error).split()))
        self._log.error('{} goes on without an engine: {}'.format(self._model.name, error))
