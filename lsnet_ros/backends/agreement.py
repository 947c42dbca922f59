# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The agreement of a network at a lower precision with itself in float32, measured once."""

from functools import lru_cache
from typing import Any, Callable, Dict, List, Tuple

import numpy as np

from lsnet_ros.backends.kept import keep, recall
from lsnet_ros.errors import BackendError
from lsnet_ros.models.card import INT8, Model, ONNX
from lsnet_ros.models.parity import compare, INT8_LIMITS, Limits, Outputs
from lsnet_ros.stages.preprocessing import InputSpec, Preprocessor

# Of the pixels of each frame. Bfloat16, which rounds to 8 bits, changes up to 1.4 % of the class
# ids of the models shipped, nearly ties, and their mean IoU on CamVid by less than 0.1 points; a
# resize that is half a pixel off changes about 10 %. Processors without VNNI may add products of
# 8-bit integers in 16 bits, whose overflow changes most of an image.
LIMITS = {'bf16': Limits(agreement=0.98), 'int8': INT8_LIMITS}
SCENE = 21                  # seed; one drive, as the first frame of each takes 1.5 s to render
FRAMES = (0, 30, 60, 90)    # of it, seconds apart
SCENE_SIZE = (360, 480)     # px; larger ones only take longer

Infer = Callable[[Tuple[np.ndarray, ...]], Outputs]  # runs the core of a network on its inputs


def measure_agreement(spec: InputSpec, reference: Infer, candidate: Infer) -> float:
    """
    Compare the class ids of two runs of a network on frames of a rendered street.

    :param reference: runs the network in float32
    :param candidate: runs it at another precision
    :returns: share of the pixels with the same class, in the worst frame; 0 if an output is not
        finite or does not follow the image
    """
    preprocessor = Preprocessor(spec)
    expected: List[Outputs] = []
    found: List[Outputs] = []
    for image in _render_frames():
        inputs = preprocessor(image)
        expected.append(reference(inputs))
        found.append(candidate(inputs))
    parity = compare(found, expected, Limits(agreement=0.0), (spec.height, spec.width))
    return min(parity.agreement, default=0.0)


def check_int8(model: Model, runtime: str, open_reference: Callable[[], Infer],
               candidate: Infer) -> str:
    """
    Check that a network in 8-bit integers finds the classes of float32 on this processor.

    :param runtime: name and version of the runtime, whose arithmetic it is
    :param open_reference: opens the network in float32; called if nothing was measured before
    :returns: the agreement in words
    :raises BackendError: if it is below the limit
    """
    files = model.card['files']
    key = {'onnx': files[ONNX], 'int8': files[INT8], 'input': model.card['input'],
           'runtime': runtime}
    same = recall_or_measure(
        key, lambda: measure_agreement(model.spec, open_reference(), candidate))
    least = LIMITS['int8'].agreement
    if same < least:
        raise BackendError('in 8-bit integers {:.1%} of the class ids are those of float32 on '
                           'this processor, at least {:.0%} was expected: quantize the model '
                           'again, or take float32'.format(same, least))
    return '{:.2%} of the class ids are those of float32'.format(same)


def recall_or_measure(key: Dict[str, Any], measure: Callable[[], float]) -> float:
    """
    Return the agreement measured before for the same key, else measure and keep it.

    It is kept in the cache folder ``agreement``; if that cannot be written, it is measured each
    time.

    :param key: everything that the measurement depends on, for JSON
    """
    key = dict(key, scene=SCENE, frames=list(FRAMES), scene_size=list(SCENE_SIZE))
    found = recall('agreement', key)
    if not isinstance(found, float):
        found = measure()
        keep('agreement', key, found)
    return found


@lru_cache(maxsize=1)  # several precisions may be measured in one start
def _render_frames() -> List[np.ndarray]:
    """Return frames (H, W, 3) uint8 RGB that need no file."""
    from lsnet_ros.datasets.street_scene import StreetScene
    scene = StreetScene(SCENE, *SCENE_SIZE)
    return [scene.frame(index).image for index in FRAMES]
