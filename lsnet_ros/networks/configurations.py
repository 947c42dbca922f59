# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Every network of the papers' tables by a name of its own, with its published figures.

A name stands for a network and its options; `build_network` takes these names too. Published
figures are written as the papers print them, and left out where the paper has none or was not
available. 'reconstructed': the paper has a row of this kind, but which one is not known.
"""

from typing import Any, Dict, NamedTuple, Optional, Tuple

from lsnet_ros.networks.lps_net import EXPANSIONS

HALF_CITYSCAPES = (512, 1024)  # px, height and width
CITYSCAPES = (1024, 2048)
CAMVID = (360, 480)
CITYSCAPES_CLASSES = 19
CAMVID_CLASSES = 11
ADE20K_CLASSES = 150
UNITS = {'M': 10 ** 6, 'G': 10 ** 9}  # of published figures


class Configuration(NamedTuple):
    """One row of a paper's table."""

    network: str                        # one of ``networks.NETWORKS``
    options: Dict[str, Any]             # arguments of its class, in place of the name's own
    source: str                         # paper and row
    size: Tuple[int, int]               # (height, width) of the image for multiply_adds, px
    classes: int = CITYSCAPES_CLASSES
    parameters: Optional[str] = None    # as published, such as '0.62 M'
    multiply_adds: Optional[str] = None  # GFLOPs as published for the size, such as '8.48 G'


def beyond_rounding(count: int, published: str) -> int:
    """
    Return the difference of a count from a published figure that rounding does not explain.

    :param published: such as '0.62 M': the difference of 615000 to 624999 is 0
    """
    figure, unit = published.split()
    step = UNITS[unit] // 10 ** len(figure.partition('.')[2])
    lowest = int(figure.replace('.', '')) * step - step // 2
    return min(count - lowest, 0) or max(count - (lowest + step - 1), 0)


def _lsnet(source: str, parameters: Optional[str], classes: int = CITYSCAPES_CLASSES,
           **options: Any) -> Configuration:
    """Return a row of LSNet's tables."""
    return Configuration('lsnet', options, 'LSNet, ' + source, HALF_CITYSCAPES, classes,
                         parameters)


def _lrnnet(network: str, source: str, multiply_adds: str, parameters: Optional[str] = None,
            **options: Any) -> Configuration:
    """Return a row of LRNNet's tables."""
    return Configuration(network, options, 'LRNNet, ' + source, HALF_CITYSCAPES,
                         parameters=parameters, multiply_adds=multiply_adds)


def _lps_net(network: str, source: str, multiply_adds: Optional[str] = None,
             **options: Any) -> Configuration:
    """Return a row of LPS-Net's tables; the paper counts no parameters."""
    return Configuration(network, options, 'LPS-Net, ' + source, CITYSCAPES,
                         multiply_adds=multiply_adds)


def _fpn(encoder: str) -> Configuration:
    """Return the row of a pyramid over EfficientNet-Lite; no paper has this combination."""
    return Configuration('fpn-' + encoder, {}, 'FPN, EfficientNet-' + encoder.capitalize(), CAMVID,
                         CAMVID_CLASSES)


def _shape(narrowest: int) -> Dict[str, Any]:
    """Return the depths and widths of the networks in LPS-Net's Tables 2 and 3."""
    return {'depths': (1, 2, 4, 7, 7),
            'widths': tuple(narrowest * factor for factor in (1, 2, 4, 8, 8))}


def _depth(middle: int, last: int, parameters: str) -> Configuration:
    """Return the row of LSNet with these numbers of mixers in stages 2 and 3."""
    return _lsnet('depth {}, {}'.format(middle, last), parameters, depth=(middle, last))


def _kernels(parameters: str, *kernels: int) -> Configuration:
    """Return the row of LSNet with these kernels, coarsest level first as in the paper."""
    return _lsnet('kernels ' + ', '.join(map(str, kernels)), parameters, kernels=kernels[::-1])


def _block(name: str, source: str = 'block (reconstructed)',
           multiply_adds: Optional[str] = None) -> Configuration:
    """
    Return the row of LPS-Net's Table 2 with one of the blocks.

    All have the width of the plain block, which follows from its published GFLOPs.
    """
    return _lps_net('lps-net-m', 'Table 2, ' + source, multiply_adds, block=name,
                    interaction='none', **_shape(14))


def _interaction(name: str, source: str = 'interaction (reconstructed)') -> Configuration:
    """Return the row of LPS-Net's Table 3 with one interaction of the paths."""
    return _lps_net('lps-net-m', 'Table 3, ' + source, interaction=name, **_shape(16))


CONFIGURATIONS = {
    'lsnet': _lsnet('Cityscapes', '0.62 M'),
    'lsnet-11-classes': _lsnet('CamVid', '0.62 M', CAMVID_CLASSES),
    'lsnet-150-classes': _lsnet('ADE20K', '0.65 M', ADE20K_CLASSES)._replace(
        size=(512, 512), multiply_adds='3.8 G'),
    'lsnet-depth-3-9': _depth(3, 9, '0.40 M'),
    'lsnet-depth-3-12': _depth(3, 12, '0.46 M'),
    'lsnet-depth-6-12': _depth(6, 12, '0.49 M'),
    'lsnet-depth-3-15': _depth(3, 15, '0.51 M'),
    'lsnet-depth-6-15': _depth(6, 15, '0.54 M'),
    'lsnet-depth-3-18': _depth(3, 18, '0.57 M'),
    'lsnet-depth-3-24': _depth(3, 24, '0.67 M'),
    'lsnet-ss-nbt': _lsnet('1D-mixer -> SS-nbt', '2.52 M', mixer='ss-nbt'),
    'lsnet-dab': _lsnet('1D-mixer -> DAB', '2.15 M', mixer='dab'),
    'lsnet-dab-relu': _lsnet('1D-mixer -> DAB, ReLU', '2.15 M', mixer='dab-relu'),
    'lsnet-cg': _lsnet('1D-mixer -> CG', '0.48 M', mixer='cg'),
    'lsnet-ms-3x3': _lsnet('1D-MS -> 3x3', '2.31 M', mixer='1d-ms-3x3'),
    'lsnet-ms-depthwise-3x3': _lsnet('1D-MS -> depthwise 3x3', '0.64 M',
                                     mixer='1d-ms-depthwise-3x3'),
    'lsnet-mc-1x1': _lsnet('1D-MC -> 1x1', '0.62 M', mixer='1d-mc-1x1'),
    'lsnet-ap-1x1': _lsnet('AP -> 1x1', '0.59 M', head='1x1'),
    'lsnet-no-attention': _lsnet('AP without attention', '0.62 M', head='no-attention'),
    'lsnet-no-pyramid': _lsnet('AP without pyramid', '0.59 M', kernels=()),
    'lsnet-kernels-3-3-3': _kernels('0.61 M', 3, 3, 3),
    'lsnet-kernels-2-3-5': _kernels('0.61 M', 2, 3, 5),
    'lsnet-kernels-1-3-5': _kernels('0.61 M', 1, 3, 5),
    'lsnet-kernels-3-5-7-9': _kernels('0.62 M', 3, 5, 7, 9),
    'lsnet-bilinear': _lsnet('FA -> bilinear', '0.62 M', alignment='bilinear'),
    'lsnet-down-parallel': _lsnet('another reading: Down', '0.62 M', down='parallel'),
    'lsnet-down-light': _lsnet('another reading: Down', '0.62 M', down='light'),
    'lsnet-prelu': _lsnet('another reading: PReLU', '0.62 M', mixer='1d-prelu'),

    'lednet': Configuration('lednet', {}, 'LEDNet, Cityscapes', HALF_CITYSCAPES,
                            parameters='0.94 M', multiply_adds='11.5 G'),

    'lrnnet-a': _lrnnet('lrnnet-a', 'Model A', '8.48 G', '0.67 M'),
    'lrnnet-b': _lrnnet('lrnnet-b', 'Model B', '8.57 G', '0.68 M'),
    'lrnnet-c': _lrnnet('lrnnet-c', 'Model C', '8.58 G', '0.68 M'),
    'lrnnet-ss-nbt': _lrnnet('lrnnet-a', 'FCB -> SS-nbt', '11.7 G', '0.95 M',
                             block='split-shuffle'),
    'lrnnet-max': _lrnnet('lrnnet-c', 'max-pooled keys', '8.54 G', '0.68 M', keys='max'),
    'lrnnet-average': _lrnnet('lrnnet-c', 'average-pooled keys', '8.54 G', '0.68 M',
                              keys='average'),
    'lrnnet-8-4-2': _lrnnet('lrnnet-c', '8x8 + 4x4 + 2x2', '8.59 G', scales=(8, 4, 2)),
    'lrnnet-16': _lrnnet('lrnnet-c', '16x16', '8.68 G', scales=(16,)),
    'lrnnet-4': _lrnnet('lrnnet-c', '4x4', '8.51 G', scales=(4,)),
    'lrnnet-non-local': _lrnnet('lrnnet-c', 'non-local, not reduced', '12.5 G', scales=(1,),
                                keys='every-pixel'),

    'fpn-lite0': _fpn('lite0'),
    'fpn-lite1': _fpn('lite1'),
    'fpn-lite2': _fpn('lite2'),

    'lps-net-s': _lps_net('lps-net-s', 'S'),
    'lps-net-m': _lps_net('lps-net-m', 'M'),
    'lps-net-l': _lps_net('lps-net-l', 'L'),
}
CONFIGURATIONS.update(
    ('lps-net-{}'.format(step),
     _lps_net('lps-net-{}'.format(step), 'Table 4, step {}'.format(step)))
    for step in range(len(EXPANSIONS)))
CONFIGURATIONS.update({
    'lps-net-block-plain': _block('plain', '3x3 convolution', '18.5 G'),
    'lps-net-block-depthwise-separable': _block('depthwise-separable'),
    'lps-net-block-residual': _block('residual'),
    'lps-net-block-bottleneck': _block('bottleneck'),
    'lps-net-block-inverted-residual': _block('inverted-residual'),
    'lps-net-block-shuffle': _block('shuffle'),
    'lps-net-block-ghost': _block('ghost'),
    'lps-net-interaction-none': _interaction('none', 'no interaction'),
    'lps-net-interaction-low-to-high': _interaction('low-to-high'),
    'lps-net-interaction-high-to-low': _interaction('high-to-low'),
    'lps-net-interaction-bilateral': _interaction('bilateral', 'Bilateral-B'),
    'lps-net-interaction-bilateral-convolved': _interaction('bilateral-convolved'),
    'lps-net-interaction-bilateral-weighted': _interaction('bilateral-weighted'),
})
"""Rows by name."""
