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
"""The page ``models/README.md``: what each model is, what it reaches, and what made it."""

from typing import Any, Dict, List, NamedTuple

from lsnet_ros.benchmark import measure, ours
from lsnet_ros.commands.benchmark import SCENE, SCENE_FRAMES
from lsnet_ros.commands.tables import percent
from lsnet_ros.datasets.street_scene import StreetScene
from lsnet_ros.model_files import Model
from lsnet_ros.segmenter import Segmenter

FRAMES = 50  # that each model is timed on
PICTURES = ('iou.png', 'confusion.png', 'street-scenes.png')  # in docs/models/NAME
# mIoU on CamVid's test split in percent, as the papers give it for 360x480 and no pre-training.
PUBLISHED = {'lsnet': 70.5, 'lrnnet-a': 67.6, 'lrnnet-c': 69.2}
COLUMNS = (
    ('model', '[{name}](#{name})'),
    ('network', '{network}'),
    ('classes', '{classes} ({label_set})'),
    ('input WxH', '{width}x{height}'),
    ('parameters', '{parameters:,}'),
    ('multiply-adds', '{giga:.3f} G'),
    ('val mIoU %', '{val}'),
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

* **Parameters** are the numbers in `weights.npz` but for running statistics; LPS-Net is shipped
  with its batch norms and branches fused. **Multiply-adds** are those of the convolutions for one
  image of the input size.
* **val mIoU** is that of the validation split (CamVid: 101 frames), on which the best weights
  were also chosen: `lsnet evaluate --model NAME --dataset camvid --root DIR --split val`.
* **paper, test mIoU** is what the network's paper reports for CamVid's *test* split at 360x480
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
    """How long a model takes for a frame."""

    milliseconds: float
    where: str  # runtime and processor


def time_model(model: Model) -> Latency:
    """Time a model as ``lsnet benchmark`` does, with the backend that it would choose."""
    from lsnet_ros.training.run_record import processor
    segmenter = Segmenter(model)
    segmenter.warm_up()
    scene = StreetScene(SCENE, model.spec.height, model.spec.width)
    images = [scene.frame(index).image for index in range(SCENE_FRAMES)]
    stages, = measure([ours(segmenter)], images, FRAMES)
    # What follows in brackets, such as how much bfloat16 keeps, is another for each model.
    device = segmenter.backend.device.partition(' (')[0]
    return Latency(stages['total_ms']['p50'], '{} on {}'.format(device, processor()))


def add_details(about: Dict[str, Any], model: Model, latency: Latency) -> None:
    """
    Add to what ``models.describe`` tells of a model what the page tells besides.

    :param about: gets multiply_adds, published_miou (of the paper, None if not known), training
        (facts by name), pictures (names), latency_ms and latency_where
    """
    from lsnet_ros.networks import build_network, multiply_adds
    published = PUBLISHED.get(model.network) if model.label_set.name == 'camvid' else None
    folder = model.folder.resolve().parents[1] / 'docs' / 'models' / model.name
    about.update(
        multiply_adds=multiply_adds(build_network(model.network, **model.config),
                                    model.spec.height, model.spec.width),
        published_miou=published and published / 100, training=model.card['training'],
        pictures=[name for name in PICTURES if (folder / name).is_file()],
        latency_ms=latency.milliseconds, latency_where=latency.where)


def page(models: Dict[str, Dict[str, Any]]) -> str:
    """Return the page of some models, described by ``add_details``, by name."""
    rows = [[heading for heading, _ in COLUMNS], ['---' for _ in COLUMNS]]
    rows += [_row(name, about) for name, about in models.items()]
    return PAGE.format(
        table='\n'.join('| {} |'.format(' | '.join(row)) for row in rows), frames=FRAMES,
        where='; '.join(sorted({about['latency_where'] for about in models.values()})) or '-',
        sections=''.join(_section(name, about) for name, about in models.items()))


def _row(name: str, about: Dict[str, Any]) -> List[str]:
    """Return the cells of a model."""
    paper = about['published_miou']
    values = dict(about, name=name, val=percent(about['miou']), giga=about['multiply_adds'] / 1e9,
                  paper='-' if paper is None else '{:.1f}'.format(100 * paper),
                  command=about['training'].get('command', '-'))
    return [cell.format(**values) for _, cell in COLUMNS]


def _section(name: str, about: Dict[str, Any]) -> str:
    """Return how a model was trained, and its pictures."""
    lines = ['', '## {}'.format(name), '']
    lines += ['* card: [model.yaml]({}/model.yaml)'.format(name)]
    lines += ['* {}: {}'.format(fact.replace('_', ' '), about['training'][fact])
              for fact in FACTS if fact in about['training']]
    for picture in about['pictures']:
        lines += ['', '![{0} of {1}](../docs/models/{1}/{0}.png)'.format(
            picture[:-len('.png')], name)]
    return '\n'.join(lines) + '\n'
