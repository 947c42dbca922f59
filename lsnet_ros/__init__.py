# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Lightweight semantic segmentation for ROS 2 robots with a Jetson, and everything else."""

from typing import Any

__version__ = '0.2.0'


def open_model(name_or_folder: Any, backend: str = 'auto', output_size: str = 'input',
               groups: str = '') -> Any:
    """
    Open a model, ready to segment images.

    :param name_or_folder: name of an installed model, or the path of a model folder
    :param backend: runtime: 'auto', the fastest here, or one of ``backends.BACKENDS``
    :param output_size: size of the label image: 'input', the image's own, 'network', or 'WxH'
    :param groups: name or YAML file of groups in place of the classes; '' for none
    :returns: a ``segmenter.Segmenter``: ``segment(image)`` takes (H, W, 3) uint8 RGB and returns
        class ids, (H, W) uint8; ``label_set`` has their names and colours
    :raises LsnetError: if the model, the backend or the groups cannot be opened
    """
    from lsnet_ros.labels.groups import read_groups
    from lsnet_ros.models.folder import read_model
    from lsnet_ros.segmenter import Segmenter
    model = read_model(name_or_folder)
    return Segmenter(model, backend, output_size,
                     read_groups(groups, model.label_set) if groups else None)
