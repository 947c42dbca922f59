# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Fixtures of the tests of the datasets of image files."""

import cv2
import numpy as np
import pytest


@pytest.fixture
def write_labelled(tmp_path):
    """
    Return a function that writes a blue frame and its label file below ``tmp_path``.

    ``labels`` are the pixels of the label file, whose size the frame has too.
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
