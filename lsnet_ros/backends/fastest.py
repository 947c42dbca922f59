# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The fastest backend of a model on this machine, measured once and kept."""

from importlib.util import find_spec
import os
from statistics import median
import time
from typing import Any, Dict, Mapping, Optional, Sequence, Tuple

import numpy as np

from lsnet_ros.backends.backend import Backend
from lsnet_ros.backends.kept import keep, recall
from lsnet_ros.board.machine import available_cores
from lsnet_ros.models.card import Model

GAIN = 1.1     # a backend has to be faster than a simpler one by this factor
TURNS = 3      # of all backends
RUNS = 3       # of a backend in a turn, after one that wakes its threads
SECONDS = 2.0  # after which no further turn begins

Milliseconds = Dict[str, float]  # median time of the network, by backend


def recall_times(model: Model, modules: Mapping[str, str]) -> Optional[Milliseconds]:
    """
    Return the times that were measured before on this machine, None without such.

    :param modules: of the backends that may work, by their names
    """
    found = recall('fastest', _key(model, modules))
    is_valid = isinstance(found, dict) and found and set(found) <= set(modules) and all(
        isinstance(value, float) for value in found.values())
    return found if is_valid else None


def keep_times(model: Model, modules: Mapping[str, str], times: Milliseconds) -> None:
    """Keep measured times for ``recall_times``."""
    keep('fastest', _key(model, modules), times)


def measure_times(backends: Mapping[str, Backend], shapes: Sequence[Tuple[int, ...]],
                  ) -> Milliseconds:
    """
    Time backends in turns, so that other load on the machine slows all of them equally.

    :param shapes: of the network's inputs
    """
    rng = np.random.RandomState(0)
    inputs = tuple(rng.standard_normal(shape).astype(np.float32) for shape in shapes)
    for backend in backends.values():
        backend.warm_up()
    samples: Dict[str, Any] = {name: [] for name in backends}
    started = time.perf_counter()
    for _ in range(TURNS):
        for name, backend in backends.items():
            backend.infer(inputs)
            for _ in range(RUNS):
                before = time.perf_counter()
                backend.infer(inputs)
                samples[name].append(1e3 * (time.perf_counter() - before))
        if time.perf_counter() - started > SECONDS:
            break
    return {name: median(times) for name, times in samples.items()}


def choose_fastest(times: Milliseconds, order: Sequence[str]) -> str:
    """
    Choose the fastest backend; one that gains less than ``GAIN`` over a simpler one is left out.

    :param order: names, the simplest backend first
    """
    best = ''
    for name in (name for name in order if name in times):
        if not best or times[name] * GAIN < times[best]:
            best = name
    return best


def describe_times(times: Milliseconds) -> str:
    """Return the times in words, the shortest first."""
    return ', '.join('{} {:.1f} ms'.format(name, times[name])
                     for name in sorted(times, key=times.__getitem__))


def _key(model: Model, modules: Mapping[str, str]) -> Dict[str, Any]:
    """Return all that the times depend on besides the processor."""
    return {'files': model.card['files'], 'input': model.card['input'],
            'backends': {name: _installed_at(module) for name, module in modules.items()},
            'cores': available_cores()}


def _installed_at(module: str) -> Optional[int]:
    """Return the time of a module's file, ns: another for each version, without an import."""
    try:
        spec = find_spec(module)
        return None if spec is None or not spec.origin else os.stat(spec.origin).st_mtime_ns
    except (OSError, ValueError):
        return None
