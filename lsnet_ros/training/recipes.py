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
"""How each network is trained on each dataset, unless the command line says otherwise."""

from typing import NamedTuple, Optional, Tuple


class Recipe(NamedTuple):
    """Everything that decides the weights of a training run, with the data's files."""

    network: str
    dataset: str
    input_size: Tuple[int, int]          # (height, width) that the network is to be used at, px
    crop: Tuple[int, int]                # (height, width), px
    iterations: int
    batch_size: int
    learning_rate: float
    block: Optional[str] = None          # form of the network's blocks while it trains
    momentum: float = 0.9
    weight_decay: float = 5e-4
    power: float = 0.9                   # of the poly schedule
    warm_up: int = 0                     # iterations
    scale: Tuple[float, float] = (0.5, 2.0)
    target_stride: int = 1               # the loss is taken at 1 / stride of the crop's size
    loss: str = 'cross-entropy'
    class_weights: bool = False
    street_scenes: float = 0.0           # share of rendered street scenes in the training samples
    precision: str = 'auto'
    seed: int = 0


RECIPES = {
    # CamVid's labels have half the input's resolution: a target stride of 2 loses nothing.
    ('lps-net-s', 'camvid'): Recipe(
        network='lps-net-s', dataset='camvid', input_size=(720, 960), crop=(480, 640),
        iterations=8600, batch_size=6, learning_rate=0.06, block='reparameterised',
        weight_decay=2e-4, warm_up=300, scale=(2 / 3, 1.5), target_stride=2,
        class_weights=True, street_scenes=1 / 6),
}
