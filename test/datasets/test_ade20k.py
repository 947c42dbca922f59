# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

from lsnet_ros.datasets.ade20k import ADE20K


def test_labels_are_counted_from_one_and_the_other_is_ignored(write_labelled):
    root = write_labelled('images/training/ADE_train_00000001.jpg',
                          'annotations/training/ADE_train_00000001.png', [range(151)])
    sample = ADE20K(root, 'train')[0]
    assert sample.name == 'ADE_train_00000001' and sample.stamp_ns is None
    assert sample.target.tolist() == [[255] + list(range(150))]
