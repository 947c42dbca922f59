# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Measurements that are kept come back for their key alone."""

import pytest

from lsnet_ros.backends import kept
from lsnet_ros.backends.kept import keep, keep_bytes, recall, recall_bytes
from lsnet_ros.engines.trust import find_distrust


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Set a cache folder of the test's own, and return the folder of its measurement."""
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    return tmp_path / 'cache' / 'lsnet_ros' / 'speed'


def test_a_value_is_kept_for_its_key():
    keep('speed', {'model': 'a'}, {'ms': 1.5})
    keep('speed', {'model': 'b'}, {'ms': 2.5})
    assert recall('speed', {'model': 'a'}) == {'ms': 1.5}
    assert recall('speed', {'model': 'b'}) == {'ms': 2.5}
    assert recall('speed', {'model': 'c'}) is None
    assert recall('agreement', {'model': 'a'}) is None


def test_a_value_is_not_that_of_another_processor(monkeypatch):
    keep('speed', {'model': 'a'}, 1.0)
    for name, value in (('processor', 'another'), ('processor_features', ('avx2',))):
        with monkeypatch.context() as patch:
            patch.setattr(kept, name, lambda value=value: value)
            assert recall('speed', {'model': 'a'}) is None
    assert recall('speed', {'model': 'a'}) == 1.0


def test_a_newer_value_replaces_it():
    keep('speed', {}, 1.0)
    keep('speed', {}, 2.0)
    assert recall('speed', {}) == 2.0


@pytest.mark.parametrize('content', [b'', b'[]', b'{}', b'\xff', b'{"key"',
                                     b'{"key": {"model": "b"}, "speed": 1.0}'])
def test_a_torn_file_holds_nothing(cache, content):
    keep('speed', {'model': 'a'}, 1.0)
    path, = cache.iterdir()
    path.write_bytes(content)
    assert recall('speed', {'model': 'a'}) is None


def test_without_a_place_to_write_nothing_is_kept(tmp_path, monkeypatch):
    (tmp_path / 'file').write_text('not a folder')
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'file'))
    keep('speed', {}, 1.0)
    assert recall('speed', {}) is None


@pytest.fixture
def binary(cache, monkeypatch):
    """Keep some bytes; return their file."""
    monkeypatch.setattr(kept, 'find_distrust', lambda path: '')  # the tests' folder is anybody's
    keep_bytes('speed', {'model': 'a'}, b'compiled')
    path, = cache.glob('*.bin')
    return path


def test_bytes_are_kept_for_their_key(binary):
    keep_bytes('speed', {'model': 'b'}, b'')
    assert recall_bytes('speed', {'model': 'a'}) == b'compiled'
    assert recall_bytes('speed', {'model': 'b'}) == b''
    assert recall_bytes('speed', {'model': 'c'}) is None


@pytest.mark.parametrize('spoil', [
    lambda path: path.write_bytes(b'compilee'), lambda path: path.write_bytes(b''),
    lambda path: path.unlink(), lambda path: path.with_suffix('.json').unlink(),
    lambda path: path.with_suffix('.json').write_bytes(b'{')])
def test_bytes_that_changed_are_not_used(binary, spoil):
    spoil(binary)
    assert recall_bytes('speed', {'model': 'a'}) is None
    keep_bytes('speed', {'model': 'a'}, b'again')
    assert recall_bytes('speed', {'model': 'a'}) == b'again'


def test_bytes_that_another_user_may_have_written_are_not_used(binary, monkeypatch):
    monkeypatch.setattr(kept, 'find_distrust', find_distrust)
    binary.chmod(0o666)
    assert recall_bytes('speed', {'model': 'a'}) is None


def test_without_a_place_to_write_no_bytes_are_kept(tmp_path, monkeypatch):
    (tmp_path / 'file').write_text('not a folder')
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'file'))
    keep_bytes('speed', {}, b'compiled')
    assert recall_bytes('speed', {}) is None
