# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
The authors' published checkpoints of LPS-Net and LEDNet, under the names of our networks.

LPS-Net: github.com/YihengZhang-CV/LPS-Net (``lpsnet.py``); LEDNet: github.com/xiaoyufenfei/LEDNet
(``train/lednet.py``).
"""

import re
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Tuple, Union

import numpy as np

from lsnet_ros.errors import LsnetError
from lsnet_ros.stages.preprocessing import IMAGENET_MEAN, IMAGENET_STD

LISTED = 3  # names in a message
ATTENTION = {'down': 'down', 'conv': 'level'}  # the authors' names of the pyramid's layers, ours
Rename = Tuple[str, Union[str, Callable[[Any], str]]]  # pattern, replacement of ``re.sub``


class PublishedError(LsnetError, ValueError):
    """A checkpoint cannot be read, or is not one of the network."""


class Conventions(NamedTuple):
    """What the authors' code does otherwise than ours."""

    renames: Tuple[Rename, ...]              # patterns of their names, ours in their place
    size: Tuple[int, int]                    # (height, width) of the images it was trained for, px
    mean: Tuple[float, float, float] = IMAGENET_MEAN
    std: Tuple[float, float, float] = IMAGENET_STD
    class_weights: str = r'classifier\.'     # our names of the weights with one row for each class
    unused: str = '(?!)'                     # names of weights that inference does not need
    spliced: str = '(?!)'                    # our names of one norm that is two here
    has_void: bool = False                   # whether a last class, that means none, may be there


def _rename_lednet_layers() -> List[Rename]:
    """Return the patterns of the encoder's layers, which the authors number through."""
    places = [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 1), (1, 2)]
    places += [(2, block) for block in range(9)]
    names = ['initial_block'] + [r'layers\.{}'.format(index) for index in range(15)]
    return [(r'^encoder\.{}\.'.format(name), 'stages.{}.{}.'.format(*place))
            for name, place in zip(names, places)]


def _rename_lednet_branches() -> List[Rename]:
    """Return the patterns of the 1D convolutions and norms of a split-shuffle block."""
    sides = (('l', 'left', '3x1', '1x3'), ('r', 'right', '1x3', '3x1'))
    renames: List[Rename] = []
    for letter, side, first, second in sides:
        renames += [
            (r'\.conv{}_1_{}\.'.format(first, letter), '.{}.0.'.format(side)),
            (r'\.conv{}_1_{}\.'.format(second, letter), '.{}.2.0.'.format(side)),
            (r'\.bn1_{}\.'.format(letter), '.{}.2.1.'.format(side)),
            (r'\.conv{}_2_{}\.'.format(first, letter), '.{}.3.'.format(side)),
            (r'\.conv{}_2_{}\.'.format(second, letter), '.{}.5.0.'.format(side)),
            (r'\.bn2_{}\.'.format(letter), '.{}.5.1.'.format(side))]
    return renames


def _number_from_0(place: str) -> Rename:
    """Return the pattern of the attention's layers, which the authors number from 1."""
    return (r'^decoder\.apn\.{}([12])\.conv\.'.format(place),
            lambda found: 'head.{}.{}.'.format(ATTENTION[place], int(found.group(1)) - 1))


_LPS_NET = Conventions(
    renames=(
        (r'^net(?:H|1)?\.stages\.', 'paths.0.'), (r'^net(?:L|2)\.stages\.', 'paths.1.'),
        (r'^net3\.stages\.', 'paths.2.'), (r'^head\.', 'classifier.')),
    size=(1024, 2048))
_LEDNET = Conventions(
    renames=tuple(_rename_lednet_layers() + _rename_lednet_branches() + [
        (r'^(stages\.\d\.0)\.conv\.', r'\1.conv.0.'),
        (r'^decoder\.apn\.branch1\.1\.conv\.', 'head.everywhere.'),
        (r'^decoder\.apn\.mid\.0\.conv\.', 'head.classifier.'),
        _number_from_0('down'), _number_from_0('conv'),
        (r'^decoder\.apn\.down3\.0\.conv\.', 'head.down.2.'),
        (r'^decoder\.apn\.down3\.1\.conv\.', 'head.level.2.')]),
    size=(512, 1024), mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0),
    class_weights=r'head\.(everywhere|classifier)\.', unused=r'^encoder\.output_conv\.',
    spliced=r'^(stages\.\d\.0)\.bn\.(\w+)$', has_void=True)

PUBLISHED = {'lps-net-s': _LPS_NET, 'lps-net-m': _LPS_NET, 'lps-net-l': _LPS_NET,
             'lednet': _LEDNET}
"""By name of our network."""


def load_published(name: str, arrays: Mapping[str, np.ndarray],
                   num_classes: int) -> Tuple[Any, Dict[str, Any]]:
    """
    Build a network with the weights of the authors' checkpoint.

    :param name: one of ``PUBLISHED``
    :param arrays: by the authors' names
    :returns: the network in inference mode, and its options
    :raises PublishedError: if names or shapes are not those of the network
    """
    import torch

    from lsnet_ros.networks import build_network
    options = find_options(name, arrays)
    network = build_network(name, num_classes, **options)
    shapes = {key: tuple(value.shape) for key, value in network.state_dict().items()}
    weights = rename_weights(name, arrays, shapes)
    network.load_state_dict({key: torch.from_numpy(np.array(value))
                             for key, value in weights.items()})
    return network.eval(), options


def find_options(name: str, arrays: Mapping[str, np.ndarray]) -> Dict[str, Any]:
    """Return the options of ``build_network`` that a checkpoint of the authors asks for."""
    if PUBLISHED[name] is not _LPS_NET:
        return {}
    has_norms = any(key.endswith('.running_mean') for key in arrays)
    return {'block': 'plain' if has_norms else 'deploy'}


def rename_weights(name: str, arrays: Mapping[str, np.ndarray],
                   shapes: Mapping[str, Tuple[int, ...]]) -> Dict[str, np.ndarray]:
    """
    Return the weights of a published checkpoint under the names of our network.

    :param name: one of ``PUBLISHED``
    :param arrays: by the authors' names, perhaps with the prefix 'module.' of a parallel training
    :param shapes: of our network's weights, by name
    :raises PublishedError: if names or shapes are not those of the network
    """
    conventions, found = PUBLISHED[name], {}
    for key, array in arrays.items():
        key = re.sub(r'^module\.', '', key)
        if re.match(conventions.unused, key):
            continue
        for pattern, ours in conventions.renames:
            key = re.sub(pattern, ours, key)
        found.update(_split_norm(conventions, key, array, shapes))
    for key, array in found.items():
        if conventions.has_void and re.match(conventions.class_weights, key):
            found[key] = _leave_out_void(array, shapes.get(key))
    _check(name, found, shapes)
    return found


def _split_norm(conventions: Conventions, key: str, array: np.ndarray,
                shapes: Mapping[str, Tuple[int, ...]]) -> Dict[str, np.ndarray]:
    """Return the parts of a batch norm over a concatenation, of which we keep one for each."""
    match = re.match(conventions.spliced, key)
    if not match:
        return {key: array}
    ours = ['{}.conv.1.{}'.format(*match.groups()), '{}.scale.{}'.format(*match.groups())]
    if not array.ndim:                                       # the count of batches
        return dict.fromkeys(ours, array)
    first = (shapes.get(ours[0]) or (0,))[0]
    return {ours[0]: array[:first], ours[1]: array[first:]}


def _leave_out_void(array: np.ndarray, shape: Optional[Tuple[int, ...]]) -> np.ndarray:
    """Return the rows of the classes, without that of a last one that means none of them."""
    if shape and array.ndim and len(array) == shape[0] + 1:
        return array[:shape[0]]
    return array


def _check(name: str, found: Mapping[str, np.ndarray],
           shapes: Mapping[str, Tuple[int, ...]]) -> None:
    """Raise a PublishedError unless the weights are all those of the network."""
    problems = ['it has no {}'.format(key) for key in sorted(set(shapes) - set(found))]
    problems += ['{} belongs to no layer'.format(key) for key in sorted(set(found) - set(shapes))]
    problems += ['{} is {}, expected {}'.format(key, found[key].shape, shapes[key])
                 for key in sorted(set(found) & set(shapes)) if found[key].shape != shapes[key]]
    if problems:
        raise PublishedError('the checkpoint is not of the authors\' {}: {}{}; give the network '
                             'and the label set that it was trained for'.format(
                                 name, '; '.join(problems[:LISTED]),
                                 ' and {} more'.format(len(problems) - LISTED)
                                 if len(problems) > LISTED else ''))
