# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Foxglove's own library writes the shipped layout; the nodes publish all of its topics."""

import importlib.util
import json
from pathlib import Path
import xml.etree.ElementTree as ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[1]


def test_the_layout_is_that_of_the_library():
    pytest.importorskip('foxglove')
    spec = importlib.util.spec_from_file_location(
        'make_foxglove', str(ROOT / 'docs/make_foxglove.py'))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.LAYOUT.read_text() == module.make_layout()


def find_topics(value):
    """Return each text that is a topic in a layout."""
    if isinstance(value, dict):
        return {topic for pair in value.items() for topic in find_topics(list(pair))}
    if isinstance(value, list):
        return {topic for item in value for topic in find_topics(item)}
    return {value} if isinstance(value, str) and value.startswith('/') else set()


def test_its_topics_are_published_by_the_nodes():
    policy = ElementTree.parse(str(ROOT / 'params/sros2_policy.xml'))
    published = {topic.text for topics in policy.iter('topics') if topics.get('publish')
                 for topic in topics}
    found = find_topics(json.loads((ROOT / 'params/foxglove.json').read_text()))
    assert '/segmentation/overlay' in found and '/free_space' in found
    assert {topic.lstrip('/') for topic in found} <= {topic.lstrip('/') for topic in published}
