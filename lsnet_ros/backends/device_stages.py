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
All stages of a frame in PyTorch on one device: what Preprocessor, a core and decode do.

The frame goes up as the bytes that it is, and only the label image, and the confidence where it
is asked for, come back. Full-size logits would be the largest tensors of all (159 MB at 1024x2048
with 19 classes): they are made and reduced in bands of rows, so that each is written once, read
once and takes the place of the one before.
"""

from contextlib import contextmanager
import functools
import time
from typing import Any, Callable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from lsnet_ros.backends.backend import BackendError
from lsnet_ros.decoding import not_finite
from lsnet_ros.errors import LsnetError
from lsnet_ros.model_card import one_line
from lsnet_ros.preprocessing import (
    check_image, InputSpec, POSITION_STEPS, sample_positions, scale_and_shift)

_BAND_BYTES = 32 << 20  # of logits at full size at a time; on a Jetson they share the memory


class DeviceStages:
    """
    The stages of a frame on one device, all on one stream of their own.

    The inputs of the network are those of ``Preprocessor`` to the last bit. Class ids are those
    of ``decode`` but where two classes tie within float32: their logits at that pixel differ by
    at most (h + w + 8) 2^-21 M, for logits of h x w that go up to M around it. A confidence is
    off by at most one level.

    :param spec: what the network expects
    :param device: 'cuda', or 'cpu' to compare with
    :param run: runs the network on tensors (1, 3, h, w) float32, one for each of ``spec.sizes``
        and the same ones for each frame, on the current stream; returns what its core gives
    :param memory_format: the order in memory of the tensors that the network likes
    """

    def __init__(self, spec: InputSpec, device: str,
                 run: Callable[[Sequence[torch.Tensor]], Sequence[torch.Tensor]],
                 memory_format: torch.memory_format = torch.contiguous_format) -> None:
        self._run = run
        self._stream = torch.cuda.Stream(device) if device == 'cuda' else None
        self._stopwatch = _Stopwatch(self._stream)
        with torch.cuda.stream(self._stream):
            self.inputs = [torch.zeros((1, 3) + tuple(size), device=device).to(
                memory_format=memory_format) for size in spec.sizes]
            self._preprocessor = _DevicePreprocessor(spec, self.inputs)

    def __call__(self, image: np.ndarray, size: Tuple[int, int], with_confidence: bool,
                 ) -> Tuple[np.ndarray, Optional[np.ndarray], float, float]:
        """
        Give each pixel of a frame its class.

        :param image: (H, W, 3) uint8 RGB
        :param size: (height, width) of the label image
        :returns: class ids and confidence as of ``decode_with_confidence``, the latter None
            unless asked for; ms of preprocessing and of the network
        :raises PreprocessingError: if the image has another shape or type, or no pixels
        :raises DecodingError: if the network's outputs are not finite
        :raises BackendError: if PyTorch or the network fails
        """
        check_image(image)
        with self._working():
            return self._staged(image, size, with_confidence)

    def infer(self, arrays: Sequence[np.ndarray]) -> Tuple[np.ndarray, ...]:
        """
        Run only the network, on what comes from the host, as ``Backend.infer`` does.

        :raises BackendError: if the arrays are not float32, or PyTorch or the network fails
        """
        if any(array.dtype != np.float32 for array in arrays):
            raise BackendError('the network was given {}, expected float32'.format(
                ', '.join(str(array.dtype) for array in arrays)))
        with self._working():
            for x, array in zip(self.inputs, arrays):
                x.copy_(torch.from_numpy(array))
            return tuple(y.float().cpu().contiguous().numpy().copy()
                         for y in self._run(self.inputs))

    @contextmanager
    def _working(self) -> Iterator[None]:
        """Do what follows on the stream; what PyTorch fails with becomes a BackendError."""
        try:
            # The current stream is one of each thread: it is set where the work is done.
            with torch.no_grad(), torch.cuda.stream(self._stream):
                yield
        except LsnetError:
            raise
        except RuntimeError as error:
            raise BackendError('PyTorch failed: {}'.format(one_line(error))) from error

    def _staged(self, image, size, with_confidence):
        self._stopwatch.mark(0)
        self._preprocessor(image)
        self._stopwatch.mark(1)
        outputs = [output.float() for output in self._run(self.inputs)]
        self._stopwatch.mark(2)
        extremes = torch.stack([extreme for output in outputs
                                for extreme in (output.min(), output.max())])
        planes = _decoded(outputs, size, with_confidence)
        self._stopwatch.mark(3)
        self._stopwatch.wait()
        for name, pair in zip(('logits', 'offset'), extremes.cpu().numpy().reshape(-1, 2)):
            if not np.isfinite(pair).all():  # NaN comes through both
                raise not_finite(name)
        class_ids, *confidence = [plane.cpu().numpy() for plane in planes]
        return (class_ids, confidence[0] if confidence else None) + self._stopwatch.stages_ms()


class _Stopwatch:
    """
    Marks between the stages of a frame: events of CUDA, or on the CPU readings of the clock.

    :param stream: None for the CPU
    """

    def __init__(self, stream: Optional[Any]) -> None:
        self._stream = stream
        # A thread that waits for a blocking event sleeps; else it would keep a core busy.
        self._marks = [0.0] * 4 if stream is None else [
            torch.cuda.Event(enable_timing=True, blocking=True) for _ in range(4)]

    def mark(self, index: int) -> None:
        """Remember that the device came by here."""
        if self._stream is None:
            self._marks[index] = time.perf_counter()
        else:
            self._marks[index].record(self._stream)

    def wait(self) -> None:
        """Wait until the device came by the last mark."""
        if self._stream is not None:
            self._marks[-1].synchronize()

    def stages_ms(self) -> Tuple[float, float]:
        """Return the ms between the first two marks, and between the second two."""
        if self._stream is None:
            return tuple(1e3 * (end - start)
                         for start, end in zip(self._marks[:2], self._marks[1:]))
        return tuple(start.elapsed_time(end)
                     for start, end in zip(self._marks[:2], self._marks[1:]))


class _Axis(NamedTuple):
    """Samples along one side of an image, each between two of its pixels."""

    before: torch.Tensor  # (size,) int64
    after: torch.Tensor   # (size,) int64
    near: torch.Tensor    # (size,) int16: 32 minus far
    far: torch.Tensor     # (size,) int16: 32nds of the way from before to after


class _DevicePreprocessor:
    """Writes frames into the inputs of a network, as ``Preprocessor`` does, on their device."""

    def __init__(self, spec: InputSpec, inputs: Sequence[torch.Tensor]) -> None:
        self._inputs, self._device = inputs, inputs[0].device
        self._scale, self._shift = (torch.from_numpy(values).to(self._device)
                                    for values in scale_and_shift(spec.mean, spec.std))

    def __call__(self, image: np.ndarray) -> None:
        """Resample and normalise one frame, (H, W, 3) uint8, into the inputs."""
        # PyTorch warns of memory that may not be written to; that of a message may not.
        frame = torch.from_numpy(np.require(image, requirements='CW')).to(self._device)
        for x in self._inputs:
            levels = _resampled(frame, tuple(x.shape[2:])).permute(2, 0, 1)[None]
            torch.mul(levels, self._scale, out=x)
            x += self._shift


def _resampled(frame: torch.Tensor, size: Tuple[int, int]) -> torch.Tensor:
    """
    Return a frame (H, W, 3) uint8 in another size, of whole levels.

    In the fixed point of cv2.remap, rounding half up, so every number here is exact: up to
    255 * 32 in int16, then up to 255 * 32 * 32 in float32.
    """
    if tuple(frame.shape[:2]) == size:
        return frame
    rows, columns = (_axis(*sides, frame.device) for sides in zip(frame.shape[:2], size))
    blended = (frame.index_select(0, rows.before) * rows.near[:, None, None]
               + frame.index_select(0, rows.after) * rows.far[:, None, None])
    levels = (blended.index_select(1, columns.before) * columns.near[:, None].float()
              + blended.index_select(1, columns.after) * columns.far[:, None].float())
    area = POSITION_STEPS * POSITION_STEPS
    return levels.add_(area // 2).mul_(1 / area).floor_()


def _decoded(outputs: Sequence[torch.Tensor], size: Tuple[int, int],
             with_confidence: bool) -> List[torch.Tensor]:
    """
    Do what ``decode_with_confidence`` does, in float32 on the device of the outputs.

    :param outputs: logits (1, C, h, w) and perhaps an offset (1, 2, H, W), float32
    :returns: class ids and, if asked for, confidence, both (height, width) uint8
    """
    logits, offset = outputs[0], outputs[1] if len(outputs) > 1 else None
    field = tuple(size if offset is None else offset.shape[2:])
    planes = [torch.empty(field, dtype=torch.uint8, device=logits.device)
              for _ in range(2 if with_confidence else 1)]
    step = max(1, _BAND_BYTES // (logits.shape[1] * field[1] * 4))
    for start in range(0, field[0], step):
        rows = slice(start, start + step)
        grid = _grid(field, rows, logits.device)
        if offset is not None:
            for axis, side in enumerate(field[::-1]):
                grid[..., axis].add_(offset[:, axis, rows], alpha=2 / max(side - 1, 1))
        values = F.grid_sample(
            logits, grid, mode='bilinear', padding_mode='border', align_corners=True)[0]
        _reduce(values, [plane[rows] for plane in planes])
    if field == tuple(size):
        return planes
    down, across = (_nearest(*sides, logits.device) for sides in zip(field, size))
    return [plane.index_select(0, down).index_select(1, across) for plane in planes]


def _reduce(values: torch.Tensor, planes: Sequence[torch.Tensor]) -> None:
    """
    Write the class that wins, the lowest of equal ones, and how sure it is.

    :param values: logits (C, m, W); not to be used afterwards
    :param planes: (m, W) uint8 for the class and perhaps for the confidence, written to
    """
    if len(planes) == 1:
        planes[0].copy_(values.argmax(0))
        return
    best, class_ids = values.max(0)
    planes[0].copy_(class_ids)
    total = values.sub_(best).exp_().sum(0)
    planes[1].copy_(total.reciprocal_().mul_(255).round_())


def _grid(field: Tuple[int, int], rows: slice, device: torch.device) -> torch.Tensor:
    """Return where the pixels of some rows lie, (1, m, W, 2): right and down, from -1 to 1."""
    down, across = (_ends_aligned(side, device) for side in field)
    return torch.stack(torch.broadcast_tensors(across, down[rows, None]), -1)[None]


@functools.lru_cache(maxsize=32)
def _axis(source: int, size: int, device: torch.device) -> _Axis:
    """Lay ``size`` samples along ``source`` pixels with the ends aligned."""
    before, far = np.divmod(sample_positions(source, size), POSITION_STEPS)
    after, far = np.minimum(before + 1, source - 1), far.astype(np.int16)
    return _Axis(*[torch.from_numpy(values).to(device)
                   for values in (before, after, POSITION_STEPS - far, far)])


@functools.lru_cache(maxsize=32)
def _ends_aligned(count: int, device: torch.device) -> torch.Tensor:
    """Return ``count`` positions from -1 to 1, float32 as near as it comes."""
    positions = np.arange(count) * 2 / max(count - 1, 1) - 1
    return torch.from_numpy(positions.astype(np.float32)).to(device)


@functools.lru_cache(maxsize=32)
def _nearest(source: int, size: int, device: torch.device) -> torch.Tensor:
    """Return which of ``source`` pixels is nearest to each of ``size``, with the ends aligned."""
    positions = np.rint(np.arange(size) * (source - 1) / max(size - 1, 1))
    return torch.from_numpy(positions.astype(np.int64)).to(device)
