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
from lsnet_ros.datasets.bdd100k import BDD100K


def test_labels_are_train_ids_already(write_labelled):
    root = write_labelled('images/10k/val/7d06fefd-f7be05a6.jpg',
                          'labels/sem_seg/masks/val/7d06fefd-f7be05a6.png',
                          [list(range(19)) + [255]])
    sample = BDD100K(root, 'val')[0]
    assert sample.name == '7d06fefd-f7be05a6' and sample.stamp is None
    assert sample.target.tolist() == [list(range(19)) + [255]]
