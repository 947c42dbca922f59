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
"""What an expansion has measured and trained so far, so that no run does it again."""

import json
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from lsnet_ros.errors import LsnetError
from lsnet_ros.files import replacing
from lsnet_ros.networks.lps_net import Expansion

Settings = Dict[str, Any]


class JournalError(LsnetError, ValueError):
    """A journal cannot be read, or is of another expansion."""


class Journal:
    """
    A file of JSON lines: the settings, then each measurement and each training as it ended.

    It is written anew, beside its place, whenever something is added.

    :param path: of the file; what it holds is taken over
    :param settings: what the measurements and trainings depend on
    :raises JournalError: if the file is no journal, or one of other settings
    """

    def __init__(self, path: Path, settings: Settings) -> None:
        self.path = path
        settings = json.loads(json.dumps(settings))  # as they are read back
        self._lines: List[Dict[str, Any]] = [{'settings': settings}]
        self._latencies: Dict[Tuple[Expansion, Expansion], float] = {}
        self._mious: Dict[Expansion, float] = {}
        if path.is_file():
            self._read(settings)

    def latency_ms(self, parent: Expansion, network: Expansion) -> Optional[float]:
        """Return the latency of a network as measured beside its parent, None if it was not."""
        return self._latencies.get((parent, network))

    def miou(self, network: Expansion) -> Optional[float]:
        """Return the accuracy that a network was trained to, None if it was not."""
        return self._mious.get(network)

    def add_latency(self, parent: Expansion, network: Expansion, latency_ms: float,
                    **details: float) -> None:
        """
        Remember a measurement.

        :param details: the figures that it was computed from
        """
        self._add(dict(kind='latency', network=network._asdict(), parent=parent._asdict(),
                       latency_ms=latency_ms, **details))

    def add_training(self, network: Expansion, miou: float, **details: Any) -> None:
        """
        Remember how a training ended.

        :param details: what else there is to tell
        """
        self._add(dict(kind='training', network=network._asdict(), miou=miou, **details))

    def _add(self, line: Dict[str, Any]) -> None:
        """Put a line on the disk."""
        self._index(line)
        self._lines.append(line)
        with replacing(self.path) as file:
            for each in self._lines:
                file.write(json.dumps(each, allow_nan=False).encode('utf-8') + b'\n')

    def _index(self, line: Dict[str, Any]) -> None:
        """Have a line's figure found."""
        network = _network(line['network'])
        if line['kind'] == 'training':
            self._mious[network] = float(line['miou'])
        else:
            self._latencies[_network(line['parent']), network] = float(line['latency_ms'])

    def _read(self, settings: Settings) -> None:
        """Take over the lines of the file."""
        try:
            lines = [json.loads(line) for line in self.path.read_text('utf-8').splitlines()]
            theirs = dict(lines[0]['settings'])
            for line in lines[1:]:
                self._index(line)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise JournalError('{} is not a journal of "lsnet expand" ({}): restore it, or give '
                               'another folder'.format(self.path, error)) from error
        for name, ours in settings.items():
            if theirs.get(name) != ours:
                raise JournalError('{} was made with {} {!r}, this run has {!r}: give the same, '
                                   'or another folder'.format(
                                       self.path, name, theirs.get(name), ours))
        self._lines = lines


def _network(fields: Dict[str, Any]) -> Expansion:
    """Return the network that a line names."""
    return Expansion(**{name: tuple(values) for name, values in fields.items()})
