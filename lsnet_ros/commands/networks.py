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
"""``lsnet networks``: the networks of the papers' tables, counted and as published."""

import argparse
from typing import Any, Dict, Optional, Tuple

from lsnet_ros.commands.arguments import count, size
from lsnet_ros.commands.tables import table
from lsnet_ros.errors import LsnetError

SUMMARY = 'list the networks of the papers, counted and as published'
LEGEND = """\
G: multiply-adds of the convolutions, in 1e9. LEDNet and LRNNet seem to be published with batch
norms and ReLUs, LRNNet with the products of its non-local module too.
off by: what rounding does not explain; = where the count rounds to what is published."""


class NetworkNameError(LsnetError, ValueError):
    """There is no network of that name."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument('name', nargs='?', metavar='NAME', help='one network (default: all)')
    parser.add_argument('--size', type=size, metavar='HxW',
                        help='of the image (default: each as in its paper)')
    parser.add_argument('--classes', type=count, metavar='N',
                        help='channels of the logits (default: each as in its paper)')


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """
    Count parameters and multiply-adds and print them beside what is published.

    :returns: networks by name: network, options, source, size (height and width), classes,
        parameters, multiply_adds, published (text by the names of the two counts, None if there
        is none) and difference (what rounding does not explain, None if nothing is published for
        this size and number of classes)
    :raises NetworkNameError: if there is no network of the name given
    """
    from lsnet_ros.networks import CONFIGURATIONS
    if args.name is not None and args.name not in CONFIGURATIONS:
        raise NetworkNameError('network {!r} is not known: choose from those that "lsnet '
                               'networks" without a name lists'.format(args.name))
    names = [args.name] if args.name else CONFIGURATIONS
    described = {name: describe(name, args.size, args.classes) for name in names}
    print(table(
        ('network', 'classes', 'parameters', 'paper', 'off by', 'HxW', 'G', 'paper', 'off by',
         'source'),
        [_row(name, about) for name, about in described.items()]))
    print(LEGEND)
    return {'networks': described}


def describe(name: str, image_size: Optional[Tuple[int, int]] = None,
             classes: Optional[int] = None) -> Dict[str, Any]:
    """
    Count one network; see `run` for what is returned.

    :param image_size: (height, width) in place of its paper's, px
    :param classes: in place of its paper's
    """
    from lsnet_ros.networks import (
        beyond_rounding, build_network, CONFIGURATIONS, count_parameters, multiply_adds)
    row = CONFIGURATIONS[name]
    height, width = image_size or row.size
    network = build_network(name, classes or row.classes)
    counts = {'parameters': count_parameters(network),
              'multiply_adds': multiply_adds(network, height, width)}
    published = {'parameters': row.parameters, 'multiply_adds': row.multiply_adds}
    comparable = {'parameters': network.num_classes == row.classes}
    comparable['multiply_adds'] = comparable['parameters'] and (height, width) == row.size
    difference = {
        what: beyond_rounding(counts[what], published[what])
        if published[what] and comparable[what] else None for what in counts}
    return dict(counts, network=row.network, options=row.options, source=row.source,
                size=[height, width], classes=network.num_classes, published=published,
                difference=difference)


def _row(name: str, about: Dict[str, Any]) -> Tuple[Any, ...]:
    """Return the cells of one network."""
    published, difference = about['published'], about['difference']
    return (name, about['classes'], about['parameters'], published['parameters'] or '-',
            _off_by(difference['parameters'], '{:+d}', 1), '{}x{}'.format(*about['size']),
            '{:.3f}'.format(about['multiply_adds'] / 1e9), published['multiply_adds'] or '-',
            _off_by(difference['multiply_adds'], '{:+.3f}', 1e9), about['source'])


def _off_by(difference: Optional[int], form: str, unit: float) -> str:
    """Return the cell of a difference."""
    if difference is None:
        return '-'
    return form.format(difference if unit == 1 else difference / unit) if difference else '='
