# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Small YAML files: what is read, and what is refused in one line that names the file."""

import pytest

from lsnet_ros.labels.yaml_files import read_mapping, YamlFileError


def test_keys_keep_their_order(tmp_path):
    (tmp_path / 'a.yaml').write_text('b: 1\na: {c: [2, 3]}\n')
    assert list(read_mapping(tmp_path / 'a.yaml', 'letters').items()) == [
        ('b', 1), ('a', {'c': [2, 3]})]


@pytest.mark.parametrize('content, problem', [
    (b'', 'holds None: expected letters'),
    (b'- a\n', "holds ['a']: expected letters"),
    (b'{}', 'holds {}: expected letters'),
    (b'a: [1', 'is not YAML ('),
    (b'a: \xff', 'is not YAML ('),
    (b'a: 1\nb: 2\na: 3\n', "the key 'a' is there twice"),
    (b'a: {3: 1, 3: 2}\n', 'the key 3 is there twice'),
    (b'? [1]\n: 2\n', 'is not YAML ('),
    (b'a: !!python/object/apply:os.getcwd []\n', 'is not YAML ('),
    (b'[' * 9999, 'is not YAML ('),
    (b'a: ' + 70000 * b'x', 'has over 65536 bytes: expected letters'),
])
def test_what_is_no_mapping_is_refused(tmp_path, content, problem):
    path = tmp_path / 'a.yaml'
    path.write_bytes(content)
    with pytest.raises(YamlFileError) as caught:
        read_mapping(path, 'letters')
    assert str(caught.value).startswith(str(path)) and problem in str(caught.value)
    assert '\n' not in str(caught.value)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(YamlFileError, match='cannot be read .No such file'):
        read_mapping(tmp_path / 'none.yaml', 'letters')
