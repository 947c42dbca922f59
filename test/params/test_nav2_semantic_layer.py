# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The sample for Nav2's semantic segmentation layer names our classes and topics."""

from pathlib import Path

import pytest
import yaml

from lsnet_ros.labels.label_sets import label_set

ROOT = Path(__file__).resolve().parents[2]
COSTMAP = yaml.safe_load((ROOT / 'params' / 'nav2_semantic_layer.yaml').read_text())[
    'local_costmap']['local_costmap']['ros__parameters']
SOURCE = COSTMAP['semantic_segmentation_layer']['front']


def test_each_class_of_camvid_has_one_cost():
    """The layer ignores classes that are in no list."""
    listed = [name for kind in SOURCE['class_types'] for name in SOURCE[kind]['classes']]
    assert sorted(listed) == sorted(label_set('camvid').class_names)


@pytest.mark.parametrize('kind', SOURCE['class_types'])
def test_costs_are_those_of_a_costmap(kind):
    assert 0 <= SOURCE[kind]['base_cost'] <= SOURCE[kind]['max_cost'] <= 254
    assert 0 <= SOURCE[kind].get('mark_confidence', 0) <= 255


@pytest.mark.parametrize('name', ['segmentation', 'confidence', 'labels', 'pointcloud'])
def test_topics_are_ours(name):
    topic = SOURCE[name + '_topic']
    assert topic.startswith('/front/')
    assert '| `{}`'.format(topic[len('/front/'):]) in (ROOT / 'docs' / 'topics.md').read_text()
