# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Build an engine in a process of its own: ``python -m lsnet_ros.engines.build_process``.

The end of the process frees the memory of the build, and undoes torch2trt's changes of PyTorch.
Messages go to standard output in lines of JSON, an object with ``progress`` or ``error``; the
engine and its card go to the folder ``--output``.
"""

import argparse
from contextlib import suppress
import json
import logging
from pathlib import Path
import sys
import time
from typing import Callable, List, Optional, TextIO

from lsnet_ros.board.power import read_power_mode
from lsnet_ros.engines.engine_key import PRECISIONS
from lsnet_ros.engines.memory import advise
from lsnet_ros.engines.runtime import EngineError, import_tensorrt
from lsnet_ros.errors import LsnetError, one_line
from lsnet_ros.files import utc_now, write_json
from lsnet_ros.models.folder import read_model, read_onnx

ENGINE_FILE, CARD_FILE = 'engine', 'card.json'


def main(arguments: Optional[List[str]] = None) -> int:
    """
    Build one engine.

    :returns: exit status, 0 if it was built, 1 if it failed
    """
    args = _make_parser().parse_args(arguments)
    out = sys.stdout  # definition.py replaces sys.stdout while torch2trt runs

    def report(text: str) -> None:
        _write(out, progress=text)
    logging.getLogger('lsnet_ros').addHandler(_ReportHandler(report))
    _volunteer_to_be_killed()
    try:
        text = advise()
        if text:
            report(text)
        import_tensorrt()  # before PyTorch, whose import takes seconds
        _build(args, report)
        return 0
    except LsnetError as error:
        _write(out, error=one_line(error, None))
    except MemoryError:
        _write(out, error='the build ran out of memory: {}'.format(advise(always=True)))
    return 1


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description='Build an engine; "lsnet build-engine" is for '
                                     'people.')
    parser.add_argument('--model', required=True)
    parser.add_argument('--precision', required=True, choices=PRECISIONS)
    parser.add_argument('--size', type=int, nargs=2)
    parser.add_argument('--batch', type=int, default=1)
    parser.add_argument('--frames', type=Path)
    parser.add_argument('--calibration', type=Path)
    parser.add_argument('--device', default='cuda')
    parser.add_argument('--output', type=Path, required=True)
    return parser


def _build(args: argparse.Namespace, report: Callable[[str], None]) -> None:
    """Build, and write the card and, if an engine passed, the engine."""
    started = time.perf_counter()
    report('loading the network')
    from lsnet_ros.models.network import import_torch, load_network, resize_model
    torch = import_torch()
    if args.device == 'cuda' and not torch.cuda.is_available():
        raise EngineError('PyTorch {} sees no GPU: install the one for this machine'.format(
            torch.__version__))
    from lsnet_ros.engines.attempts import build_checked, Work
    from lsnet_ros.engines.compilation import check_int8
    from lsnet_ros.engines.engine_key import engine_key
    from lsnet_ros.engines.frames import list_calibration, read_gate_frames
    from lsnet_ros.engines.verification import Reference
    calibration = []
    if args.precision == 'int8':
        check_int8()
        calibration = list_calibration(args.calibration)
    own = read_model(args.model)
    network = load_network(own)
    model = resize_model(own, network, args.size)
    report('computing the outputs of PyTorch for the frames of the parity gate')
    frames, source = read_gate_frames(args.frames, calibration)
    work = Work(network, model.spec, model.label_set.num_classes, args.batch,
                Reference(network, model.spec, frames),
                read_onnx(own) if model is own else None, calibration, args.device)
    outcome = build_checked(work, args.precision, report)
    card = {
        'precision': outcome.precision,
        'attempts': [attempt.as_json() for attempt in outcome.attempts],
        'key': engine_key(model, args.precision, args.batch), 'gate_frames': source,
        'calibration': None if not calibration else {'folder': str(args.calibration),
                                                     'images': len(calibration)},
        'built': utc_now(),
        'power_mode': read_power_mode(Path('/')),
        'seconds': round(time.perf_counter() - started, 3)}
    if outcome.content is not None:
        (args.output / ENGINE_FILE).write_bytes(outcome.content)
    write_json(args.output / CARD_FILE, card)


class _ReportHandler(logging.Handler):
    """Reports messages of the log, such as TensorRT's warnings."""

    def __init__(self, report: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._report = report

    def emit(self, record: logging.LogRecord) -> None:
        self._report(one_line(record.getMessage(), 300))


def _volunteer_to_be_killed() -> None:
    """Make the system kill this process first when memory runs out, not the camera's."""
    with suppress(OSError):
        Path('/proc/self/oom_score_adj').write_text('1000')


def _write(out: TextIO, **message: str) -> None:
    """Write a line of JSON; if nobody reads any more, the error ends the build."""
    out.write(json.dumps(message) + '\n')
    out.flush()


if __name__ == '__main__':
    sys.exit(main())
