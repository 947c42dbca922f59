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
"""The latency of a network that nobody has trained yet, on the machine at hand."""

from functools import lru_cache
from pathlib import Path
import tempfile
import time
from typing import Any, Dict, List, NamedTuple, Tuple

from lsnet_ros.backends import Backend, open_backend
from lsnet_ros.benchmark import measure
from lsnet_ros.expansion.journal import Journal
from lsnet_ros.export import save_model
from lsnet_ros.labels import LabelSet
from lsnet_ros.networks import build_network, draw_weights
from lsnet_ros.networks.lps_net import Expansion
from lsnet_ros.preprocessing import InputSpec
import numpy as np

NETWORK = 'lps-net-0'    # whose depths, widths and ratios are replaced
RUNS, SECONDS = 20, 0.4  # that each network is timed, at least; its latency is the median
STAGE = 'network_ms'
NOTHING = np.empty(0)  # in place of an image: the networks have their inputs


class Opened(NamedTuple):
    """A network that is ready to run, and what to run it on."""

    backend: Backend
    inputs: Tuple[np.ndarray, ...]

    def timed(self, _: np.ndarray) -> Tuple[None, Dict[str, float]]:
        """Run once, as a contender of ``benchmark.measure``; returns the time taken, ms."""
        started = time.perf_counter()
        self.backend.infer(self.inputs)
        return None, {STAGE: 1e3 * (time.perf_counter() - started)}


class Stopwatch:
    """
    Measures networks in their deploy form with random weights, each in turns with its parent.

    What the weights are does not change how long it takes. Only the network is timed, not
    preprocessing and decode, which depend on the camera and on what it sees.

    :param size: (height, width) of the images, px
    :param backend: one of ``BACKENDS``, or 'auto'
    :param label_set: whose classes the networks tell apart
    :param options: arguments of the networks' class besides depths, widths and ratios
    """

    def __init__(self, size: Tuple[int, int], backend: str, label_set: LabelSet,
                 options: Dict[str, Any]) -> None:
        self._size = size
        self._backend = backend
        self._label_set = label_set
        self._options = options
        self.opened_parent = lru_cache(maxsize=1)(self._open)

    def medians_ms(self, parent: Expansion, network: Expansion) -> List[float]:
        """Return the medians of a parent and of a network, of the parent alone if it is both."""
        opened = [self.opened_parent(parent)]
        if network != parent:
            opened.append(self._open(network))
        contenders = [each.timed for each in opened]
        fastest_ms = min(timed(NOTHING)[1][STAGE] for timed in contenders)
        runs = max(RUNS, round(1e3 * SECONDS / fastest_ms))
        return [figures[STAGE]['p50'] for figures in measure(contenders, [NOTHING], runs)]

    def _open(self, network: Expansion) -> Opened:
        """Open a network with the backend, ready to run."""
        options = dict(self._options, **network._asdict())
        built = build_network(NETWORK, self._label_set.num_classes, **options).deployed()
        draw_weights(built)
        spec = InputSpec(*self._size, tuple(built.input_sizes(*self._size)))
        with tempfile.TemporaryDirectory() as folder:
            model = save_model(Path(folder) / 'candidate', 'candidate', NETWORK, options, built,
                               self._label_set, spec, {}, {})
            backend = open_backend(model, self._backend)
            backend.warm_up()
        rng = np.random.RandomState(0)
        return Opened(backend, tuple(rng.standard_normal((1, 3) + size).astype(np.float32)
                                     for size in spec.sizes))


class Latencies:
    """
    The latencies of networks, measured where the journal has none.

    A machine is not equally fast all the time. So a network's latency is that of its parent, as
    measured before any of its expansions was, times the ratio of the two in turns.
    """

    def __init__(self, stopwatch: Stopwatch, journal: Journal) -> None:
        self._stopwatch = stopwatch
        self._journal = journal

    def __call__(self, parent: Expansion, network: Expansion) -> float:
        """Return the latency of a network in the conditions of its parent, ms."""
        known = self._journal.latency_ms(parent, network)
        if known is not None:
            return known
        if network == parent:
            latency_ms, = self._stopwatch.medians_ms(parent, parent)
            self._journal.add_latency(parent, parent, latency_ms)
            return latency_ms
        before_ms = self(parent, parent)
        parent_ms, network_ms = self._stopwatch.medians_ms(parent, network)
        latency_ms = before_ms * network_ms / parent_ms
        self._journal.add_latency(parent, network, latency_ms, parent_median_ms=parent_ms,
                                  network_median_ms=network_ms)
        return latency_ms
