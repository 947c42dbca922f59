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
"""Labelled frames to train on and to measure with, by the names of their datasets."""

import importlib
from pathlib import Path
from typing import Any, Callable


def _opener(module: str, name: str) -> Callable[[Path, str], Any]:
    """Return what opens a split of a dataset; its module is not imported before."""
    def open_split(root: Path, split: str) -> Any:
        dataset = getattr(importlib.import_module('lsnet_ros.datasets.' + module), name)
        return dataset(root, split)
    return open_split


DATASETS = {
    'ade20k': _opener('ade20k', 'ADE20K'),
    'bdd100k': _opener('bdd100k', 'BDD100K'),
    'camvid': _opener('camvid', 'CamVid'),
    'cityscapes': _opener('cityscapes', 'Cityscapes'),
    'cityscapes-coarse': _opener('cityscapes', 'CityscapesCoarse'),
    'street-scenes': _opener('street_scene', 'rendered_split'),
}
"""What opens each dataset: its folder and the name of a split, 'train' and 'val' among them."""

LABELLED_AS = {'cityscapes-coarse': 'cityscapes', 'street-scenes': 'camvid'}
"""The label sets of those datasets that have none of their own name."""

RENDERED = {'street-scenes'}
"""The datasets that need no folder: what is given for it is not looked at."""
