# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

from lsnet_ros.datasets.bdd100k import BDD100K


def test_labels_are_train_ids_already(write_labelled):
    root = write_labelled('images/10k/val/7d06fefd-f7be05a6.jpg',
                          'labels/sem_seg/masks/val/7d06fefd-f7be05a6.png',
                          [list(range(19)) + [255]])
    sample = BDD100K(root, 'val')[0]
    assert sample.name == '7d06fefd-f7be05a6' and sample.stamp_ns is None
    assert sample.target.tolist() == [list(range(19)) + [255]]
