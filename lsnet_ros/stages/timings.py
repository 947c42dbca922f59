# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Times of the stages of one frame; the fields name the keys of topics, CSV and JSON files."""

from typing import NamedTuple


class Timings(NamedTuple):
    """Times of the segmenter's stages, ms."""

    preprocess_ms: float
    network_ms: float
    decode_ms: float
    total_ms: float       # sum of the others


class NodeTimings(NamedTuple):
    """Times of a frame in segmentation_node, ms: the segmenter's stages and the node's own."""

    wait_ms: float        # in the slot of the newest frame
    convert_ms: float     # from message to RGB
    preprocess_ms: float
    network_ms: float
    decode_ms: float
    publish_ms: float     # of the mask
    total_ms: float       # from the arrival of the image to the published mask
