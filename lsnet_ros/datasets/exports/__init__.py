# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""What annotation tools export, read as it is: one module for each format."""

import importlib
from pathlib import Path
from typing import Any

FORMATS = {
    'cityscapes': ('cityscapes_polygons', 'read_cityscapes'),
    'coco': ('coco', 'read_coco'),
    'cvat': ('voc', 'read_cvat'),
    'labelme': ('labelme', 'read_labelme'),
    'roboflow': ('roboflow', 'read_roboflow'),
    'supervisely': ('supervisely', 'read_supervisely'),
    'voc': ('voc', 'read_voc'),
}
"""Module and function of each format by its name on the command line."""


def read_export(name: str, source: Path) -> Any:
    """
    Read the export of an annotation tool; nothing of it is changed.

    :param name: one of ``FORMATS``
    :param source: folder of the export, unpacked
    :returns: an ``export.Export``
    :raises ExportError: if the folder is not in this format
    """
    module, function = FORMATS[name]
    return getattr(importlib.import_module('lsnet_ros.datasets.exports.' + module),
                   function)(source)
