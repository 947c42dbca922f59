# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
All stages of a frame in PyTorch on one device: preprocessing, network and decoding.

The frame is uploaded as bytes, and only the label image, and the confidence if it is wanted, are
downloaded. Full-size logits would be the largest tensors of all (159 MB at 1024x2048 with 19
classes): they are computed and reduced in bands of rows, each in the memory of the one before.
"""

from contextlib import contextmanager
import functools
import time
from typing import Any, Callable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from lsnet_ros.errors import BackendError, LsnetError, one_line
from lsnet_ros.stages.decoding import not_finite
from lsnet_ros.stages.preprocessing import (
    check_image,
    InputSpec,
    POSITION_STEPS,
    sample_positions,
    scale_and_shift,
)

_BAND_BYTES = 32 << 20  # of full-size logits at a time; a Jetson shares its memory with them


class DeviceStages:
    """
    The stages of a frame on one device, all on a CUDA stream of their own.

    The inputs of the network equal those of ``Preprocessor`` to the last bit. Class ids equal
    those of ``decode`` except where two classes tie within float32: their logits at that pixel
    differ by at most (h + w + 8) 2^-21 M, for logits of h x w that go up to M around it. A
    confidence is off by at most one level.

    :param spec: input of the network
    :param device: 'cuda', or 'cpu' to compare with
    :param run: runs the network on tensors (1, 3, h, w) float32, one for each of ``spec.sizes``
        and the same tensors for each frame, on the current stream; returns the core's outputs
    :param memory_format: fastest order of the inputs in memory for the network
    :param temperature: T of the model's calibration
    """

    def __init__(self, spec: InputSpec, device: str,
                 run: Callable[[Sequence[torch.Tensor]], Sequence[torch.Tensor]],
                 memory_format: torch.memory_format = torch.contiguous_format,
                 temperature: float = 1.0) -> None:
        self._run = run
        self._temperature = temperature
        self._stream = torch.cuda.Stream(device) if device == 'cuda' else None
        self._stopwatch = _Stopwatch(self._stream)
        with torch.cuda.stream(self._stream):
            self.inputs = [torch.zeros((1, 3) + tuple(size), device=device).to(
                memory_format=memory_format) for size in spec.sizes]
            self._preprocessor = _DevicePreprocessor(spec, self.inputs)

    def __call__(self, image: np.ndarray, size: Tuple[int, int], with_confidence: bool,
                 ids: Optional[np.ndarray] = None,
                 ) -> Tuple[np.ndarray, Optional[np.ndarray], float, float]:
        """
        Compute the class of every pixel of a frame.

        :param image: (H, W, 3) uint8 RGB
        :param size: (height, width) of the label image
        :param ids: the value of each class in the label image, as for ``decode``
        :returns: class ids; confidence as of ``decode_with_confidence``, None unless wanted; ms
            of preprocessing; ms of the network
        :raises PreprocessingError: if the image has another shape or type, or no pixels
        :raises DecodingError: if the network's outputs are not finite
        :raises BackendError: if PyTorch or the network fails
        """
        check_image(image)
        with self._on_stream():
            return self._run_stages(image, size, with_confidence, ids)

    def infer(self, arrays: Sequence[np.ndarray]) -> Tuple[np.ndarray, ...]:
        """
        Run only the network, on arrays of the host, as ``Backend.infer`` does.

        :raises BackendError: if the arrays are not float32, or PyTorch or the network fails
        """
        if any(array.dtype != np.float32 for array in arrays):
            raise BackendError('the network was given {}, expected float32'.format(
                ', '.join(str(array.dtype) for array in arrays)))
        with self._on_stream():
            for x, array in zip(self.inputs, arrays):
                x.copy_(torch.from_numpy(array))
            return tuple(y.float().cpu().contiguous().numpy().copy()
                         for y in self._run(self.inputs))

    @contextmanager
    def _on_stream(self) -> Iterator[None]:
        """Run the block on the stream; an error of PyTorch becomes a BackendError."""
        try:
            # Each thread has a current stream of its own, so it is set for every frame.
            with torch.no_grad(), torch.cuda.stream(self._stream):
                yield
        except LsnetError:
            raise
        except RuntimeError as error:
            raise BackendError('PyTorch failed: {}'.format(one_line(error))) from error

    def _run_stages(self, image: np.ndarray, size: Tuple[int, int], with_confidence: bool,
                    ids: Optional[np.ndarray],
                    ) -> Tuple[np.ndarray, Optional[np.ndarray], float, float]:
        """Run the stages on the current stream, with a mark after each."""
        self._stopwatch.mark(0)
        self._preprocessor(image)
        self._stopwatch.mark(1)
        outputs = [output.float() for output in self._run(self.inputs)]
        self._stopwatch.mark(2)
        extremes = torch.stack([extreme for output in outputs
                                for extreme in (output.min(), output.max())])
        planes = _decode(outputs, size, with_confidence, self._temperature)
        if ids is not None:
            table = torch.from_numpy(ids).to(planes[0].device)
            planes[0] = table[planes[0].long()]
        self._stopwatch.mark(3)
        self._stopwatch.wait()
        for name, pair in zip(('logits', 'offset'), extremes.cpu().numpy().reshape(-1, 2)):
            if not np.isfinite(pair).all():  # NaN shows in minimum and maximum
                raise not_finite(name)
        class_ids, *confidence = [plane.cpu().numpy() for plane in planes]
        preprocess_ms, network_ms = self._stopwatch.stages_ms()
        return class_ids, confidence[0] if confidence else None, preprocess_ms, network_ms


class _Stopwatch:
    """
    Marks between the stages of a frame: CUDA events, or readings of the clock on the CPU.

    :param stream: None for the CPU
    """

    def __init__(self, stream: Optional[Any]) -> None:
        self._stream = stream
        # A thread that waits for a blocking event sleeps; otherwise it would keep a core busy.
        self._marks: List[Any] = [0.0] * 4 if stream is None else [
            torch.cuda.Event(enable_timing=True, blocking=True) for _ in range(4)]

    def mark(self, index: int) -> None:
        """Record the time at which the device reaches this point."""
        if self._stream is None:
            self._marks[index] = time.perf_counter()
        else:
            self._marks[index].record(self._stream)

    def wait(self) -> None:
        """Wait until the device has reached the last mark."""
        if self._stream is not None:
            self._marks[-1].synchronize()

    def stages_ms(self) -> Tuple[float, float]:
        """Return the ms between marks 0 and 1, and between marks 1 and 2."""
        first, second, third = self._marks[:3]
        if self._stream is None:
            return 1e3 * (second - first), 1e3 * (third - second)
        return first.elapsed_time(second), second.elapsed_time(third)


class _Samples(NamedTuple):
    """Samples along one side of an image, each between two of its pixels."""

    before: torch.Tensor  # (size,) int64
    after: torch.Tensor   # (size,) int64
    near: torch.Tensor    # (size,) int16: 32 minus far
    far: torch.Tensor     # (size,) int16: 32nds of the way from before to after


class _DevicePreprocessor:
    """Writes frames into the inputs of a network on their device, as ``Preprocessor`` does."""

    def __init__(self, spec: InputSpec, inputs: Sequence[torch.Tensor]) -> None:
        self._inputs, self._device = inputs, inputs[0].device
        self._scale, self._shift = (torch.from_numpy(values).to(self._device)
                                    for values in scale_and_shift(spec.mean, spec.std))

    def __call__(self, image: np.ndarray) -> None:
        """Resample and normalise one frame, (H, W, 3) uint8, into the inputs."""
        # PyTorch warns of read-only memory, such as that of a message.
        frame = torch.from_numpy(np.require(image, requirements=['C', 'W'])).to(self._device)
        for x in self._inputs:
            levels = _resample(frame, (x.shape[2], x.shape[3])).permute(2, 0, 1)[None]
            torch.mul(levels, self._scale, out=x)
            x += self._shift


def _resample(frame: torch.Tensor, size: Tuple[int, int]) -> torch.Tensor:
    """
    Resample a frame (H, W, 3) uint8 bilinearly to another size, rounded to whole levels.

    In the fixed point of cv2.remap, rounding half up, so all arithmetic is exact: up to 255 * 32
    in int16, then up to 255 * 32 * 32 in float32.
    """
    if tuple(frame.shape[:2]) == size:
        return frame
    rows, columns = (_place_samples(*sides, frame.device) for sides in zip(frame.shape[:2], size))
    blended = (frame.index_select(0, rows.before) * rows.near[:, None, None]
               + frame.index_select(0, rows.after) * rows.far[:, None, None])
    levels = (blended.index_select(1, columns.before) * columns.near[:, None].float()
              + blended.index_select(1, columns.after) * columns.far[:, None].float())
    area = POSITION_STEPS * POSITION_STEPS
    return levels.add_(area // 2).mul_(1 / area).floor_()


def _decode(outputs: Sequence[torch.Tensor], size: Tuple[int, int],
            with_confidence: bool, temperature: float) -> List[torch.Tensor]:
    """
    Decode as ``decode_with_confidence`` does, in float32 on the device of the outputs.

    :param outputs: logits (1, C, h, w) and perhaps an offset (1, 2, H, W), float32
    :returns: class ids and, if wanted, confidence, both (height, width) uint8
    """
    logits, offset = outputs[0], outputs[1] if len(outputs) > 1 else None
    field = size if offset is None else (offset.shape[2], offset.shape[3])
    planes = [torch.empty(field, dtype=torch.uint8, device=logits.device)
              for _ in range(2 if with_confidence else 1)]
    step = max(1, _BAND_BYTES // (logits.shape[1] * field[1] * 4))
    for start in range(0, field[0], step):
        rows = slice(start, start + step)
        grid = _make_grid(field, rows, logits.device)
        if offset is not None:
            for axis, side in enumerate(field[::-1]):
                grid[..., axis].add_(offset[:, axis, rows], alpha=2 / max(side - 1, 1))
        values = F.grid_sample(
            logits, grid, mode='bilinear', padding_mode='border', align_corners=True)[0]
        _reduce(values, [plane[rows] for plane in planes], temperature)
    if tuple(field) == tuple(size):
        return planes
    down, across = (_find_nearest(*sides, logits.device) for sides in zip(field, size))
    return [plane.index_select(0, down).index_select(1, across) for plane in planes]


def _reduce(values: torch.Tensor, planes: Sequence[torch.Tensor], temperature: float) -> None:
    """
    Write the winning class, the lowest of equal ones, and its confidence.

    :param values: logits (C, m, W); overwritten
    :param planes: outputs (m, W) uint8: class ids and perhaps confidence
    """
    if len(planes) == 1:
        planes[0].copy_(values.argmax(0))
        return
    best, class_ids = values.max(0)
    planes[0].copy_(class_ids)
    total = values.sub_(best).div_(temperature).exp_().sum(0)
    planes[1].copy_(total.reciprocal_().mul_(255).round_())


def _make_grid(field: Tuple[int, int], rows: slice, device: torch.device) -> torch.Tensor:
    """Return the (x, y) positions of the pixels of some rows, (1, m, W, 2), from -1 to 1."""
    down, across = (_make_positions(side, device) for side in field)
    return torch.stack(torch.broadcast_tensors(across, down[rows, None]), -1)[None]


@functools.lru_cache(maxsize=32)
def _place_samples(source: int, size: int, device: torch.device) -> _Samples:
    """Lay ``size`` samples along ``source`` pixels with the ends aligned."""
    before, far = np.divmod(sample_positions(source, size), POSITION_STEPS)
    after, far = np.minimum(before + 1, source - 1), far.astype(np.int16)
    return _Samples(*[torch.from_numpy(values).to(device)
                      for values in (before, after, POSITION_STEPS - far, far)])


@functools.lru_cache(maxsize=32)
def _make_positions(count: int, device: torch.device) -> torch.Tensor:
    """Return ``count`` evenly spaced positions from -1 to 1, rounded once to float32."""
    positions = np.arange(count) * 2 / max(count - 1, 1) - 1
    return torch.from_numpy(positions.astype(np.float32)).to(device)


@functools.lru_cache(maxsize=32)
def _find_nearest(source: int, size: int, device: torch.device) -> torch.Tensor:
    """Return the nearest of ``source`` pixels to each of ``size``, with the ends aligned."""
    positions = np.rint(np.arange(size) * (source - 1) / max(size - 1, 1))
    return torch.from_numpy(positions.astype(np.int64)).to(device)
