# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import pytest

from lsnet_ros.datasets.camvid import CamVid


@pytest.mark.parametrize('name, stamp_ns', [
    ('0001TP_000060', 2 * 10**9), ('0016E5_08190', 273 * 10**9), ('Seq05VD_f00030', 10**9),
    ('frame', None)])
def test_the_name_of_a_frame_tells_its_time(write_labelled, name, stamp_ns):
    root = write_labelled('test/' + name + '.png', 'testannot/' + name + '.png', [[0]])
    assert CamVid(root, 'test')[0].stamp_ns == stamp_ns


def test_unlabelled_pixels_are_ignored(write_labelled):
    root = write_labelled('val/0001TP_000060.png', 'valannot/0001TP_000060.png',
                          [list(range(12)) + [255]])
    assert CamVid(root, 'val')[0].target.tolist() == [list(range(11)) + [255, 255]]
