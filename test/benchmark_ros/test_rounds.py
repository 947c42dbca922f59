# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""What rounds say: whose fault a loss is, and what several come to."""

import pytest

from lsnet_ros.benchmark_ros.rounds import conclude, Round
from lsnet_ros.board.board import BoardFacts
from lsnet_ros.board.machine import describe_machine
from lsnet_ros.latency.board_figures import BoardSpread
from lsnet_ros.latency.figures import LatencyRun
from lsnet_ros.latency.frame_log import FrameLog
from lsnet_ros.latency.recorder import DurationSummary
from lsnet_ros.latency.report import RunOrigin, RunReport
from lsnet_ros.latency.spread import Spread


def make_round(sent=100, answered=100, replaced=0, rate_hz=30.0, latency=50.0, **performance):
    """Return a round at 30 Hz; ``performance`` is of ros2_benchmark's names."""
    zones = {'CPU-therm': Spread(40.0, 0.1, 39.0, 41.0), 'AO-therm': None,
             'GPU-therm': Spread(44.0, 0.5, 43.0, 45.5)}
    figures = LatencyRun(FrameLog(), BoardFacts()).figures()
    figures = figures._replace(
        frames=figures.frames._replace(replaced=replaced, pending=1), rate_hz=25.0,
        latency_ms=DurationSummary(p50=latency, p90=60.0, p95=70.0, p99=80.0),
        age_ms=DurationSummary(p50=55.0, p90=65.0, p95=75.0, p99=85.0),
        stages_ms={'network_ms': DurationSummary(p50=30.0)},
        board=figures.board._replace(spread=BoardSpread({}, zones)),
        ros2_benchmark={'BasicPerformanceMetrics.' + name: value
                        for name, value in performance.items()})
    report = RunReport(figures, RunOrigin('', describe_machine('board', ''), '/image'), '', None)
    return Round(30.0, '30.0fps/1', report, rate_hz, sent, answered)


@pytest.mark.parametrize('changes, limit', [
    (dict(), None),
    (dict(answered=96, replaced=4), None),                   # less than 5 %
    (dict(answered=95, replaced=5), 'node'),
    (dict(answered=60, replaced=30), 'node'),                # 10 lost
    (dict(answered=60, replaced=10), 'transport'),           # 30 lost
    (dict(answered=60, replaced=None), 'node'),              # nobody says
    (dict(rate_hz=28.6), None),
    (dict(rate_hz=28.4), 'source'),
    (dict(rate_hz=28.4, answered=60, replaced=40), 'source'),
    (dict(rate_hz=None), None)])                             # of a single frame
def test_it_is_told_what_a_rate_is_limited_by(changes, limit):
    assert make_round(**changes).limit == limit


def test_lost_and_replaced_frames_are_told_apart():
    metrics = make_round(sent=200, answered=150, replaced=40).metrics()
    assert metrics['LsnetMetrics.LOSS_FRACTION'] == pytest.approx(0.25)
    assert metrics['LsnetMetrics.NUM_FRAMES_REPLACED'] == 40
    assert metrics['LsnetMetrics.NUM_FRAMES_LOST'] == 10
    assert make_round(replaced=None).metrics()['LsnetMetrics.NUM_FRAMES_LOST'] is None


def test_our_figures_are_beside_those_of_ros2_benchmark():
    metrics = make_round(MEAN_LATENCY=52.0).metrics()
    assert metrics['BasicPerformanceMetrics.MEAN_LATENCY'] == 52.0
    assert metrics['LsnetMetrics.P99_LATENCY'] == 80.0
    assert metrics['LsnetMetrics.P50_NETWORK'] == 30.0
    assert metrics['LsnetMetrics.SOURCE_FRAME_RATE'] == 30.0
    assert metrics['LsnetMetrics.FRAME_RATE'] == 25.0
    assert metrics['LsnetMetrics.MAX_TEMPERATURE_C'] == 45.5
    assert metrics['LsnetMetrics.MEAN_POWER_MW'] is None  # not told is not 0
    assert metrics['LsnetMetrics.P50_DECODE'] is None


def test_the_best_and_the_worst_of_each_figure_are_left_out():
    values = [10.0, 90.0, 30.0, 20.0, 70.0]
    figures = conclude([make_round(latency=value, MEAN_LATENCY=value, MAX_LATENCY=value,
                                   MIN_LATENCY=value, MEAN_JITTER=value, STD_DEV_JITTER=value)
                        for value in values])
    assert figures['LsnetMetrics.P50_LATENCY'] == 40.0                 # of 20, 30 and 70
    assert figures['BasicPerformanceMetrics.MEAN_LATENCY'] == 40.0
    assert figures['BasicPerformanceMetrics.STD_DEV_JITTER'] == 40.0
    assert figures['BasicPerformanceMetrics.MAX_LATENCY'] == 70.0
    assert figures['BasicPerformanceMetrics.MIN_LATENCY'] == 20.0
    assert figures['BasicPerformanceMetrics.MEAN_JITTER'] == 70.0      # as ros2_benchmark does


def test_two_rounds_are_too_few_to_leave_any_out():
    figures = conclude([make_round(MEAN_LATENCY=value) for value in (10.0, 30.0)])
    assert figures['BasicPerformanceMetrics.MEAN_LATENCY'] == 20.0


def test_a_figure_that_a_round_lacks_is_none():
    figures = conclude([make_round(MEAN_LATENCY=value) for value in (10.0, None, 30.0)])
    assert figures['BasicPerformanceMetrics.MEAN_LATENCY'] is None
