# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet models``: the installed models."""

import argparse
from pathlib import Path
import sys
from typing import Any, Dict, NamedTuple, Optional, Union

from lsnet_ros.commands.tables import percent, table
from lsnet_ros.errors import one_line
from lsnet_ros.models.folder import list_models, ModelError, onnx_path, read_model, read_weights

SUMMARY = 'list the installed models'
STATISTICS = ('running_mean', 'running_var', 'num_batches_tracked')  # not parameters


class ModelSummary(NamedTuple):
    """Facts about a model."""

    network: str
    label_set: str
    classes: int
    height: int            # px
    width: int             # px
    parameters: int
    miou: Optional[float]  # on the validation split; None if never measured
    bytes: int             # of the ONNX file

    def as_json(self) -> Dict[str, Any]:
        """Return the fields by name."""
        return dict(self._asdict())


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument('--markdown', action='store_true',
                        help='print the page models/README.md instead, with the latency of each '
                             'model (needs torch)')


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """
    Print a line for each model, or the problem of a model that cannot be used.

    :returns: models, the facts about each by name, and failed: the names of unusable models
    """
    summaries: Dict[str, ModelSummary] = {}
    problems: Dict[str, str] = {}
    for name, folder in list_models().items():
        try:
            summaries[name] = summarize(folder)
        except ModelError as error:
            problems[name] = str(error)
    if args.markdown:
        described = _print_page(summaries)
    else:
        described = {name: summary.as_json() for name, summary in summaries.items()}
        _print_table(summaries)
    for name, problem in problems.items():
        print(one_line('{} cannot be used: {}'.format(name, problem), None),
              file=sys.stderr if args.markdown else sys.stdout)
    return {'models': described, 'failed': sorted(problems)}


def _print_page(summaries: Dict[str, ModelSummary]) -> Dict[str, Dict[str, Any]]:
    """Time the models and print their page; returns its facts by model."""
    from lsnet_ros.commands.model_page import collect_details, page, time_model
    details = {}
    for name, summary in summaries.items():
        model = read_model(name)
        details[name] = collect_details(summary, model, time_model(model))
    print(page(details), end='')
    return {name: about.as_json() for name, about in details.items()}


def _print_table(summaries: Dict[str, ModelSummary]) -> None:
    """Print a line for each model."""
    print(table(
        ('model', 'network', 'labels', 'classes', 'input WxH', 'parameters', 'val mIoU %', 'MB'),
        [(name, about.network, about.label_set, about.classes,
          '{}x{}'.format(about.width, about.height), about.parameters,
          percent(about.miou), '{:.1f}'.format(about.bytes / 1e6))
         for name, about in summaries.items()]))


def summarize(name_or_folder: Union[str, Path]) -> ModelSummary:
    """
    Return the facts about a model.

    :raises ModelError: if the model cannot be used
    """
    model = read_model(name_or_folder)
    parameters = sum(array.size for key, array in read_weights(model).items()
                     if key.rsplit('.', 1)[-1] not in STATISTICS)
    validation = model.card['metrics'].get('{}-val'.format(model.label_set.name), {})
    return ModelSummary(
        model.network, model.label_set.name, model.label_set.num_classes, model.spec.height,
        model.spec.width, int(parameters), validation.get('miou'),
        onnx_path(model).stat().st_size)
