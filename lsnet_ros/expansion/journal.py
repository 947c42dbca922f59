# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The journal of an expansion: its measurements and trainings, with which a run resumes."""

import json
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from lsnet_ros.errors import LsnetError
from lsnet_ros.files import replacing
from lsnet_ros.limits.bounds import RECORD_FILE
from lsnet_ros.limits.json_text import parse_json
from lsnet_ros.limits.regular_files import read_bytes
from lsnet_ros.networks.lps_net import Expansion


class JournalError(LsnetError, ValueError):
    """A journal is damaged, or belongs to another expansion."""


class Journal:
    """
    A file of JSON lines: the settings, then the measurements and trainings in their order.

    Each entry rewrites the whole file and replaces it in one step.

    :param path: of the file; an existing one is read and continued
    :param settings: values on which the measurements and trainings depend
    :raises JournalError: if the file is damaged, or has other settings
    """

    def __init__(self, path: Path, settings: Dict[str, Any]) -> None:
        self.path = path
        settings = json.loads(json.dumps(settings))  # as JSON returns them: lists for tuples
        self._lines: List[Dict[str, Any]] = [{'settings': settings}]
        self._latencies: Dict[Tuple[Expansion, Expansion], float] = {}
        self._mious: Dict[Expansion, float] = {}
        if path.is_file():
            self._read(settings)

    def latency_ms(self, parent: Expansion, network: Expansion) -> Optional[float]:
        """Return the latency of a network measured with its parent, None if there is none."""
        return self._latencies.get((parent, network))

    def miou(self, network: Expansion) -> Optional[float]:
        """Return the accuracy of a network after training, None if it was not trained."""
        return self._mious.get(network)

    def add_latency(self, parent: Expansion, network: Expansion, latency_ms: float,
                    **details: float) -> None:
        """
        Record a measurement.

        :param details: figures from which the latency was computed
        """
        self._add(dict(kind='latency', network=network._asdict(), parent=parent._asdict(),
                       latency_ms=latency_ms, **details))

    def add_training(self, network: Expansion, miou: float, **details: Any) -> None:
        """
        Record the end of a training.

        :param details: further fields of the entry
        """
        self._add(dict(kind='training', network=network._asdict(), miou=miou, **details))

    def _add(self, line: Dict[str, Any]) -> None:
        """Index an entry and write the journal."""
        self._index(line)
        self._lines.append(line)
        with replacing(self.path) as file:
            for each in self._lines:
                file.write(json.dumps(each, allow_nan=False).encode('utf-8') + b'\n')

    def _index(self, line: Dict[str, Any]) -> None:
        """Index an entry by its networks."""
        network = _read_network(line['network'])
        if line['kind'] == 'training':
            self._mious[network] = float(line['miou'])
        else:
            self._latencies[_read_network(line['parent']), network] = float(line['latency_ms'])

    def _read(self, settings: Dict[str, Any]) -> None:
        """Read the entries of the file; raise a JournalError if its settings differ."""
        try:
            text = read_bytes(self.path, RECORD_FILE).decode('utf-8')
            lines = [parse_json(line) for line in text.splitlines()]
            theirs = dict(lines[0]['settings'])
            for line in lines[1:]:
                self._index(line)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise JournalError('{} is not a journal of "lsnet expand" ({}): restore it, or give '
                               'another folder'.format(self.path, error)) from error
        for name, ours in settings.items():
            if theirs.get(name) != ours:
                raise JournalError('{} was made with {} {!r}, this run has {!r}: give the same '
                                   'value, or another folder'.format(
                                       self.path, name, theirs.get(name), ours))
        self._lines = lines


def _read_network(fields: Dict[str, Any]) -> Expansion:
    """Read a network from the fields of an entry."""
    return Expansion(**{name: tuple(values) for name, values in fields.items()})
