# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import pytest

from lsnet_ros.datasets import open_split
from lsnet_ros.datasets.labelled_files import DatasetError


def test_a_rendered_dataset_needs_no_folder():
    assert len(open_split('street-scenes', None, 'val')) > 0


def test_other_datasets_need_a_folder():
    with pytest.raises(DatasetError, match="'camvid' is read from files: give its folder with "
                                           '--root'):
        open_split('camvid', None, 'val')
