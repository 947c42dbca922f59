# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Engines are used on the machine, and for the model, that they were built for; else rebuilt."""

import json
import os
from pathlib import Path
import shutil
import subprocess
import sys
import tempfile

import pytest

from lsnet_ros.engines import engine_cache, engine_key
from lsnet_ros.engines.engine_cache import CachedEngine, EngineCache
from lsnet_ros.engines.runtime import EngineError
from lsnet_ros.models.folder import read_model

CONTENT = b'an engine' * 100
FIELDS = {
    'model', 'network', 'config', 'weights', 'height', 'width', 'sizes', 'batch',
    'precision', 'bindings', 'workspace', 'converters', 'torch2trt', 'tensorrt', 'torch', 'cuda',
    'cudnn', 'gpu', 'compute_capability', 'multiprocessors', 'system', 'machine'}


@pytest.fixture
def model(tiny_model, tensorrt):
    return read_model(tiny_model)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Return a cache in an empty folder, whose fallback is not there yet."""
    monkeypatch.setenv('LSNET_ENGINES', str(tmp_path / 'engines'))
    (tmp_path / 'temporary').mkdir()
    monkeypatch.setattr(tempfile, 'tempdir', str(tmp_path / 'temporary'))
    return EngineCache()


def store(cache, model, content=CONTENT, precision='fp16', **changes):
    card = {'key': dict(engine_key.engine_key(model, precision), **changes),
            'precision': precision if content else 'torch', 'attempts': []}
    return cache.store(content, card)


def test_what_is_stored_is_found(cache, model, caplog):
    path = store(cache, model)
    found = cache.find(model, 'fp16')
    assert found.content == CONTENT and found.card['precision'] == 'fp16'
    assert path == cache.folder / 'tiny-fp16-90x120-batch1.json'
    assert sorted(os.listdir(str(cache.folder))) == [
        'tiny-fp16-90x120-batch1.engine', 'tiny-fp16-90x120-batch1.json']
    assert path.with_suffix('.engine').read_bytes() == CONTENT
    assert caplog.messages == []


def test_the_key_has_every_field(model):
    assert set(engine_key.engine_key(model, 'fp16')) == FIELDS


@pytest.mark.parametrize('field', sorted(FIELDS))
def test_another_value_of_a_field_rebuilds_and_says_which(field, cache, model, caplog):
    path = store(cache, model)
    card = json.loads(path.read_text())
    right = card['key'][field]
    card['key'][field] = 'something else'
    path.write_text(json.dumps(card))
    assert cache.find(model, 'fp16') is None
    assert '{} was something else and is '.format(field) in caplog.messages[0]
    assert caplog.messages[0] in cache.reason and '\n' not in cache.reason
    card['key'][field] = right
    path.write_text(json.dumps(card))
    assert cache.find(model, 'fp16').content == CONTENT


@pytest.mark.parametrize('changes', [{'driver': 'x'}, {'gpu': None}])
def test_a_field_too_many_or_too_few_rebuilds(changes, cache, model):
    path = store(cache, model)
    card = json.loads(path.read_text())
    card['key'] = dict(card['key'], **changes)
    card['key'].pop('gpu' if 'gpu' in changes else '', None)
    path.write_text(json.dumps(card))
    assert cache.find(model, 'fp16') is None


def test_other_precisions_and_batches_have_their_own_engines(cache, model):
    store(cache, model)
    assert cache.find(model, 'fp32') is None and cache.find(model, 'fp16', batch=2) is None
    assert cache.reason == 'there is none in {}'.format(cache.folder)
    store(cache, model, b'x', 'fp32')
    assert cache.find(model, 'fp16').content == CONTENT


def test_that_there_can_be_no_engine_is_kept_too(cache, model):
    store(cache, model)
    store(cache, model, None)
    assert cache.find(model, 'fp16') == CachedEngine(None, cache.find(model, 'fp16').card)
    assert [path.suffix for path in cache.folder.iterdir()] == ['.json']


def cut(path):
    path.with_suffix('.engine').write_bytes(CONTENT[:-1])


def swap(path):
    path.with_suffix('.engine').write_bytes(CONTENT[::-1])


@pytest.mark.parametrize('damage, words', [
    (cut, 'its engine of 899 bytes is torn'), (swap, 'is torn, or of another build'),
    (lambda path: path.with_suffix('.engine').unlink(), 'its engine cannot be read'),
    (lambda path: path.write_bytes(path.read_bytes()[:-9]), 'is not JSON'),
    (lambda path: path.write_bytes(b'\xff\xfe'), 'is not JSON'),
    (lambda path: path.write_text('[]'), 'expected a JSON object'),
    (lambda path: path.write_text('{"format": 2}'), 'not the card of an engine in format 1'),
])
def test_what_is_torn_or_foreign_is_never_loaded(damage, words, cache, model, caplog):
    damage(store(cache, model))
    assert cache.find(model, 'fp16') is None
    assert words in caplog.messages[0] and words in cache.reason
    store(cache, model)
    assert cache.find(model, 'fp16').content == CONTENT


@pytest.mark.parametrize('attempts', [
    None, {}, [1], [{}], [{'passed': True, 'precision': 'fp16'}],
    [{'passed': 1, 'precision': 'fp16', 'reason': ''}]])
def test_a_forged_card_without_attempts_is_not_used(attempts, cache, model):
    path = store(cache, model)
    path.write_text(json.dumps(dict(json.loads(path.read_text()), attempts=attempts)))
    assert cache.find(model, 'fp16') is None
    assert 'is not the card of an engine' in cache.reason


@pytest.mark.parametrize('opened', ['engines', '.', 'engines/tiny-fp16-90x120-batch1.json',
                                    'engines/tiny-fp16-90x120-batch1.engine'])
def test_an_engine_that_others_could_have_written_is_not_used(opened, cache, model, caplog):
    store(cache, model)
    path = cache.folder.parent / opened
    path.chmod(path.stat().st_mode | 0o020)
    assert cache.find(model, 'fp16') is None
    assert "may be another user's: other users can write to {} (\"chmod go-w".format(
        path) in cache.reason
    path.chmod(path.stat().st_mode & ~0o020)
    assert cache.find(model, 'fp16').content == CONTENT


def test_no_engine_is_kept_where_others_can_write(cache, model, tmp_path, caplog):
    cache.folder.mkdir(mode=0o777)
    cache.folder.chmod(0o777)
    assert store(cache, model).parent.parent == tmp_path / 'temporary'
    assert 'other users can write to {}'.format(cache.folder) in caplog.messages[0]
    assert EngineCache().find(model, 'fp16').content == CONTENT


def test_a_new_folder_is_the_users_alone_under_any_umask(cache, model):
    umask = os.umask(0)
    try:
        store(cache, model)
    finally:
        os.umask(umask)
    assert cache.folder.stat().st_mode & 0o777 == 0o700
    assert cache.find(model, 'fp16').content == CONTENT


def test_an_engine_without_a_card_is_nothing(cache, model):
    store(cache, model).unlink()
    assert cache.find(model, 'fp16') is None


def test_a_crash_between_engine_and_card_is_seen(cache, model, monkeypatch):
    store(cache, model)

    def crash(path, card, mode):
        assert path.suffix == '.json'
        raise KeyboardInterrupt
    monkeypatch.setattr(engine_cache, 'write_json', crash)
    with pytest.raises(KeyboardInterrupt):
        store(cache, model, b'another')
    assert cache.find(model, 'fp16') is None and 'of another build' in cache.reason


def block(cache):
    """Make the folder one that nobody can write to, not even root."""
    cache.folder.parent.joinpath('engines').write_text('a file in its place')


def test_where_the_folder_cannot_be_written_another_is_used(cache, model, caplog, tmp_path):
    block(cache)
    path = store(cache, model)
    assert path.parent == tmp_path / 'temporary' / 'lsnet_ros-engines-{}'.format(os.getuid())
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert 'cannot be used' in caplog.messages[0] and 'LSNET_ENGINES' in caplog.messages[0]
    assert EngineCache().find(model, 'fp16').content == CONTENT


@pytest.mark.skipif(os.getuid() == 0, reason='root may write everywhere')
def test_a_read_only_folder_is_one_of_those(cache, model, tmp_path):
    cache.folder.mkdir()
    cache.folder.chmod(0o500)
    assert store(cache, model).parent.parent == tmp_path / 'temporary'


def test_engines_of_a_read_only_folder_are_still_used(cache, model, monkeypatch):
    store(cache, model)
    monkeypatch.setattr(engine_cache, '_find_write_problem', lambda folder: 'read-only')
    assert cache.find(model, 'fp16').content == CONTENT
    store(cache, model, b'new')
    assert cache.find(model, 'fp16').content == CONTENT  # the first that fits


@pytest.mark.parametrize('plant', [
    lambda folder: folder.mkdir(mode=0o777) or folder.chmod(0o777),
    lambda folder: folder.symlink_to(tempfile.gettempdir()),
    lambda folder: folder.write_text(''),
])
def test_a_fallback_that_others_can_write_to_is_refused(plant, cache, model, tmp_path):
    block(cache)
    folder = tmp_path / 'temporary' / 'lsnet_ros-engines-{}'.format(os.getuid())
    plant(folder)
    with pytest.raises(EngineError, match='neither in .* set LSNET_ENGINES'):
        store(cache, model)
    assert cache.find(model, 'fp16') is None


def test_a_workshop_is_beside_the_engines_and_goes(cache):
    with cache.workshop() as folder:
        assert folder.parent == cache.folder and list(folder.iterdir()) == []
        (folder / 'engine').write_bytes(b'half')
    assert list(cache.folder.iterdir()) == []


def test_a_workshop_goes_when_a_build_fails(cache):
    with pytest.raises(EngineError):
        with cache.workshop() as folder:
            (folder / 'engine').write_bytes(b'half')
            raise EngineError('killed')
    assert list(cache.folder.iterdir()) == []


def test_workshops_of_the_dead_go_and_those_of_the_living_stay(cache):
    ended = subprocess.Popen([sys.executable, '-c', ''])
    ended.wait()
    for pid in (ended.pid, os.getpid(), 'x'):
        (cache.folder / '.build-{}-a'.format(pid)).mkdir(parents=True)
    with cache.workshop():
        pass
    assert [path.name for path in cache.folder.iterdir()] == ['.build-{}-a'.format(os.getpid())]


def test_the_folder_is_in_the_users_cache(monkeypatch):
    monkeypatch.delenv('LSNET_ENGINES', raising=False)
    monkeypatch.delenv('XDG_CACHE_HOME', raising=False)
    monkeypatch.setenv('HOME', '/home/robot')
    assert EngineCache().folder == Path('/home/robot/.cache/lsnet_ros/engines')
    monkeypatch.setenv('XDG_CACHE_HOME', '/data/cache')
    assert EngineCache().folder == Path('/data/cache/lsnet_ros/engines')
    monkeypatch.setenv('LSNET_ENGINES', '~/engines')
    assert EngineCache().folder == Path('/home/robot/engines')


def test_a_full_disk_is_one_line(cache, model, monkeypatch):
    def full(path, mode):
        raise OSError(28, 'No space left on device')
    monkeypatch.setattr(engine_cache, 'replacing', full)
    with pytest.raises(EngineError, match='No space left on device') as caught:
        store(cache, model)
    assert '\n' not in str(caught.value)


def test_the_same_model_in_another_folder_has_the_same_engine(cache, model, tmp_path):
    store(cache, model)
    shutil.copytree(str(model.folder), str(tmp_path / 'copy'))
    assert cache.find(read_model(tmp_path / 'copy'), 'fp16').content == CONTENT
