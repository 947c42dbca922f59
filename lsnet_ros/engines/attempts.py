# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Build an engine; if it fails the parity gate, build the next more precise one."""

from pathlib import Path
import time
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from lsnet_ros.engines.compilation import compile_engine
from lsnet_ros.engines.definition import Wanted
from lsnet_ros.engines.engine_cache import TORCH
from lsnet_ros.engines.engine_key import WORKSPACE
from lsnet_ros.engines.frames import Inputs, read_batches
from lsnet_ros.engines.runtime import Engine, EngineError
from lsnet_ros.engines.verification import LIMITS, Reference, verify_engine
from lsnet_ros.models.parity import Parity
from lsnet_ros.networks.core import Network
from lsnet_ros.stages.preprocessing import InputSpec

LADDER = {'int8': ('int8', 'fp16', 'fp32'), 'fp16': ('fp16', 'fp32'), 'fp32': ('fp32',)}
"""Precisions to try, by the precision to begin with."""


class Work(NamedTuple):
    """Everything that an engine is built of."""

    network: Network                      # as it was trained, in inference mode, on the CPU
    spec: InputSpec
    num_classes: int
    batch: int
    reference: Reference                  # of frames that are not used for calibration
    onnx: Optional[bytes] = None          # the network's ONNX file, if it is for ``spec``
    calibration: Sequence[Path] = ()      # image files, for int8
    device: str = 'cuda'                  # of PyTorch, where engines read and write


class Attempt(NamedTuple):
    """One engine that was built and compared."""

    precision: str
    parity: Parity
    route: Optional[str]                  # of ROUTES, None if nothing was built
    seconds: float

    def as_json(self) -> Dict[str, Any]:
        """Return the attempt as the card of an engine has it."""
        return dict(self.parity.as_json(), precision=self.precision, way=self.route,
                    seconds=self.seconds)


class Outcome(NamedTuple):
    """Result of the attempts."""

    content: Optional[bytes]              # the engine, None if none passed
    precision: str                        # of the engine, TORCH if none passed
    attempts: List[Attempt]


def build_checked(work: Work, precision: str, report: Callable[[str], None]) -> Outcome:
    """
    Build engines until one passes the parity gate.

    :param precision: of the first one, a key of ``LADDER``
    :param report: is called with each line of progress
    :raises ConversionError: if the network cannot be converted
    """
    attempts: List[Attempt] = []
    for candidate in LADDER[precision]:
        content, attempt = _attempt(work, candidate, report)
        attempts.append(attempt)
        if attempt.parity.passed:
            report('{} passed: at least {:.2%} of the pixels have PyTorch\'s class'.format(
                candidate, min(attempt.parity.agreement)))
            return Outcome(content, candidate, attempts)
        report('{} is not used: {}'.format(candidate, attempt.parity.reason))
    report('no engine passed: PyTorch runs the model')
    return Outcome(None, TORCH, attempts)


def _attempt(work: Work, precision: str,
             report: Callable[[str], None]) -> Tuple[Optional[bytes], Attempt]:
    """Build one engine and compare it; an error of TensorRT is the reason of a failure."""
    started = time.perf_counter()
    content, route = None, None
    try:
        report('building {}'.format(precision))
        wanted = Wanted(work.network.deploy(), work.spec.sizes, work.batch, precision, work.onnx)
        calibration = _read_calibration(work, report) if precision == 'int8' else None
        content, route = compile_engine(wanted, WORKSPACE, work.device, calibration)
        report('comparing {} with PyTorch'.format(precision))
        engine = Engine(content)
        engine.check(work.spec.sizes, work.num_classes, work.batch)
        parity = verify_engine(engine, work.reference, LIMITS[precision], work.batch, work.device)
    except EngineError as error:
        parity = Parity(False, str(error), [], limit=None, difference=None)
    seconds = round(time.perf_counter() - started, 3)
    return content, Attempt(precision, parity, route, seconds)


def _read_calibration(work: Work, report: Callable[[str], None]) -> Iterator[Inputs]:
    """Yield the calibration images in batches, and report the progress."""
    total = len(work.calibration) // work.batch
    for number, inputs in enumerate(read_batches(work.calibration, work.spec, work.batch)):
        if number % 16 == 0:
            report('calibrating, {} of {} batches'.format(number, total))
        yield inputs
