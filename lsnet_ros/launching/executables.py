# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The executables of the nodes: where a module is missing, one line says what installs it."""

from functools import partial
import importlib
import sys

from lsnet_ros.errors import missing_module


def _run(name: str) -> int:
    """Run the node of a name; returns its exit status."""
    try:
        module = importlib.import_module('lsnet_ros.nodes.' + name)
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith('lsnet_ros'):
            raise
        print('{}: {}'.format(name, missing_module(error)), file=sys.stderr)
        return 1
    return module.main()


source_node = partial(_run, 'source_node')
segmentation_node = partial(_run, 'segmentation_node')
evaluation_node = partial(_run, 'evaluation_node')
freespace_node = partial(_run, 'freespace_node')
latency_node = partial(_run, 'latency_node')
playback_node = partial(_run, 'playback_node')
health_check = partial(_run, 'health_check')
