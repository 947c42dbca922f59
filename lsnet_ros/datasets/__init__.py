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

from pathlib import Path
from typing import Any


def _camvid(root: Path, split: str) -> Any:
    from lsnet_ros.datasets.camvid import CamVid
    return CamVid(root, split)


DATASETS = {'camvid': _camvid}
"""What opens each dataset: its folder and the name of a split."""
