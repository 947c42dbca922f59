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
from lsnet_ros.datasets.camvid import CamVid
import pytest


@pytest.mark.parametrize('name, stamp', [('0001TP_000060', 2.0), ('0016E5_08190', 273.0),
                                         ('Seq05VD_f00030', 1.0), ('frame', None)])
def test_the_name_of_a_frame_tells_its_time(write_labelled, name, stamp):
    root = write_labelled('test/' + name + '.png', 'testannot/' + name + '.png', [[0]])
    assert CamVid(root, 'test')[0].stamp == stamp


def test_unlabelled_pixels_are_ignored(write_labelled):
    root = write_labelled('val/0001TP_000060.png', 'valannot/0001TP_000060.png',
                          [list(range(12)) + [255]])
    assert CamVid(root, 'val')[0].target.tolist() == [list(range(11)) + [255, 255]]
