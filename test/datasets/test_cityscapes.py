# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Cityscapes, compared with the labels of its authors' scripts."""

from cityscapesscripts.helpers.labels import labels as official_labels
import pytest

from lsnet_ros.datasets.cityscapes import Cityscapes, CityscapesCoarse

FRAME = 'leftImg8bit/{0}/{1}/{1}_000000_000019_leftImg8bit.png'
FINE = 'gtFine/{0}/{1}/{1}_000000_000019_gtFine_labelIds.png'
COARSE = 'gtCoarse/{0}/{1}/{1}_000000_000019_gtCoarse_labelIds.png'
DRAWN = [label for label in official_labels if label.id >= 0]  # licence plates are not


@pytest.mark.parametrize('dataset, label_file', [(Cityscapes, FINE), (CityscapesCoarse, COARSE)])
def test_labels_become_the_official_train_ids(dataset, label_file, write_labelled):
    root = write_labelled(FRAME.format('val', 'ulm'), label_file.format('val', 'ulm'),
                          [[label.id for label in DRAWN]])
    assert dataset(root, 'val')[0].target.tolist() == [[label.trainId for label in DRAWN]]


def test_frames_of_all_cities_of_a_split_and_of_no_other_are_found(write_labelled):
    for split, city in (('train', 'bonn'), ('train', 'aachen'), ('val', 'ulm')):
        root = write_labelled(FRAME.format(split, city), FINE.format(split, city), [[7]])
    assert [sample.name for sample in map(Cityscapes(root, 'train').__getitem__, range(2))] == [
        'aachen_000000_000019_leftImg8bit', 'bonn_000000_000019_leftImg8bit']
    assert len(Cityscapes(root, 'val')) == 1


def test_a_frame_with_fine_and_coarse_annotations_gives_the_one_asked_for(write_labelled):
    root = write_labelled(FRAME.format('train', 'ulm'), FINE.format('train', 'ulm'), [[7, 7]])
    write_labelled(FRAME.format('train', 'ulm'), COARSE.format('train', 'ulm'), [[0, 8]])
    assert Cityscapes(root, 'train')[0].target.tolist() == [[0, 0]]
    assert CityscapesCoarse(root, 'train')[0].target.tolist() == [[255, 1]]


def test_a_sample_stands_alone_in_time(write_labelled):
    root = write_labelled(FRAME.format('train', 'ulm'), FINE.format('train', 'ulm'), [[7]])
    assert Cityscapes(root, 'train')[0].stamp_ns is None
