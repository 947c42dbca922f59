# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Bounds of everything that is read; larger input is refused before memory is allocated."""

from typing import Any

from lsnet_ros.errors import LsnetError, one_line

MIB = 1 << 20
MODEL_FILE = 1024 * MIB  # bytes of an ONNX file, an archive of weights or an engine
TEXT_FILE = 1 * MIB      # bytes of a card, a recipe, a dataset.yaml; ours have 6,000 at most
IMAGE_FILE = 512 * MIB   # bytes; one of PIXELS of 16-bit RGB has 384 MB
RECORD_FILE = 64 * MIB   # bytes of a file that a run writes: CSV, JSON; a list of frames
MESSAGE = 1024 * MIB     # bytes of a bag's message or chunk when unpacked
ONNX_FIELDS = 300000     # parts of an ONNX file; the shipped models have 10,000 at most
NODES = 20000            # values in a YAML file, those of an alias counted each time
DEPTH = 30               # lists and mappings in one another
ARRAYS = 20000           # in an archive of weights
ARRAY_HEADER = 4096      # bytes
PIXELS = 64 * 10**6      # of an image
PATHS = 8                # input sizes of a network
CLASSES = 1000           # of a network; label images have room for 255
LAYERS = 200             # blocks of a stage of a network
CHANNELS = 4096          # of a layer
KERNEL = 63              # pixels along a side of a kernel
REGIONS = 128            # along a side, of a non-local module
PARAMETERS = 2 * 10**8   # of a network; the largest that has a name has 12 million


class FormatError(LsnetError, ValueError):
    """The content of a file is not of its format, or is beyond the bounds."""


def check_most(name: str, found: Any, most: int) -> None:
    """Raise a FormatError if a number is above its bound; ``name`` is the counted thing."""
    if found > most:
        raise FormatError('{} is {}, expected {} at most'.format(
            name, one_line(found), most))
