# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The latency of networks that are not trained yet, on this machine."""

from functools import lru_cache
from pathlib import Path
import tempfile
import time
from typing import Any, Callable, Dict, List, NamedTuple, Tuple

import numpy as np

from lsnet_ros.backends import Backend, open_backend
from lsnet_ros.expansion.journal import Journal
from lsnet_ros.labels.label_sets import LabelSet
from lsnet_ros.models.export import save_model, TrainedModel
from lsnet_ros.networks import build_network, draw_weights
from lsnet_ros.networks.lps_net import Expansion
from lsnet_ros.speed.contenders import measure
from lsnet_ros.stages.preprocessing import InputSpec

NETWORK = 'lps-net-0'    # its depths, widths and ratios are replaced
RUNS, SECONDS = 20, 0.4  # smallest number and duration of runs of a network
STAGE = 'network_ms'
NO_IMAGE = np.empty(0)   # contenders take an image; these have inputs of their own


class TimedNetwork(NamedTuple):
    """A network that is ready to run, and its inputs."""

    backend: Backend
    inputs: Tuple[np.ndarray, ...]

    def run(self, _: np.ndarray) -> Tuple[np.ndarray, Dict[str, float]]:
        """Run once, as a contender of ``speed.contenders.measure``; return its time, ms."""
        started = time.perf_counter()
        self.backend.infer(self.inputs)
        return NO_IMAGE, {STAGE: 1e3 * (time.perf_counter() - started)}


class Stopwatch:
    """
    Measures networks in their deploy form with random weights, in turns with their parents.

    The latency does not depend on the weights. It is the network's only, without preprocessing
    and decode, which depend on the camera and the scene.

    :param size: (height, width) of the images, px
    :param backend: one of ``BACKENDS``, or 'auto'
    :param label_set: classes of the networks
    :param options: arguments of the networks' class besides depths, widths and ratios
    """

    def __init__(self, size: Tuple[int, int], backend: str, label_set: LabelSet,
                 options: Dict[str, Any]) -> None:
        self._size = size
        self._backend = backend
        self._label_set = label_set
        self._options = options
        self.open_parent = lru_cache(maxsize=1)(self._open)

    def measure_ms(self, parent: Expansion, network: Expansion) -> List[float]:
        """Measure the medians of parent and network, only the parent's if they are the same."""
        networks = [self.open_parent(parent)]
        if network != parent:
            networks.append(self._open(network))
        contenders: List[Callable[[np.ndarray], Tuple[np.ndarray, Dict[str, float]]]] = [
            each.run for each in networks]
        fastest_ms = min(run(NO_IMAGE)[1][STAGE] for run in contenders)
        runs = max(RUNS, round(1e3 * SECONDS / fastest_ms))
        return [stages[STAGE].p50 for stages in measure(contenders, [NO_IMAGE], runs)]

    def _open(self, network: Expansion) -> TimedNetwork:
        """Open a network with the backend, with random inputs."""
        options = dict(self._options, **network._asdict())
        built = build_network(NETWORK, self._label_set.num_classes, **options).deploy()
        draw_weights(built)
        spec = InputSpec(*self._size, tuple(built.input_sizes(*self._size)))
        with tempfile.TemporaryDirectory() as folder:
            model = save_model(Path(folder) / 'candidate', TrainedModel(
                'candidate', NETWORK, options, built, self._label_set, spec, {}, {}))
            backend = open_backend(model, self._backend)
            backend.warm_up()
        rng = np.random.RandomState(0)
        return TimedNetwork(backend, tuple(
            rng.standard_normal((1, 3) + size).astype(np.float32) for size in spec.sizes))


class Latencies:
    """
    The latencies of networks, from the journal or measured.

    The speed of a machine varies. So a network's latency is its parent's, measured before all of
    the parent's expansions, times the ratio of the two measured in turns.
    """

    def __init__(self, stopwatch: Stopwatch, journal: Journal) -> None:
        self._stopwatch = stopwatch
        self._journal = journal

    def __call__(self, parent: Expansion, network: Expansion) -> float:
        """Return the latency of a network in the same conditions as its parent, ms."""
        known = self._journal.latency_ms(parent, network)
        if known is not None:
            return known
        if network == parent:
            latency_ms, = self._stopwatch.measure_ms(parent, parent)
            self._journal.add_latency(parent, parent, latency_ms)
            return latency_ms
        before_ms = self(parent, parent)
        parent_ms, network_ms = self._stopwatch.measure_ms(parent, network)
        latency_ms = before_ms * network_ms / parent_ms
        self._journal.add_latency(parent, network, latency_ms, parent_median_ms=parent_ms,
                                  network_median_ms=network_ms)
        return latency_ms
