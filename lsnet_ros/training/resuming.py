# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The check that a run goes on as it began."""

from pathlib import Path
from typing import Any, Dict

from lsnet_ros.labels.label_sets import LabelSet
from lsnet_ros.training.checkpoint import CheckpointError
from lsnet_ros.training.recipes import Recipe, recipe_from


def check_same_run(state: Dict[str, Any], recipe: Recipe, label_set: LabelSet, val_digest: str,
                   path: Path) -> None:
    """
    Compare the state of a checkpoint with the run that wants to go on from it.

    :param val_digest: of the run's validation frames
    :param path: of the checkpoint, for the message
    :raises CheckpointError: if they differ in more than the number of iterations
    """
    names = label_set.class_names
    noted = [name for name, _ in state['classes']] if 'classes' in state else names
    theirs = dict(recipe_from(state['recipe'])._asdict(), num_classes=state['num_classes'],
                  classes=noted)
    for name, ours in dict(recipe._asdict(), num_classes=label_set.num_classes,
                           classes=names).items():
        if name != 'iterations' and ours != theirs[name]:
            raise CheckpointError(
                '{}: was made with {} {!r}, this run has {!r}: give the same, or another '
                'folder'.format(path, name, theirs[name], ours))
    if state.get('val_digest', val_digest) != val_digest:
        raise CheckpointError(
            '{}: the validation frames have changed since, so that its best mIoU of {:.1f} % is '
            'not comparable: restore them, or give another folder and --initial {}'.format(
                path, 100 * state['best_miou'], path.parent))
