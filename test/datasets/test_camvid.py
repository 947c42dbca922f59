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
import cv2
import numpy as np
import pytest

from lsnet_ros.datasets.camvid import CamVid
from lsnet_ros.datasets.labelled_files import DatasetError


@pytest.fixture
def root(tmp_path):
    """Two frames in the published layout: one pixel of each of sky, car, unlabelled."""
    for folder in ('val', 'valannot'):
        (tmp_path / folder).mkdir()
    for name in ('0001TP_000060.png', '0016E5_08190.png'):
        bgr = np.zeros((1, 3, 3), np.uint8)
        bgr[0, 0] = (1, 2, 3)
        cv2.imwrite(str(tmp_path / 'val' / name), bgr)
        cv2.imwrite(str(tmp_path / 'valannot' / name), np.array([[0, 8, 11]], np.uint8))
    return tmp_path


def test_a_sample_has_rgb_train_ids_and_time(root):
    dataset = CamVid(root, 'val')
    sample = dataset[0]
    assert len(dataset) == 2
    assert (sample.name, sample.stamp) == ('0001TP_000060', 2.0)
    assert sample.image[0, 0].tolist() == [3, 2, 1]
    assert sample.target.tolist() == [[0, 8, 255]]


def test_a_label_outside_the_set_names_its_file(root):
    path = root / 'valannot' / '0001TP_000060.png'
    cv2.imwrite(str(path), np.array([[0, 8, 12]], np.uint8))
    with pytest.raises(DatasetError, match='0001TP_000060.png: found the label 12'):
        CamVid(root, 'val')[0]


def test_a_torn_frame_names_its_file(root):
    path = root / 'val' / '0016E5_08190.png'
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(DatasetError, match='0016E5_08190.png: cannot be read'):
        CamVid(root, 'val')[1]


def test_a_target_of_another_size_is_refused(root):
    cv2.imwrite(str(root / 'valannot' / '0001TP_000060.png'), np.zeros((2, 3), np.uint8))
    with pytest.raises(DatasetError, match='expected uint8 class ids of shape'):
        CamVid(root, 'val')[0]


def test_a_missing_target_is_found_at_once(root):
    (root / 'valannot' / '0001TP_000060.png').unlink()
    with pytest.raises(DatasetError, match='0001TP_000060.png: not found'):
        CamVid(root, 'val')


def test_a_missing_folder_says_what_is_expected(tmp_path):
    with pytest.raises(DatasetError, match='expected the CamVid layout'):
        CamVid(tmp_path, 'train')


def test_an_unknown_split_lists_the_known(root):
    with pytest.raises(DatasetError, match='train, val, test'):
        CamVid(root, 'all')
