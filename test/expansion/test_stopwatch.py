# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import time

import numpy as np
import pytest

from lsnet_ros.expansion import stopwatch
from lsnet_ros.expansion.journal import Journal
from lsnet_ros.expansion.stopwatch import Latencies, Stopwatch
from lsnet_ros.labels.label_sets import label_set
from lsnet_ros.networks.lps_net import EXPANSIONS

SIZE = (64, 96)
TINY, LARGE = EXPANSIONS[0], EXPANSIONS[6]


@pytest.fixture(autouse=True)
def brief(monkeypatch):
    monkeypatch.setattr(stopwatch, 'SECONDS', 0.02)


@pytest.fixture(params=['onnx', 'torch'])
def watch(request):
    return Stopwatch(SIZE, request.param, label_set('camvid'), {'block': 'reparameterised'})


def test_a_larger_network_takes_longer(watch):
    tiny_ms, large_ms = watch.measure_ms(TINY, LARGE)
    assert 0 < 2 * tiny_ms < large_ms < 1000
    assert len(watch.measure_ms(TINY, TINY)) == 1


def test_what_is_timed_is_the_network_at_its_own_sizes(watch):
    network = watch.open_parent(LARGE)
    assert [x.shape for x in network.inputs] == [(1, 3, 40, 60), (1, 3, 16, 24)]
    logits, = network.backend.infer(network.inputs)
    assert logits.shape == (1, 11, 3, 4)
    # Neither faded to nothing nor grown without bounds, after 27 layers.
    assert 1e-2 < np.abs(logits).max() < 1e3
    started = time.perf_counter()
    _, figures = network.run(np.empty(0))
    assert 0 < figures['network_ms'] <= 1e3 * (time.perf_counter() - started)


def test_the_parent_stays_open_while_it_is_the_same(watch):
    assert watch.open_parent(TINY) is watch.open_parent(TINY)


class Watch:
    """A stand-in for a stopwatch on a machine that gets slower with each call."""

    def __init__(self):
        self.asked = []

    def measure_ms(self, parent, network):
        self.asked.append((parent, network))
        slowness = 1 + len(self.asked)
        true_ms = {TINY: 1.0, LARGE: 3.0}
        return [slowness * true_ms[each] for each in ([parent] if parent == network
                                                      else [parent, network])]


def test_how_fast_the_machine_is_meanwhile_does_not_matter(tmp_path):
    watch, journal = Watch(), Journal(tmp_path / 'journal.jsonl', {})
    latency = Latencies(watch, journal)
    assert (latency(TINY, LARGE), latency(TINY, TINY)) == (6.0, 2.0)
    assert latency(TINY, LARGE) == 6.0
    assert watch.asked == [(TINY, TINY), (TINY, LARGE)]


def test_what_the_journal_knows_is_not_measured_again(tmp_path):
    path = tmp_path / 'journal.jsonl'
    first, second = Watch(), Watch()
    Latencies(first, Journal(path, {}))(TINY, LARGE)
    latency = Latencies(second, Journal(path, {}))
    assert (latency(TINY, TINY), latency(TINY, LARGE)) == (2.0, 6.0)
    assert second.asked == []
