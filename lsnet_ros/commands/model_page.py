# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The page ``models/README.md``: facts, accuracy, latency and training of each model."""

from typing import Any, Dict, List, NamedTuple, Optional

from lsnet_ros.board.machine import available_cores, describe_processor
from lsnet_ros.commands.models import ModelSummary
from lsnet_ros.commands.tables import percent
from lsnet_ros.models.folder import Model
from lsnet_ros.segmenter import Segmenter
from lsnet_ros.speed.contenders import measure, ours, scene_images

FRAMES = 50  # timed frames of each model
PICTURES = ('iou.png', 'confusion.png', 'street-scenes.png')  # in docs/models/NAME
# The papers' mIoU on CamVid's test split in percent, for 360x480 and no pre-training.
PUBLISHED = {'lsnet': 70.5, 'lrnnet-a': 67.6, 'lrnnet-c': 69.2}
COLUMNS = (
    ('model', '[{name}](#{name})'),
    ('network', '{network}'),
    ('classes', '{classes} ({label_set})'),
    ('input WxH', '{width}x{height}'),
    ('parameters', '{parameters:,}'),
    ('multiply-adds', '{giga:.3f} G'),
    ('val mIoU %', '{val}'),
    ('under corruptions %', '{corrupted}'),
    ('ECE %', '{calibration_error}'),
    ('paper, test mIoU %', '{paper}'),
    ('latency ms', '{latency_ms:.1f}'),
    ('trained by', '`{command}`'),
)
FACTS = ('data', 'iterations', 'planned_iterations', 'epochs', 'hours', 'hardware', 'chosen_by')
PAGE = '''\
# Models

This page is written by `lsnet models --markdown > models/README.md`; all but the latency comes
from the models' cards.

{table}

* **Parameters** are the weights but for running statistics; LPS-Net is shipped
  with its batch norms and branches fused. **Multiply-adds** are those of the convolutions for one
  image of the input size.
* **val mIoU** is that of the validation split (CamVid: 101 frames), on which the best weights
  were also chosen: `lsnet evaluate --model NAME --dataset camvid --root DIR --split val`.
* **Under corruptions** is the mean over noise, blur, darkness, glare, JPEG and colour casts of the
  same frames, each at three strengths: `lsnet evaluate --corruptions`. **ECE** is the expected
  calibration error of the confidences. `-` where the card does not have them.
* **paper, test mIoU** is the figure of the network's paper for CamVid's *test* split at 360x480
  without pre-training, and `-` where no such figure is known. Ours is of the *val* split: other
  frames, so the two columns show where a model stands and not which is better.
* **Latency** is the median of {frames} frames of the input's size, one at a time, from the frame
  to its class ids, as in `lsnet benchmark --model NAME`, with:
  {where}.

IoU by class and the confusion matrix are of CamVid's validation split. The frames shown are
rendered street scenes, with the mean IoU on 30 of them: CamVid's own are not ours to give away.
They are easier for a model that was trained on such scenes too, though none of the same streets.

```sh
lsnet evaluate --model NAME --dataset camvid --root DIR --pictures camvid
lsnet evaluate --model NAME --dataset street-scenes --pictures street-scenes
```
{sections}'''


class Latency(NamedTuple):
    """Median time of a model for a frame."""

    milliseconds: float
    where: str  # runtime and processor


class ModelDetails(NamedTuple):
    """Facts about a model that the page shows."""

    summary: ModelSummary
    multiply_adds: int
    published_miou: Optional[float]  # of the paper, None if unknown
    training: Dict[str, Any]         # from the card
    corrupted_miou: Optional[float]  # mean under corruptions, None if never measured
    ece: Optional[float]             # expected calibration error, None if never measured
    pictures: List[str]              # file names
    latency: Latency

    def as_json(self) -> Dict[str, Any]:
        """Return the fields of summary and latency beside the others."""
        return dict(
            self.summary.as_json(), multiply_adds=self.multiply_adds,
            published_miou=self.published_miou, training=self.training,
            corrupted_miou=self.corrupted_miou, ece=self.ece, pictures=self.pictures,
            latency_ms=self.latency.milliseconds, latency_where=self.latency.where)


def time_model(model: Model) -> Latency:
    """Time a model as ``lsnet benchmark`` does, with the backend that it would choose."""
    segmenter = Segmenter(model)
    segmenter.warm_up()
    stages, = measure([ours(segmenter)], scene_images(model.spec.height, model.spec.width), FRAMES)
    return Latency(stages['total_ms'].p50, '{} on {}'.format(
        segmenter.backend.runtime, describe_processor(available_cores())))


def collect_details(summary: ModelSummary, model: Model, latency: Latency) -> ModelDetails:
    """Collect the facts that the page shows besides the summary."""
    from lsnet_ros.networks import build_network, multiply_adds
    published = PUBLISHED.get(model.network) if model.label_set.name == 'camvid' else None
    metrics = model.card.get('metrics', {}).get('{}-val'.format(model.label_set.name), {})
    folder = model.folder.resolve().parents[1] / 'docs' / 'models' / model.name
    return ModelDetails(
        summary, multiply_adds(build_network(model.network, **model.config),
                               model.spec.height, model.spec.width),
        published and published / 100, _tell_all_hours(model.card['training']),
        metrics.get('corruptions', {}).get('mean_miou'), metrics.get('ece'),
        [name for name in PICTURES if (folder / name).is_file()], latency)


def _tell_all_hours(training: Dict[str, Any]) -> Dict[str, Any]:
    """Add the hours of the runs that a training began at to its own."""
    hours: List[float] = []
    run: Any = training
    while run:
        if 'hours' not in run:
            return training
        hours.append(run['hours'])
        run = run.get('initial')
    if len(hours) < 2:
        return training
    return dict(training, hours='{:.2f}, of {} runs: {}'.format(
        sum(hours), len(hours), ' + '.join(map(str, reversed(hours)))))


def page(models: Dict[str, ModelDetails]) -> str:
    """Return the page of some models by name."""
    rows = [[heading for heading, _ in COLUMNS], ['---' for _ in COLUMNS]]
    rows += [_row(name, details) for name, details in models.items()]
    return PAGE.format(
        table='\n'.join('| {} |'.format(' | '.join(row)) for row in rows), frames=FRAMES,
        where='; '.join(sorted({details.latency.where for details in models.values()})) or '-',
        sections=''.join(_section(name, details) for name, details in models.items()))


def _row(name: str, details: ModelDetails) -> List[str]:
    """Return the row of a model."""
    paper = details.published_miou
    values = dict(details.as_json(), name=name, val=percent(details.summary.miou),
                  corrupted=percent(details.corrupted_miou),
                  calibration_error=percent(details.ece),
                  giga=details.multiply_adds / 1e9,
                  paper='-' if paper is None else '{:.1f}'.format(100 * paper),
                  command=details.training.get('command', '-'))
    return [cell.format(**values) for _, cell in COLUMNS]


def _section(name: str, details: ModelDetails) -> str:
    """Return the section on the training of a model, with its pictures."""
    lines = ['', '## {}'.format(name), '']
    lines += ['* card: [model.yaml]({}/model.yaml)'.format(name)]
    lines += ['* {}: {}'.format(fact.replace('_', ' '), details.training[fact])
              for fact in FACTS if fact in details.training]
    for picture in details.pictures:
        lines += ['', '![{0} of {1}](../docs/models/{1}/{0}.png)'.format(
            picture[:-len('.png')], name)]
    return '\n'.join(lines) + '\n'
