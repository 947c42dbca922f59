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
from lsnet_ros.datasets.ade20k import ADE20K


def test_labels_are_counted_from_one_and_the_other_is_ignored(write_labelled):
    root = write_labelled('images/training/ADE_train_00000001.jpg',
                          'annotations/training/ADE_train_00000001.png', [range(151)])
    sample = ADE20K(root, 'train')[0]
    assert sample.name == 'ADE_train_00000001' and sample.stamp is None
    assert sample.target.tolist() == [[255] + list(range(150))]
