# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Changed files and messages in every reader: each is read, or refused by an error of ours, in time.

The suite gives a few to each reader; "make fuzz MINUTES=60" as many as fit in that time, and says
how many.
"""

from collections import Counter
import hashlib
import json
import os
from pathlib import Path
import random
import resource
import shutil
import time
from types import SimpleNamespace

import cv2
from hypothesis import given, HealthCheck, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from lsnet_ros.engines import engine_cache
from lsnet_ros.errors import LsnetError
from lsnet_ros.frames import messages
from lsnet_ros.frames.image_files import read_rgb
from lsnet_ros.frames.label_files import read_label_values
from lsnet_ros.latency.run_files import read_run
from lsnet_ros.limits.archives import read_arrays
from lsnet_ros.limits.json_text import parse_json
from lsnet_ros.limits.onnx_wire import check_onnx
from lsnet_ros.limits.yaml_text import parse_yaml
from lsnet_ros.models.checkpoint_process import read_checkpoint
from lsnet_ros.models.folder import read_model

pytest.importorskip('rosbags', reason='the readers of the desk need it')
from rosbags.rosbag1 import Writer  # noqa: E402
from rosbags.typesys import get_typestore, Stores  # noqa: E402

from lsnet_ros.bags.reading import read_bag, read_camera_info  # noqa: E402
from lsnet_ros.bags.recording import zstd  # noqa: E402
from lsnet_ros.bags.writing import write_bag  # noqa: E402
from lsnet_ros.datasets.dataset_file import read_class_list, read_dataset_file  # noqa: E402
from lsnet_ros.frames import Frame  # noqa: E402
from lsnet_ros.training.checkpoint import parse_checkpoint  # noqa: E402
from lsnet_ros.training.recipe_files import read_recipe  # noqa: E402
from lsnet_ros.training.run_record import read_starts  # noqa: E402

MINUTES = float(os.environ.get('LSNET_FUZZ_MINUTES', 0))
OTHERS = 6  # tests besides those of READERS
LONGEST_S = 10
MOST_MEMORY = 1 << 30  # bytes that a reader may add
TOKENS = [b'[' * 500, b'{a: ', b'&a [*a, *a]', b'\x1b[2J', b'\xff' * 8, b'\0' * 8, b'NaN', b'-1',
          b'99999999999', b'1/0', b'!!int ""', b'../..', b'<<: ', b'\x7f\xff\xff\xff']

OWN_DATA = '''
classes: [{name: road, color: [128, 64, 128]}, {name: car, ids: [3, 4]}]
images: images/{split}/*.jpg
targets: labels/{split}/*.png
splits: {val: 0.2, group: "(.*)_"}
'''
RECIPE = '''
network: lps-net-s
dataset: camvid
input_size: [64, 64]
crop: [64, 64]
iterations: 5
batch_size: 2
learning_rate: 0.01
options: {depths: [1, 1, 1, 1, 1], widths: [4, 4, 4, 4, 4], ratios: ['1', '1/4']}
'''


def write_arrays(path):
    np.savez(str(path), a=np.arange(6.).reshape(2, 3), b=np.array([True]), c=np.array('text'))


def write_checkpoint(path):
    np.savez(str(path), **{'weights/a': np.zeros(3), 'state': np.array('{"recipe": {}}')})


def write_image(path):
    assert cv2.imwrite(str(path), np.arange(192, dtype=np.uint8).reshape(8, 8, 3))


def write_labels(path):
    assert cv2.imwrite(str(path), np.arange(64, dtype=np.uint8).reshape(8, 8))


def write_text(text):
    return lambda path: path.write_text(text)


def write_recording(storage):
    def write(path):
        folder = path.parent / 'whole'
        frames = [Frame('', np.full((4, 4, 3), 9, np.uint8), np.zeros((4, 4), np.uint8), stamp)
                  for stamp in (1, 2)]
        write_bag(folder, frames, storage=storage)
        shutil.copyfile(str(next(folder.glob('*' + path.suffix))), str(path))
    return write


def write_packed_recording(path):
    write_recording('mcap')(path.with_suffix(''))
    path.write_bytes(zstd.compress(path.with_suffix('').read_bytes()))


def write_ros_1_bag(path, compression=None):
    types = get_typestore(Stores.ROS1_NOETIC)
    image, info = 'sensor_msgs/msg/Image', 'sensor_msgs/msg/CameraInfo'
    header = types.types['std_msgs/msg/Header'](
        0, types.types['builtin_interfaces/msg/Time'](1, 2), 'camera')
    region = types.types['sensor_msgs/msg/RegionOfInterest'](0, 0, 0, 0, False)
    writer = Writer(path)
    if compression:
        writer.set_compression(compression)
    with writer:
        images = writer.add_connection('/image', image, typestore=types)
        writer.write(images, 5, types.serialize_ros1(types.types[image](
            header, 1, 2, 'rgb8', 0, 6, np.arange(6, dtype=np.uint8)), image))
        infos = writer.add_connection('/info', info, typestore=types)
        writer.write(infos, 7, types.serialize_ros1(types.types[info](
            header, 1, 2, 'plumb_bob', np.arange(5.), np.arange(9.), np.arange(9.),
            np.arange(12.), 0, 0, region), info))


def read_all(path):
    for _ in read_bag(path, '/image', '/target'):
        pass


def read_ros_1_bag(path):
    read_camera_info(path, '/info')
    for _ in read_bag(path, '/image'):
        pass


# By name: what writes a file that is right, its name, and what reads the file of that path.
READERS = {
    'archive': (write_arrays, 'a.npz', lambda path: read_arrays(path.read_bytes())),
    'bag of ROS 1': (write_ros_1_bag, 'a.bag', read_ros_1_bag),
    'bag of ROS 1, packed': (
        lambda path: write_ros_1_bag(path, Writer.CompressionFormat.LZ4), 'a.bag', read_ros_1_bag),
    'bag of MCAP, packed': (write_packed_recording, 'a.mcap.zstd', read_all),
    'bag of SQLite': (write_recording('sqlite3'), 'a.db3', read_all),
    'bag of MCAP': (write_recording('mcap'), 'a.mcap', read_all),
    'checkpoint': (write_checkpoint, 'a.npz', lambda path: parse_checkpoint(path.read_bytes(),
                                                                            path)),
    'class list': (write_text('- {name: a, color: [1, 2, 3]}\n- b\n'), 'a.yaml', read_class_list),
    'dataset': (write_text(OWN_DATA), 'dataset.yaml', read_dataset_file),
    'image': (write_image, 'a.png', read_rgb),
    'JPEG': (write_image, 'a.jpg', read_rgb),
    'JSON': (write_text('{"a": [1, 2.5, null, "b"]}'), 'a.json',
             lambda path: parse_json(path.read_bytes())),
    'labels': (write_labels, 'a.png', read_label_values),
    'recipe': (write_text(RECIPE), 'a.yaml', read_recipe),
    'record of a run': (write_text(json.dumps([{'command': 'x', 'iteration': 0}])), 'run.json',
                        lambda path: read_starts(path.parent)),
    'YAML': (write_text('a: &x [1, 2.5, 2026-01-02]\nb: {<<: {c: 1}, d: *x}\n'), 'a.yaml',
             lambda path: parse_yaml(path.read_bytes())),
}

EDITS = st.lists(st.tuples(
    st.floats(0, 1), st.integers(0, 12), st.one_of(st.binary(max_size=12),
                                                   st.sampled_from(TOKENS))),
    min_size=1, max_size=6)


def edit(content, edits):
    """Return bytes with parts replaced: (place of 0 to 1, bytes taken out, bytes put in)."""
    for place, taken, put in edits:
        start = int(place * len(content))
        content = content[:start] + put + content[start + taken:]
    return content


given_to = Counter()  # changed files or messages by reader


def draw_edits(rng):
    """Return edits as ``EDITS`` draws them, but a hundred times as fast."""
    return [(rng.random(), rng.randint(0, 12), rng.choice(TOKENS) if rng.random() < 0.5 else
             bytes(rng.randrange(256) for _ in range(rng.randint(0, 12))))
            for _ in range(rng.randint(1, 6))]


def guard(name, read, *arguments):
    """Let a reader read; whatever else than an error of ours it raises, or takes, is a bug."""
    given_to[name] += 1
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.monotonic()
    try:
        read(*arguments)
    except (LsnetError, OSError) as error:
        assert len(str(error)) < 20000
    assert time.monotonic() - started < LONGEST_S
    assert 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) < MOST_MEMORY


def fuzz(name, path, content, read, examples=12, share=1.0):
    """
    Give changed bytes to a reader, until the time is over if there is some.

    :param share: of the time of a test
    """
    @settings(max_examples=examples, deadline=None, database=None,
              suppress_health_check=list(HealthCheck))
    @given(EDITS)
    def check(edits):
        path.write_bytes(edit(content, edits))
        guard(name, read, path)

    check()
    for rng in rounds(share):
        edits = draw_edits(rng)
        path.write_bytes(edit(content, edits))
        try:
            guard(name, read, path)
        except Exception as error:
            raise AssertionError('{}: {!r}'.format(name, edits)) from error
    print('{}: {} given'.format(name, given_to[name]))


def rounds(share=1.0):
    """Yield a random generator until this test's share of the time is over."""
    rng = random.Random(os.urandom(8))
    end = time.monotonic() + share * 60 * MINUTES / (len(READERS) + OTHERS)
    while time.monotonic() < end:
        yield rng


@pytest.mark.parametrize('name', sorted(READERS))
def test_changed_files_are_read_or_refused(name, tmp_path):
    write, filename, read = READERS[name]
    path = tmp_path / filename
    write(path)
    content = path.read_bytes()
    read(path)  # what is right is read
    fuzz(name, path, content, read)


def test_changed_cards_are_read_or_refused(tiny_model, tmp_path):
    folder = tmp_path / 'model'
    shutil.copytree(str(tiny_model), str(folder))
    fuzz('model card', folder / 'model.yaml', (folder / 'model.yaml').read_bytes(),
         lambda path: read_model(path.parent))


def test_changed_onnx_files_are_checked_or_refused(tiny_model, tmp_path):
    content = (Path(str(tiny_model)) / 'model.onnx').read_bytes()
    check_onnx(content)
    fuzz('ONNX file', tmp_path / 'model.onnx', content, lambda path: check_onnx(path.read_bytes()))


def test_changed_engines_are_read_or_refused(tmp_path):
    path, key = tmp_path / 'a', {'model': 'a', 'gpu': 'none', 'batch': 1}
    engine = b'an engine' * 10
    (tmp_path / 'a.engine').write_bytes(engine)
    (tmp_path / 'a.json').write_text(json.dumps({
        'format': engine_cache.FORMAT, 'key': key, 'precision': 'fp16', 'bytes': len(engine),
        'sha256': hashlib.sha256(engine).hexdigest(), 'attempts': [
            {'precision': 'fp16', 'passed': True, 'reason': ''}]}))
    assert engine_cache._read(path, key).content == engine
    for name in ('a.json', 'a.engine'):
        content = (tmp_path / name).read_bytes()
        fuzz('engine, ' + name, tmp_path / name, content,
             lambda changed: engine_cache._read(path, key), share=0.5)
        (tmp_path / name).write_bytes(content)


def test_changed_published_checkpoints_are_read_or_refused(tmp_path):
    """Each in a child process, which takes seconds."""
    torch = pytest.importorskip('torch')
    torch.save({'state_dict': {'conv.weight': torch.ones(2, 3)}}, str(tmp_path / 'a.pth'))
    content = (tmp_path / 'a.pth').read_bytes()
    assert read_checkpoint(tmp_path / 'a.pth')['conv.weight'].shape == (2, 3)
    fuzz('published checkpoint', tmp_path / 'a.pth', content, read_checkpoint, examples=1)


def draw_image(rng):
    """Return an image message that may lie about its size, its encoding and its data."""
    height, width, channels = rng.randint(0, 9), rng.randint(0, 9), rng.randint(1, 8)
    sizes = [0, 1, 2 ** 15 - 1, 2 ** 31, 2 ** 32 - 1]
    honest = rng.random() < 0.5
    return SimpleNamespace(
        height=height if honest or rng.random() < 0.7 else rng.choice(sizes),
        width=width if honest or rng.random() < 0.7 else rng.choice(sizes),
        step=width * channels if honest or rng.random() < 0.7 else rng.choice(sizes),
        encoding=rng.choice(sorted(messages.ENCODINGS) + ['', '8UC9', 'rgb8; png compressed']),
        is_bigendian=rng.randint(0, 1),
        data=os.urandom(height * width * channels if honest else rng.randint(0, 500)))


def test_image_messages_are_read_or_refused():
    rng = random.Random(0)
    for _ in range(300):
        message = draw_image(rng)
        for read in (messages.to_rgb, messages.to_class_ids):
            guard('image message', read, message)
    for rng in rounds():
        guard('image message', messages.to_rgb, draw_image(rng))
    print('image message: {} given'.format(given_to['image message']))


def test_compressed_messages_are_read_or_refused():
    seeded = random.Random(0)
    pictures = [cv2.imencode(suffix, np.arange(192, dtype=np.uint8).reshape(8, 8, 3))[1].tobytes()
                for suffix in ('.png', '.jpg')]
    formats = ['jpeg', 'png', 'rgb8; jpeg compressed bgr8', 'bayer_rggb8; png compressed', '', ';']

    def draw(rng):
        return SimpleNamespace(format=rng.choice(formats),
                               data=edit(rng.choice(pictures), draw_edits(rng)))

    for _ in range(100):
        guard('compressed message', messages.decompress, draw(seeded))
    for rng in rounds():
        guard('compressed message', messages.decompress, draw(rng))
    print('compressed message: {} given'.format(given_to['compressed message']))


def test_files_of_a_latency_run_are_read_or_refused(write_run, tmp_path):
    write_run(tmp_path, frames=20)
    files = [(path, path.read_bytes()) for path in sorted(tmp_path.iterdir())]
    assert len(files) == 3
    for path, content in files:
        read_run(tmp_path)
        fuzz('file of a latency run', path, content, lambda path: read_run(path.parent))
        path.write_bytes(content)
