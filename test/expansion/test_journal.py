# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import json

import pytest

from lsnet_ros.expansion.journal import Journal, JournalError
from lsnet_ros.networks.lps_net import EXPANSIONS

TINY, SECOND, THIRD = EXPANSIONS[0], EXPANSIONS[1], EXPANSIONS[6]
SETTINGS = {'dataset': 'camvid', 'input_size': (90, 120), 'iterations': 20, 'device': 'a CPU'}


@pytest.fixture
def path(tmp_path):
    """A journal of two measurements and two trainings."""
    path = tmp_path / 'expansion' / 'journal.jsonl'
    journal = Journal(path, SETTINGS)
    journal.add_training(TINY, 0.25, hours=0.5)
    journal.add_latency(TINY, TINY, 1.5)
    journal.add_latency(TINY, THIRD, 2.125, parent_median_ms=1.25, network_median_ms=2.5)
    journal.add_training(THIRD, 0.0)
    return path


def test_what_was_added_is_known_and_nothing_else(path):
    for journal in (Journal(path, SETTINGS), Journal(path, dict(SETTINGS, input_size=[90, 120]))):
        assert journal.latency_ms(TINY, TINY) == 1.5
        assert journal.latency_ms(TINY, THIRD) == 2.125
        assert journal.latency_ms(THIRD, THIRD) is None
        assert journal.latency_ms(TINY, SECOND) is None
        assert (journal.miou(TINY), journal.miou(THIRD)) == (0.25, 0.0)
        assert journal.miou(SECOND) is None


def test_the_lines_are_in_their_order_with_the_figures_behind_them(path):
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines[0] == {'settings': dict(SETTINGS, input_size=[90, 120])}
    assert [(line['kind'], line['network']['ratios']) for line in lines[1:]] == [
        ('training', ['1/2']), ('latency', ['1/2']), ('latency', ['5/8', '1/4']),
        ('training', ['5/8', '1/4'])]
    assert lines[1] == {'kind': 'training', 'miou': 0.25, 'hours': 0.5, 'network': {
        'depths': [1, 1, 1, 1, 1], 'widths': [4, 8, 16, 32, 32], 'ratios': ['1/2']}}
    assert (lines[3]['parent_median_ms'], lines[3]['network_median_ms']) == (1.25, 2.5)


def test_a_journal_that_was_read_goes_on(path):
    Journal(path, SETTINGS).add_latency(THIRD, THIRD, 3.0)
    assert Journal(path, SETTINGS).latency_ms(THIRD, THIRD) == 3.0
    assert Journal(path, SETTINGS).miou(TINY) == 0.25


@pytest.mark.parametrize('change, reason', [
    ({'iterations': 30}, 'made with iterations 20, this run has 30: give the same value, or'),
    ({'device': 'a GPU'}, "made with device 'a CPU', this run has 'a GPU'"),
    ({'average': 'none'}, "made with average None, this run has 'none'")])
def test_other_settings_are_refused(path, change, reason):
    with pytest.raises(JournalError, match='journal.jsonl was ' + reason):
        Journal(path, dict(SETTINGS, **change))


@pytest.mark.parametrize('text', [
    '', 'a diary\n', '[]\n', '{"settings": 5}\n', '{}\n',
    '{"settings": {}}\n{"kind": "latency"}\n',
    '{"settings": {}}\n{"kind": "training", "network": {"depth": [1]}, "miou": 0.5}\n',
    '{"settings": {}}\n{"kind": "training", "network": [], "miou": 0.5}\n'])
def test_what_is_no_journal_is_refused(path, text):
    path.write_text(text)
    with pytest.raises(JournalError, match='is not a journal of "lsnet expand"'):
        Journal(path, {})
    assert path.read_text() == text


@pytest.mark.parametrize('share', [0.2, 0.5, 0.9, 0.99])
def test_a_torn_journal_is_refused(path, share):
    content = path.read_bytes()
    path.write_bytes(content[:int(share * len(content))])
    with pytest.raises(JournalError):
        Journal(path, SETTINGS)
