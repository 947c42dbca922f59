# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""docs/groups.md: its commands, its files, and its tables against each other."""

from pathlib import Path
import re
import shlex

import pytest

from lsnet_ros import cli
from lsnet_ros.labels.groups import read_groups
from lsnet_ros.labels.label_sets import label_set
from lsnet_ros.labels.target_values import read_target_values
from lsnet_ros.launching.launch_files import NODE_ARGUMENTS
from lsnet_ros.models.folder import list_models

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / 'docs' / 'groups.md').read_text()
BLOCKS = re.findall(r'^```(\w+)\n(.*?)^```', PAGE, re.MULTILINE | re.DOTALL)
LINES = [line for language, block in BLOCKS if language == 'sh' for line in block.splitlines()]
FILES = [block for language, block in BLOCKS if language == 'yaml']


@pytest.mark.parametrize('line', LINES)
def test_a_command_is_one_that_there_is(line):
    words = shlex.split(line)
    if words[0] == 'lsnet':
        assert cli._parser([words[1]]).parse_args(words[1:]).groups == 'drivable'
    else:
        assert words[:3] == ['ros2', 'launch', 'lsnet_ros']
        source = (ROOT / 'launch' / words[3]).read_text()
        names = re.findall(r"^    \('(\w+)', ", source, re.MULTILINE)
        names += [name for name, _, _ in NODE_ARGUMENTS]
        assert {word.partition(':=')[0] for word in words[4:]} <= set(names)


@pytest.mark.parametrize('name', ['camvid', 'cityscapes', 'bdd100k'])
def test_the_file_of_groups_serves_the_label_sets_that_it_is_for(tmp_path, name):
    (tmp_path / 'mine.yaml').write_text(FILES[0])
    groups = read_groups(tmp_path / 'mine.yaml', label_set(name))
    assert groups.label_set.class_names == ['free', 'alive', 'rest']
    assert groups.label_set.palette[0].tolist() == [0, 200, 0]


def test_the_map_is_one(tmp_path):
    (tmp_path / 'map.yaml').write_text(FILES[1])
    values = read_target_values(label_set('camvid'), range(11), path=tmp_path / 'map.yaml')
    assert values.train_ids[[1, 2, 7]].tolist() == [3, 4, 8]


def test_every_model_of_the_package_has_its_row():
    rows = re.findall(r'^\| ([\w-]+-camvid) (?:\| \d+\.\d{2} ){5}\|$', PAGE, re.MULTILINE)
    assert sorted(rows) == [name for name in list_models() if name.endswith('-camvid')]


def test_what_is_linked_to_is_there():
    targets = re.findall(r'\]\((?!http)([^)]*)\)', PAGE)
    assert targets and all((ROOT / 'docs' / target).exists() for target in targets)
