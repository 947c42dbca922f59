# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The parameters of segmentation_node, and the model that they choose."""

import re
from typing import List, NamedTuple

from lsnet_ros.frames.image_files import MAX_PIXELS
from lsnet_ros.frames.view import parse_roi
from lsnet_ros.models.folder import DEFAULT_MODEL, read_model
from lsnet_ros.nodes.model_change import ModelChoice
from lsnet_ros.nodes.parameters import check, open_groups
from lsnet_ros.segmenter import parse_size

NAMESPACE = re.compile('[A-Za-z_][A-Za-z0-9_]*(/[A-Za-z_][A-Za-z0-9_]*)*$')
MOST_CAMERAS = 16
IMAGE_TRANSPORTS = ('compressed', 'raw')


class SegmentationParameters(NamedTuple):
    """Parameters of the node; params/segmentation.yaml documents them."""

    model: str = DEFAULT_MODEL
    backend: str = 'auto'
    cameras: str = ''
    output_size: str = 'input'
    groups: str = ''
    image_transport: str = 'raw'
    undistort: bool = False
    roi: str = ''
    max_pixels: int = MAX_PIXELS
    overlay_alpha: float = 0.5
    max_rate: float = 0.0
    autostart: bool = True
    managed: bool = False
    watchdog_s: float = 60.0


OF_MODEL = ('model', 'groups', 'output_size')  # another is opened beside the one in use
LIVE = ('overlay_alpha', 'max_rate') + OF_MODEL  # may change while the node runs


def split_cameras(names: str) -> List[str]:
    """
    Return the namespaces of the cameras.

    :param names: separated by commas; empty for one camera in the node's own namespace
    """
    return [name.strip() for name in names.split(',')]


def choose_model(settings: SegmentationParameters) -> ModelChoice:
    """
    Read and check the model that the parameters name; its backend is not opened yet.

    :raises LsnetError: if model, groups or output size are invalid
    """
    model = read_model(settings.model)
    parse_size(settings.output_size, model)
    return ModelChoice({name: getattr(settings, name) for name in OF_MODEL}, model,
                       open_groups(settings.groups, model))


def check_parameters(settings: SegmentationParameters) -> None:
    """Raise a ParameterError, or a CameraError for the roi, if a value is invalid."""
    cameras = split_cameras(settings.cameras)
    check('cameras', settings.cameras, cameras == [''] or (
        all(map(NAMESPACE.match, cameras)) and len(set(cameras)) == len(cameras) <= MOST_CAMERAS),
        'up to {} different namespaces, such as front,left'.format(MOST_CAMERAS))
    parse_roi(settings.roi)
    check('image_transport', settings.image_transport,
          settings.image_transport in IMAGE_TRANSPORTS, 'one of ' + ', '.join(IMAGE_TRANSPORTS))
