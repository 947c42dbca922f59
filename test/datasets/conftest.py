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
"""What the tests of the datasets in image files share."""

import cv2
import numpy as np
import pytest


@pytest.fixture
def write_labelled(tmp_path):
    """
    Return what writes a frame and its label file below ``tmp_path``, as large as the labels.

    The frame is pure blue; ``labels`` is what the label file holds.
    """
    def write(frame, label_file, labels):
        labels = np.asarray(labels, np.uint8)
        image = np.zeros(labels.shape + (3,), np.uint8)
        image[..., 0] = 255  # BGR
        for name, data in ((frame, image), (label_file, labels)):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            assert cv2.imwrite(str(tmp_path / name), data)
        return tmp_path
    return write
