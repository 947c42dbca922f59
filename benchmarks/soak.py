# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Soak test: the nodes at work for hours, with sources that die and subscribers that come and go.

Every few seconds the memory, threads and file descriptors of each node and its own diagnostics go
to FOLDER/soak.csv. The camera is killed and started anew every few minutes. At the end a table
compares the first and the last part of the run; the status is 1 if a node ended, grew, or lost
frames that it counts nowhere.

usage: soak.py [--hours H] [--folder DIR] [--rate HZ]
"""

import argparse
import contextlib
import csv
from pathlib import Path
import sys
import time
from typing import Any, Dict, Iterator, List, Optional, Tuple

from diagnostic_msgs.msg import DiagnosticArray
import numpy as np
import rclpy
from rclpy.node import Node
from sensor_msgs.msg import Image

from lsnet_ros.board.process_use import read_process_use
from lsnet_ros.launching.processes import NodeError, running, RunningNode, set_environment

SAMPLE_S = 5.0
SOURCE_S = 300.0       # life of a camera; half of them are killed
LEASE_S = 30.0         # after a kill: until then, evaluation_node sees two publishers, and says so
SUBSCRIBER_S = 17.0    # life of a subscriber of masks
WARM_UP = 0.1          # part of the run after which memory is compared
PART = 0.1             # part of the run, at its beginning and its end, whose medians are compared
MOST_GROWTH = 0.05     # of memory
MODEL = 'fpn-lite0-camvid'
NODES = ('segmentation_node', 'evaluation_node', 'latency_node')
COLUMNS = ('time_s', 'node', 'memory_mb', 'threads', 'descriptors', 'cpu_s', 'level', 'frames_in',
           'frames_out', 'frames_replaced', 'frames_skipped', 'frames_bad', 'age_p50_ms')


class Monitor(Node):
    """Keeps the latest diagnostics of each node, and subscribes to masks now and then."""

    def __init__(self) -> None:
        super().__init__('soak')
        self.latest: Dict[str, Tuple[int, Dict[str, str]]] = {}   # level and values by node
        self.masks = 0
        self._subscription: Any = None
        self.create_subscription(DiagnosticArray, '/diagnostics', self._on_diagnostics, 10)

    def renew_subscriber(self) -> None:
        """Replace the subscriber of masks by a new one."""
        if self._subscription is not None:
            self.destroy_subscription(self._subscription)
        self._subscription = self.create_subscription(
            Image, 'segmentation/mask', self._on_mask, 1)

    def _on_mask(self, _: Any) -> None:
        self.masks += 1

    def _on_diagnostics(self, array: Any) -> None:
        for status in array.status:
            self.latest[status.name.partition(':')[0]] = (
                ord(status.level), {entry.key: entry.value for entry in status.values})


class Camera:
    """A source of street scenes that ends every few minutes, by Ctrl+C and by kill in turn."""

    def __init__(self, folder: Path, rate: float) -> None:
        self._folder, self._rate = folder, rate
        self.starts = 0
        self._start()

    def _start(self) -> None:
        self._stack = contextlib.ExitStack()
        self.node: Optional[RunningNode] = self._stack.enter_context(running(
            self._folder, 'source_node', source='street_scene:{}'.format(self.starts),
            rate=self._rate, height=240, width=320))
        self._until = time.monotonic() + SOURCE_S
        self.starts += 1

    def renew_if_due(self) -> None:
        """Start another camera once this one has lived long enough, and is forgotten if killed."""
        if time.monotonic() < self._until:
            return
        if self.node is None:
            self._start()
            return
        is_killed = self.starts % 2 == 0
        self.stop(is_killed)
        self._until = time.monotonic() + (LEASE_S if is_killed else 0.0)

    def stop(self, is_killed: bool = False) -> None:
        """End the camera; a kill leaves it no time for a farewell."""
        node, self.node = self.node, None
        if is_killed and node is not None:
            node.process.kill()
            node.process.wait()
        with contextlib.suppress(NodeError) if is_killed else contextlib.nullcontext():
            self._stack.close()


def soak(folder: Path, hours: float, rate: float) -> List[Dict[str, Any]]:
    """Run the nodes for so many hours; returns the samples, which are in soak.csv too."""
    set_environment()
    rclpy.init(args=[])
    samples: List[Dict[str, Any]] = []
    with contextlib.ExitStack() as stack, (folder / 'soak.csv').open('w', newline='') as file:
        nodes = [stack.enter_context(running(folder, name, **parameters))
                 for name, parameters in parameters_by_node(folder)]
        monitor = Monitor()
        camera = Camera(folder, rate)
        stack.callback(camera.stop)
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for now in moments(monitor, camera, hours):
            rows = [sample(node, monitor, now) for node in nodes]
            writer.writerows(rows)
            file.flush()
            samples += rows
        print('{} cameras, {} masks received by subscribers that came and went'.format(
            camera.starts, monitor.masks))
        monitor.destroy_node()
    rclpy.try_shutdown()
    return samples


def parameters_by_node(folder: Path) -> List[Tuple[str, Dict[str, Any]]]:
    """Return the parameters of each node."""
    return list(zip(NODES, (
        {'model': MODEL}, {'model': MODEL, 'report_path': (folder / 'evaluation.json').resolve()},
        {'latency_folder': (folder / 'latency').resolve()})))


def moments(monitor: Monitor, camera: Camera, hours: float) -> Iterator[float]:
    """Yield the time since the begin, s, whenever a sample is due; keep all going meanwhile."""
    began = time.monotonic()
    next_sample = next_subscriber = began
    while time.monotonic() < began + 3600 * hours:
        rclpy.spin_once(monitor, timeout_sec=0.2)
        camera.renew_if_due()
        now = time.monotonic()
        if now > next_subscriber:
            monitor.renew_subscriber()
            next_subscriber = now + SUBSCRIBER_S
        if now > next_sample:
            next_sample += SAMPLE_S
            yield now - began


def sample(node: RunningNode, monitor: Monitor, now: float) -> Dict[str, Any]:
    """
    Return a row of the table.

    :raises NodeError: if the node has ended
    """
    node.check()
    level, values = monitor.latest.get(node.name, (None, {}))
    row = dict(read_process_use(node.process.pid)._asdict(), time_s=round(now, 1), node=node.name,
               level=level)
    row.update((key, values[key]) for key in COLUMNS if key in values)
    return row


def compare(samples: List[Dict[str, Any]]) -> List[str]:
    """Print the first and the last part of the run beside each other; returns the problems."""
    problems = []
    print('{:18} {:>12} {:>16} {:>9} {:>9} {:>12} {:>16}'.format(
        'node', 'samples', 'memory MB', 'growth %', 'threads', 'descriptors', 'age p50 ms'))
    for node in NODES:
        rows = [row for row in samples if row['node'] == node]
        count = max(1, round(PART * len(rows)))
        skipped = round(WARM_UP * len(rows))
        first, last = rows[skipped:skipped + count], rows[-count:]
        spans = {key: (median(first, key), median(last, key))
                 for key in ('memory_mb', 'threads', 'descriptors', 'age_p50_ms')}
        growth = spans['memory_mb'][1] / spans['memory_mb'][0] - 1
        print('{:18} {:12d} {:>16} {:9.1f} {:>9} {:>12} {:>16}'.format(
            node, len(rows), '{:.1f} {:.1f}'.format(*spans['memory_mb']), 100 * growth,
            *['{:.0f} {:.0f}'.format(*spans[key])
              for key in ('threads', 'descriptors', 'age_p50_ms')]))
        if growth > MOST_GROWTH:
            problems.append('{} grew by {:.1f} % of its memory'.format(node, 100 * growth))
        problems += ['{} has {:.0f} {} in place of {:.0f}'.format(node, after, key, before)
                     for key, (before, after) in spans.items()
                     if key in ('threads', 'descriptors') and after > before]
    return problems + find_uncounted(samples)


def median(rows: List[Dict[str, Any]], key: str) -> float:
    """Return the median of a column, NaN where no row has it."""
    values = np.array([row[key] for row in rows if row.get(key) is not None], float)
    values = values[~np.isnan(values)]  # the age of no frame yet
    return float(np.median(values)) if values.size else float('nan')


def find_uncounted(samples: List[Dict[str, Any]]) -> List[str]:
    """Return a problem if segmentation_node has received frames whose fate it does not know."""
    rows = [row for row in samples if row['node'] == NODES[0] and row.get('frames_in')]
    if not rows:
        return ['segmentation_node told nothing of its frames']
    last = {key: int(rows[-1]['frames_' + key])
            for key in ('in', 'out', 'replaced', 'skipped', 'bad')}
    print('frames: {in} received, {out} segmented, {replaced} replaced by newer ones, '
          '{skipped} skipped, {bad} bad'.format(**last))
    waiting = last['in'] - sum(last[key] for key in ('out', 'replaced', 'skipped', 'bad'))
    return [] if 0 <= waiting <= 2 and last['out'] else [
        'segmentation_node cannot account for {} frames'.format(waiting)]


def main() -> int:
    """Run and compare; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument('--hours', type=float, default=10.0)
    parser.add_argument('--folder', type=Path, default=Path('soak'))
    parser.add_argument('--rate', type=float, default=10.0, help='frames per second')
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    problems = compare(soak(args.folder, args.hours, args.rate))
    for problem in problems:
        print('problem: {}'.format(problem))
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
