# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet networks``: parameters and multiply-adds of the papers' networks, and as published."""

import argparse
from typing import Any, Dict, NamedTuple, Optional, Tuple

from lsnet_ros.commands.arguments import add_renamed, parse_count, parse_size
from lsnet_ros.commands.tables import table
from lsnet_ros.errors import LsnetError, not_known

SUMMARY = 'list the networks of the papers, with parameters and multiply-adds'
LEGEND = """\
G: multiply-adds of the convolutions, in 1e9. The published figures of LEDNet and LRNNet seem to
include batch norms and ReLUs, those of LRNNet also the products of its non-local module.
off by: difference beyond rounding; = if the count rounds to the published figure."""


class NetworkNameError(LsnetError, ValueError):
    """The name of a network is not known."""


class NetworkCounts(NamedTuple):
    """A network of a paper, counted, beside its published figures."""

    network: str
    options: Dict[str, Any]
    source: str                           # paper and table
    size: Tuple[int, int]                 # (height, width) of the image, px
    classes: int
    parameters: int
    multiply_adds: int
    published: Dict[str, Optional[str]]   # text by count, None if not published
    difference: Dict[str, Optional[int]]  # by count, beyond rounding; None if not comparable

    def as_json(self) -> Dict[str, Any]:
        """Return the fields by name."""
        return dict(self._asdict(), size=list(self.size))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument('name', nargs='?', metavar='NAME', help='one network (default: all)')
    parser.add_argument('--size', type=parse_size, metavar='HxW',
                        help='size of the image (default: as in each paper)')
    add_renamed(parser, '--num-classes', '--classes', type=parse_count, metavar='N',
                help='number of classes (default: as in each paper)')


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """
    Count parameters and multiply-adds and print them beside the published figures.

    :returns: networks, the counts of each by name
    :raises NetworkNameError: if the name is not known
    """
    from lsnet_ros.networks import CONFIGURATIONS
    if args.name is not None and args.name not in CONFIGURATIONS:
        raise NetworkNameError('{}: choose one from the list of "lsnet networks"'.format(
            not_known('network', args.name, CONFIGURATIONS)))
    names = [args.name] if args.name else CONFIGURATIONS
    counted = {name: count_network(name, args.size, args.num_classes) for name in names}
    print(table(
        ('network', 'classes', 'parameters', 'paper', 'off by', 'HxW', 'G', 'paper', 'off by',
         'source'),
        [_row(name, counts) for name, counts in counted.items()]))
    print(LEGEND)
    return {'networks': {name: counts.as_json() for name, counts in counted.items()}}


def count_network(name: str, image_size: Optional[Tuple[int, int]] = None,
                  classes: Optional[int] = None) -> NetworkCounts:
    """
    Count the parameters and multiply-adds of a network.

    :param image_size: (height, width), px; None for that of the paper
    :param classes: None for the number in the paper
    """
    from lsnet_ros.networks import (
        beyond_rounding,
        build_network,
        CONFIGURATIONS,
        count_parameters,
        multiply_adds,
    )
    row = CONFIGURATIONS[name]
    height, width = image_size or row.size
    network: Any = build_network(name, classes or row.classes)
    counts = {'parameters': count_parameters(network),
              'multiply_adds': multiply_adds(network, height, width)}
    published = {'parameters': row.parameters, 'multiply_adds': row.multiply_adds}
    comparable = {'parameters': network.num_classes == row.classes}
    comparable['multiply_adds'] = comparable['parameters'] and (height, width) == row.size
    difference: Dict[str, Optional[int]] = dict.fromkeys(counts)
    for figure, text in published.items():
        if text and comparable[figure]:
            difference[figure] = beyond_rounding(counts[figure], text)
    return NetworkCounts(row.network, row.options, row.source, (height, width),
                         network.num_classes, published=published, difference=difference,
                         **counts)


def _row(name: str, counts: NetworkCounts) -> Tuple[Any, ...]:
    """Return the row of one network."""
    published, difference = counts.published, counts.difference
    return (name, counts.classes, counts.parameters, published['parameters'] or '-',
            _off_by(difference['parameters'], '{:+d}', 1), '{}x{}'.format(*counts.size),
            '{:.3f}'.format(counts.multiply_adds / 1e9), published['multiply_adds'] or '-',
            _off_by(difference['multiply_adds'], '{:+.3f}', 1e9), counts.source)


def _off_by(difference: Optional[int], form: str, unit: float) -> str:
    """Format a difference."""
    if difference is None:
        return '-'
    return form.format(difference if unit == 1 else difference / unit) if difference else '='
