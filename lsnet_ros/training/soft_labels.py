# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Soft labels: the logits that a teacher gives for each frame, computed once and kept in a file.

The mean of the logits for a frame and for its mirror image, at the size of the teacher's own
output, as float16. In training they move with the target; no iteration runs the teacher.
"""

import hashlib
from pathlib import Path
from typing import Callable, Iterable, NamedTuple, Sequence, Tuple, Union

import numpy as np
import torch
from torch import nn

from lsnet_ros.files import replacing
from lsnet_ros.frames import Frame
from lsnet_ros.frames.spread import choose_evenly
from lsnet_ros.labels.label_sets import LabelSet
from lsnet_ros.models.folder import read_model
from lsnet_ros.models.network import load_network
from lsnet_ros.networks.layers import resize
from lsnet_ros.stages.preprocessing import InputSpec, Preprocessor
from lsnet_ros.training.best import BEST, read_best
from lsnet_ros.training.checkpoint import CheckpointError
from lsnet_ros.training.distributed import in_any, rank

FINGERPRINTED = 16  # frames of a dataset that stand for all of them

Progress = Callable[[Iterable, int, str], Iterable]  # (items, their number, their unit)


class Teacher(NamedTuple):
    """A trained network that others learn from."""

    name: str
    network: nn.Module   # in inference mode
    spec: InputSpec      # the size at which it reads images
    label_set: LabelSet


class SoftLabels:
    """
    The logits (h, w, C) float16 of each frame of a dataset, read from their file when asked for.

    :param path: of the file
    """

    def __init__(self, path: Path) -> None:
        self._logits = np.load(str(path), mmap_mode='r', allow_pickle=False)

    def __len__(self) -> int:
        return len(self._logits)

    def __getitem__(self, index: int) -> np.ndarray:
        return self._logits[index]


def read_teacher(name_or_folder: Union[str, Path]) -> Teacher:
    """
    Read a teacher.

    :param name_or_folder: name of an installed model, or the folder of a model or of a run
    :raises ModelError: if there is no such model, or it is torn
    :raises CheckpointError: if it is a run that cannot be read
    """
    folder = Path(name_or_folder)
    if (folder / BEST).is_file():
        best = read_best(folder)
        return Teacher(folder.name, best.network.deploy(), best.spec,
                       best.label_set)
    model = read_model(name_or_folder)
    return Teacher(model.name, load_network(model).deploy(), model.spec, model.label_set)


def open_soft_labels(folder: Path, teacher: Teacher, samples: Sequence[Frame],
                     label_set: LabelSet, progress: Progress) -> SoftLabels:
    """
    Open the soft labels of a dataset, computing them first if the folder does not have them.

    :param folder: of the run that learns from them
    :param label_set: of the dataset
    :param progress: shows how far it is while it passes the frames on
    :raises CheckpointError: if the teacher has other classes
    :raises OSError: if the file cannot be written
    """
    if teacher.label_set.class_names != label_set.class_names:
        raise CheckpointError('the teacher {} tells the classes of {!r} apart, the dataset has '
                              'those of {!r}: choose a teacher that was trained for it'.format(
                                  teacher.name, teacher.label_set.name, label_set.name))
    path = folder / 'soft_labels-{}.npy'.format(_fingerprint(teacher, samples)[:16])
    if rank() == 0 and not path.is_file():
        _write_soft_labels(path, teacher, samples, progress)
    in_any(False)  # the other processes wait for the first
    return SoftLabels(path)


def _write_soft_labels(path: Path, teacher: Teacher, samples: Sequence[Frame],
                       progress: Progress) -> None:
    """Write the file of soft labels frame by frame: memory stays flat."""
    with replacing(path) as file:
        for index in progress(range(len(samples)), len(samples), 'frames'):
            logits = _compute_logits(teacher, samples[index].image)
            if index == 0:
                header = {'descr': np.lib.format.dtype_to_descr(logits.dtype),
                          'fortran_order': False, 'shape': (len(samples),) + logits.shape}
                np.lib.format.write_array_header_1_0(file, header)
            file.write(logits.tobytes())


def _compute_logits(teacher: Teacher, image: np.ndarray) -> np.ndarray:
    """
    Return the teacher's mean logits (h, w, C) float16 for an image and its mirror image.

    :param image: (H, W, 3) uint8 RGB
    """
    preprocess = Preprocessor(teacher.spec)
    mean = None
    for mirrored in (False, True):
        view = np.ascontiguousarray(image[:, ::-1]) if mirrored else image
        with torch.no_grad():
            outputs = teacher.network.core(*[torch.from_numpy(x.copy()) for x in preprocess(view)])
            logits = _decode_at_output_size(teacher.network, outputs)
        logits = logits.flip(3) if mirrored else logits
        mean = logits / 2 if mean is None else mean + logits / 2
    return mean[0].permute(1, 2, 0).numpy().astype(np.float16)


def _decode_at_output_size(network: nn.Module, outputs: Tuple[torch.Tensor, ...]) -> torch.Tensor:
    """Return the logits at their own size; a network that moves them does so at that size."""
    logits = outputs[0]
    if len(outputs) == 1:
        return logits
    size = tuple(logits.shape[-2:])
    return resize(network.decode(outputs, tuple(outputs[1].shape[-2:])), size)


def _fingerprint(teacher: Teacher, samples: Sequence[Frame]) -> str:
    """
    Return the sha256 of the teacher and of the frames, some of which stand for all.

    So soft labels of another teacher, or of other frames, are not taken for those asked for.
    """
    digest = hashlib.sha256(repr((tuple(teacher.spec), len(samples))).encode())
    for name, value in sorted(teacher.network.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.cpu().contiguous().numpy().tobytes())
    for index in choose_evenly(len(samples), FINGERPRINTED):
        sample = samples[index]
        digest.update(sample.name.encode())
        digest.update(np.ascontiguousarray(sample.image).tobytes())
    return digest.hexdigest()
