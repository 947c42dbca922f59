# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Report of a training run: RUN/report.html, written anew after each validation."""

from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Sequence

from matplotlib.figure import Figure  # no pyplot: no display, no global state
import numpy as np

from lsnet_ros.evaluation.pictures import (
    encode_png,
    Evaluation,
    plot_confusion,
    plot_frames,
)
from lsnet_ros.files import replacing
from lsnet_ros.frames import Frame, Prediction
from lsnet_ros.labels.metrics import ConfusionMatrix
from lsnet_ros.limits.html_text import (
    embed_png,
    make_heading,
    make_page,
    make_paragraph,
    make_table,
)
from lsnet_ros.stages.preprocessing import Preprocessor
from lsnet_ros.training.best import BEST, Best, read_best
from lsnet_ros.training.checkpoint import read_checkpoint
from lsnet_ros.training.evaluate import inference, segment
from lsnet_ros.training.learning_curve import Point, read_learning_curve

PAGE = 'report.html'  # in the folder of a run
EXAMPLES = 3          # worst frames, and as many around the median


class BestValidation(NamedTuple):
    """The best weights of a run and their accuracy."""

    best: Best
    evaluation: Evaluation           # without examples
    wrong_shares: Sequence[float]    # by frame of the validation split


def write_run_report(run: Path, val: Sequence[Frame]) -> None:
    """
    Write the report of a run into its folder.

    :param run: folder that ``lsnet train`` writes
    :param val: the validation split that it was measured on
    :raises CheckpointError: if the run was not validated yet, or its files cannot be read
    :raises OSError: if the report cannot be written
    """
    best = read_best(run)
    state = read_checkpoint(run / 'checkpoint.npz').state
    best_state = read_checkpoint(run / BEST).state
    parts = [
        make_paragraph('Iteration {} of {}, after {:.2f} hours. The best validation mIoU is '
                       '{:.2f} %, of iteration {}.'.format(
                           state['iteration'], state['recipe']['iterations'],
                           state['seconds'] / 3600, 100 * best_state['best_miou'],
                           best_state['iteration'])),
        make_paragraph(_describe_recipe(best)),
        make_heading('Loss and mIoU'),
        embed_png((run / 'log.png').read_bytes(), 'training loss and validation mIoU'),
    ]
    if 'confusion' in best_state:
        parts += _validation_parts(_read_validation(best, best_state), val)
    else:
        parts.append(make_paragraph('Classes and frames were not noted by the version that '
                                    'wrote {}.'.format(BEST)))
    with replacing(run / PAGE) as file:
        file.write(make_page('Training of {}'.format(best.recipe.network),
                             parts + _learning_curve_parts(run)).encode('utf-8'))


def worst_frames(wrong_shares: Sequence[float]) -> List[int]:
    """Return the places of the frames with most wrong pixels, the worst first."""
    return np.argsort(-np.asarray(wrong_shares), kind='stable')[:EXAMPLES].tolist()


def median_frames(wrong_shares: Sequence[float]) -> List[int]:
    """Return the places of the frames around the median of the share of wrong pixels."""
    order = np.argsort(np.asarray(wrong_shares), kind='stable')
    first = max(0, (len(order) - EXAMPLES) // 2)
    return order[first:first + EXAMPLES].tolist()


def _read_validation(best: Best, state: Dict[str, Any]) -> BestValidation:
    """Return the accuracy of the best weights, from the state of their checkpoint."""
    confusion = ConfusionMatrix(best.label_set.num_classes)
    confusion.matrix = np.array(state['confusion'], np.int64)
    confusion.frames = len(state['wrong_shares'])
    return BestValidation(best, Evaluation('iteration {}'.format(state['iteration']),
                                           best.label_set, confusion, (), None),
                          state['wrong_shares'])


def _validation_parts(found: BestValidation, val: Sequence[Frame]) -> List[str]:
    """Return the sections on the classes, and on the worst and the median frames."""
    return [
        make_heading('Classes'), _classes_table(found.evaluation),
        make_heading('Confusion matrix'),
        embed_png(encode_png(plot_confusion(found.evaluation)), 'confusion matrix'),
        make_heading('Worst frames'),
        _draw_frames(found, [val[place] for place in worst_frames(found.wrong_shares)]),
        make_heading('Median frames'),
        _draw_frames(found, [val[place] for place in median_frames(found.wrong_shares)])]


def _describe_recipe(best: Best) -> str:
    """Return the recipe in a sentence."""
    recipe = best.recipe
    return ('{} on {}: input {}x{}, crops of {}x{} (height x width), batches of {}{}.'.format(
        recipe.network, recipe.dataset, *recipe.input_size, *recipe.crop, recipe.batch_size,
        ', taught by {}'.format(recipe.teacher) if recipe.teacher else ''))


def _classes_table(evaluation: Evaluation) -> str:
    """Return the IoU of each class and its share of the validation pixels."""
    counts = evaluation.confusion.matrix.sum(axis=1)
    rows = [(name, '-' if np.isnan(iou) else '{:.2f}'.format(100 * iou),
             '{:.2f}'.format(100 * share))
            for name, iou, share in zip(evaluation.label_set.class_names,
                                        evaluation.confusion.iou(), counts / counts.sum())]
    return make_table(('class', 'IoU %', 'pixels of val %'), rows)


def _draw_frames(found: BestValidation, frames: Sequence[Frame]) -> str:
    """Return a picture of frames with truth, prediction and errors."""
    preprocess, network = Preprocessor(found.best.spec), found.best.network
    with inference(network):
        examples = [Prediction(frame, segment(network, frame.image, preprocess))
                    for frame in frames]
    title = ', '.join(frame.name for frame in frames)
    picture = plot_frames(found.evaluation._replace(title=title, examples=examples))
    return embed_png(encode_png(picture), title)


def _learning_curve_parts(run: Path) -> List[str]:
    """Return the section on trainings with fewer frames, empty if there were none."""
    points = read_learning_curve(run)
    if len(points) < 2:
        return []
    rows = [(str(point.frames), '{:.2f}'.format(100 * point.miou)) for point in points]
    return [make_heading('Learning curve'),
            make_paragraph(describe_learning_curve(points)),
            make_table(('training frames', 'validation mIoU %'), rows),
            embed_png(encode_png(plot_learning_curve(points)), 'mIoU over training frames')]


def describe_learning_curve(points: Sequence[Point]) -> str:
    """Say how much the last frames gained, which as many again will hardly exceed."""
    fewer, all_frames = points[-2:]
    gain = 100 * (all_frames.miou - fewer.miou)
    return 'With {} frames in place of {}, the mIoU changes by {:+.2f} points: {}.'.format(
        all_frames.frames, fewer.frames, gain,
        'as many again will hardly bring more than that' if gain > 0 else
        'more frames of this kind will hardly help')


def plot_learning_curve(points: Sequence[Point]) -> Figure:
    """Draw the validation mIoU over the number of training frames."""
    figure = Figure(figsize=(6, 4), layout='constrained')
    axis = figure.subplots()
    axis.plot([point.frames for point in points], [100 * point.miou for point in points],
              marker='o')
    axis.set(xlabel='training frames', ylabel='validation mIoU %', xlim=(0, None))
    axis.grid(color='0.9')
    axis.spines[['top', 'right']].set_visible(False)
    return figure
