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
"""
Build an engine in a process that ends: ``python -m lsnet_ros.engines.build_process``.

What a build takes of a Jetson's memory goes with its process, and so does what torch2trt does to
PyTorch in Python 3.6. Everything it says goes to standard output in lines of JSON: an object with
``progress`` or ``error``; the engine and its card go to the folder ``--output``.
"""

import argparse
from contextlib import suppress
import json
import logging
from pathlib import Path
import sys
import time
from typing import Any, Callable, Dict, List, Optional, TextIO

from lsnet_ros.engines.engine_key import PRECISIONS
from lsnet_ros.engines.memory import advice
from lsnet_ros.engines.runtime import EngineError, import_tensorrt
from lsnet_ros.errors import LsnetError
from lsnet_ros.model_card import Model, ONNX, one_line
from lsnet_ros.model_files import read_model, read_verified

ENGINE_FILE, CARD_FILE = 'engine', 'card.json'


def main(arguments: Optional[List[str]] = None) -> int:
    """
    Build one engine.

    :returns: exit status: 0 done, 1 failed
    """
    args = _parser().parse_args(arguments)
    out = sys.stdout  # torch2trt's is read while it runs

    def report(text: str) -> None:
        _write(out, progress=text)
    logging.getLogger('lsnet_ros').addHandler(_Reporting(report))
    _be_the_first_to_be_killed()
    try:
        text = advice()
        if text:
            report(text)
        import_tensorrt()  # before PyTorch, which takes its time
        _build(args, report)
        return 0
    except LsnetError as error:
        _write(out, error=' '.join(str(error).split()))
    except MemoryError:
        _write(out, error='the build ran out of memory: {}'.format(advice(always=True)))
    return 1


def _parser() -> argparse.ArgumentParser:
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
    """Build, and write the engine, if one passed, and the card."""
    started = time.perf_counter()
    report('loading the network')
    from lsnet_ros.backends.torch_backend import import_torch, load_network
    torch = import_torch()
    if args.device == 'cuda' and not torch.cuda.is_available():
        raise EngineError('PyTorch {} sees no GPU: install the one for this machine'.format(
            torch.__version__))
    from lsnet_ros.engines.attempts import build_checked, Work
    from lsnet_ros.engines.compilation import check_int8
    from lsnet_ros.engines.engine_key import engine_key
    from lsnet_ros.engines.frames import calibration_paths, gate_frames
    from lsnet_ros.engines.parity import Reference
    calibration = []
    if args.precision == 'int8':
        check_int8()
        calibration = calibration_paths(args.calibration)
    own = read_model(args.model)
    network = load_network(own)
    model = sized(own, network, args.size)
    report('computing what PyTorch gives for the frames of the parity gate')
    frames, source = gate_frames(args.frames, calibration)
    work = Work(network, model.spec, model.label_set.num_classes, args.batch,
                Reference(network, model.spec, frames),
                read_verified(own, ONNX) if model is own else None, calibration, args.device)
    content, outcome = build_checked(work, args.precision, report)
    outcome.update(
        key=engine_key(model, args.precision, args.batch), gate_frames=source,
        calibration=None if not calibration else {'folder': str(args.calibration),
                                                  'images': len(calibration)},
        built=time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime()), power_mode=_power_mode(),
        seconds=round(time.perf_counter() - started, 3))
    if content is not None:
        (args.output / ENGINE_FILE).write_bytes(content)
    (args.output / CARD_FILE).write_text(json.dumps(outcome, allow_nan=False))


def sized(model: Model, network: Any, size: Optional[List[int]]) -> Model:
    """
    Return a model as it would be for images of another size.

    :param size: height and width, px; None for the model's own
    :raises EngineError: if the network cannot read images as small
    """
    if size is None or tuple(size) == (model.spec.height, model.spec.width):
        return model
    height, width = size
    sizes = tuple(tuple(path) for path in network.input_sizes(height, width))
    if min(side for path in sizes for side in path) < 1:
        raise EngineError('{}x{} is too small for network {!r}, which would read it at {}: give '
                          'a larger size'.format(height, width, model.network, list(sizes)))
    return model._replace(spec=model.spec._replace(height=height, width=width, sizes=sizes))


class _Reporting(logging.Handler):
    """Reports what is logged here, as TensorRT's warnings are."""

    def __init__(self, report: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._report = report

    def emit(self, record: logging.LogRecord) -> None:
        self._report(one_line(record.getMessage(), 300))


def _power_mode() -> Optional[str]:
    from lsnet_ros.power import read_power_mode
    return read_power_mode(Path('/'))


def _be_the_first_to_be_killed() -> None:
    """Have the system that runs out of memory end this process, and not the camera's."""
    with suppress(OSError):
        Path('/proc/self/oom_score_adj').write_text('1000')


def _write(out: TextIO, **message: str) -> None:
    """Write a line; where nobody reads any more, the build is of use to nobody."""
    line: Dict[str, str] = message
    out.write(json.dumps(line) + '\n')
    out.flush()


if __name__ == '__main__':
    sys.exit(main())
