# Copyright 2026 The lsnet_ros authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.
"""Build an engine, let it through the parity gate, and else build a more precise one."""

from pathlib import Path
import time
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from lsnet_ros.engines.compilation import compile_engine
from lsnet_ros.engines.definition import Wanted
from lsnet_ros.engines.engine_cache import TORCH
from lsnet_ros.engines.engine_key import WORKSPACE
from lsnet_ros.engines.frames import batches, Inputs
from lsnet_ros.engines.parity import check_parity, Reference
from lsnet_ros.engines.runtime import Engine, EngineError
from lsnet_ros.preprocessing import InputSpec
from torch import nn

LADDER = {'int8': ('int8', 'fp16', 'fp32'), 'fp16': ('fp16', 'fp32'), 'fp32': ('fp32',)}

Report = Callable[[str], None]


class Work(NamedTuple):
    """What to build an engine of."""

    network: nn.Module                    # as it was trained, in inference mode, on the CPU
    spec: InputSpec
    num_classes: int
    batch: int
    reference: Reference                  # of frames that are not calibrated on
    onnx: Optional[bytes] = None          # the network's ONNX file, if that is for ``spec``
    calibration: Sequence[Path] = ()      # image files, for int8
    device: str = 'cuda'                  # of PyTorch, where engines read and write


def build_checked(work: Work, precision: str,
                  report: Report) -> Tuple[Optional[bytes], Dict[str, Any]]:
    """
    Build until an engine passes the parity gate.

    :param precision: to begin with, a key of ``LADDER``
    :param report: is told how it goes, in a line each
    :returns: the engine, None if none passed; and precision (what came of it, 'torch' if none
        passed) and attempts (for each: precision, passed, reason, agreement by frame, limit,
        difference, way, seconds) for its card
    :raises ConversionError: if the network cannot be translated
    """
    attempts: List[Dict[str, Any]] = []
    for candidate in LADDER[precision]:
        content, attempt = _attempt(work, candidate, report)
        attempts.append(attempt)
        if attempt['passed']:
            report('{} passed: at least {:.2%} of the pixels have PyTorch\'s class'.format(
                candidate, min(attempt['agreement'])))
            return content, {'precision': candidate, 'attempts': attempts}
        report('{} is not used: {}'.format(candidate, attempt['reason']))
    report('no engine is used: PyTorch is left')
    return None, {'precision': TORCH, 'attempts': attempts}


def _attempt(work: Work, precision: str,
             report: Report) -> Tuple[Optional[bytes], Dict[str, Any]]:
    """Build one engine and compare it; what TensorRT says against it is a reason too."""
    started = time.perf_counter()
    attempt = {'precision': precision, 'passed': False, 'reason': '', 'agreement': [],
               'limit': None, 'difference': None, 'way': None}
    content = None
    try:
        report('building {}'.format(precision))
        wanted = Wanted(work.network.deployed(), work.spec.sizes, work.batch, precision, work.onnx)
        calibration = _calibration(work, report) if precision == 'int8' else None
        content, attempt['way'] = compile_engine(wanted, WORKSPACE, work.device, calibration)
        report('comparing {} with PyTorch'.format(precision))
        engine = Engine(content)
        engine.check(work.spec.sizes, work.num_classes, work.batch)
        attempt.update(check_parity(engine, work.reference, precision, work.batch,
                                    work.device)._asdict())
    except EngineError as error:
        attempt['reason'] = str(error)
    attempt['seconds'] = round(time.perf_counter() - started, 3)
    return content, attempt


def _calibration(work: Work, report: Report) -> Iterator[Inputs]:
    """Yield what calibration is shown, and say how far it is."""
    total = len(work.calibration) // work.batch
    for number, inputs in enumerate(batches(work.calibration, work.spec, work.batch)):
        if number % 16 == 0:
            report('calibrating, {} of {} batches'.format(number, total))
        yield inputs
