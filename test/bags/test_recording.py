# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""What a bag holds or says besides the topics asked for is never in their way."""

import errno
import os
import re
import shutil
import sqlite3
import struct
import subprocess

import numpy as np
import pytest
from rosbags.interfaces import (
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
from rosbags.typesys import get_typestore, Stores

from lsnet_ros.bags import BagError, read_bag, recording, write_bag
from lsnet_ros.frames import Frame

TYPES = get_typestore(Stores.ROS2_HUMBLE)
IMAGE = 'sensor_msgs/msg/Image'
PLUGINS = {'.db3': StoragePlugin.SQLITE3, '.mcap': StoragePlugin.MCAP}
FOREVER = QosTime(9223372036, 854775807)
QOS = Qos(QosHistory.KEEP_LAST, 10, QosReliability.RELIABLE, QosDurability.VOLATILE, FOREVER,
          FOREVER, QosLiveliness.AUTOMATIC, FOREVER, False)
VALUES = [10, 20, 30, 40, 50, 60]  # of the frames
both_storages = pytest.mark.parametrize('suffix', sorted(PLUGINS))


def image_msg(stamp, value):
    time = TYPES.types['builtin_interfaces/msg/Time'](*divmod(stamp, 10**9))
    header = TYPES.types['std_msgs/msg/Header'](stamp=time, frame_id='')
    return TYPES.types[IMAGE](header, 20, 30, 'rgb8', 0, 90, np.full(1800, value, np.uint8))


def record(path, suffix, other=None, compression=None, **options):
    """Record a frame of each value, and a message of another topic after each."""
    writer = Writer(path, version=9, storage_plugin=PLUGINS[suffix])
    if compression:
        writer.set_compression(compression, CompressionFormat.ZSTD)
    with writer:
        camera = writer.add_connection('/camera', IMAGE, typestore=TYPES,
                                       offered_qos_profiles=[QOS])
        if other:
            msgtype, definition = other
            others = writer.add_connection('/other', msgtype, msgdef=definition,
                                           rihs01='RIHS01_' + '0' * 64, **options)
        for time, value in enumerate(VALUES):
            writer.write(camera, time, TYPES.serialize_cdr(image_msg(time, value), IMAGE))
            if other:
                writer.write(others, time, b'\0\1\0\0whatever')
    return path


def values(path):
    """Return the values of the frames that are read."""
    return [int(frame.image[0, 0, 0]) for frame in read_bag(path, '/camera')]


def storage_file(bag):
    return next(path for path in bag.iterdir() if path.name != 'metadata.yaml')


def edit(path, pattern, text):
    """Replace what a pattern finds in metadata.yaml, which has to be there."""
    content = (path / 'metadata.yaml').read_text()
    assert re.search(pattern, content)
    (path / 'metadata.yaml').write_text(re.sub(pattern, text, content))


def refusal(path):
    with pytest.raises(BagError) as caught:
        values(path)
    assert '\n' not in str(caught.value)
    return str(caught.value)


@both_storages
@pytest.mark.parametrize('other', [
    ('own/msg/Odd', ''),
    ('own/msg/Odd', 'this is no definition!'),
    ('own/msg/Odd', 'own/Missing value\n'),
    ('std_srvs/srv/SetBool_Event', 'service_msgs/ServiceEventInfo info\n'
     'SetBool_Request[<=1] request\nSetBool_Response[<=1] response\n'),
    ('own/action/Dig_FeedbackMessage', '=' * 80 + '\nIDL: own/action/Dig\nmodule {'),
])
def test_types_of_another_topic_are_not_in_the_way(tmp_path, suffix, other):
    assert values(record(tmp_path / 'bag', suffix, other)) == VALUES


@both_storages
def test_another_topic_may_be_serialised_in_its_own_way(tmp_path, suffix):
    bag = record(tmp_path / 'bag', suffix, ('own/msg/Odd', 'int8 x\n'),
                 serialization_format='protobuf')
    assert values(bag) == VALUES
    with pytest.raises(BagError, match='/other is own/msg/Odd: expected sensor_msgs/msg/Image'):
        list(read_bag(bag, '/other'))


@both_storages
def test_a_topic_of_images_that_is_not_cdr_is_refused(tmp_path, suffix):
    bag = record(tmp_path / 'bag', suffix, (IMAGE, 'int8 x\n'), serialization_format='protobuf')
    with pytest.raises(BagError, match="/other is serialised as 'protobuf': expected cdr or"):
        list(read_bag(bag, '/other'))


@both_storages
@pytest.mark.parametrize('schema', ['unknown', 'ros2xml'])
def test_definitions_of_an_unknown_kind_are_not_in_the_way(tmp_path, suffix, schema):
    """A recorder that finds no definition of a type calls its encoding unknown."""
    bag = record(tmp_path / 'bag', suffix, ('own/msg/Odd', 'int8 x\n'))
    if suffix == '.db3':
        with sqlite3.connect(str(storage_file(bag))) as database:
            database.execute('UPDATE message_definitions SET encoding = ?', [schema])
    else:
        content = storage_file(bag).read_bytes()
        assert content.count(b'ros2msg') == 4  # each of two in the data and in the summary
        storage_file(bag).write_bytes(content.replace(b'ros2msg', schema.encode()))
    assert values(bag) == VALUES
    assert values(storage_file(bag)) == VALUES


def test_definitions_that_are_no_text_are_not_in_the_way(tmp_path):
    bag = record(tmp_path / 'bag', '.mcap', ('own/msg/Odd', 'int8 binary\n'))
    content = storage_file(bag).read_bytes()
    storage_file(bag).write_bytes(content.replace(b'int8 binary', b'\xff\xfe\0\1\2binary'))
    assert values(bag) == VALUES


@both_storages
@pytest.mark.parametrize('pattern, text', [
    ('reliability: reliable', 'reliability: very_reliable'),
    ('reliability: reliable', 'reliability: best_effort'),  # not as recorded
    ('reliability: reliable', 'reliability: 7'),
    ('reliability: reliable', 'reliability: 1.5'),
    ('reliability: reliable', 'reliability:'),
    ('durability: volatile', 'durability: [1]'),
    (' +depth: 10\n', ''),
    ('(?s)offered_qos_profiles:.*?type_description_hash', 'type_description_hash'),
    ('(?s)offered_qos_profiles:.*?type_description_hash',
     'offered_qos_profiles: "- history: ["\n      type_description_hash'),
    ('type_description_hash: .*', 'type_description_hash: RIHS01_0'),
    ('message_count: 6', 'message_count: 2'),
    ('message_count: 6', 'message_count: 0'),
    ('message_count: 6', 'message_count: many'),
    ('- message_count: 6\n +topic', '- topic'),
    ('storage_identifier: .*', "storage_identifier: ''"),
    ('storage_identifier: .*', 'storage_identifier: my_own'),
    ('compression_mode: .*', 'compression_mode: FILE'),
    ('version: 9', 'version: 10'),
    ('(?s)topics_with_message_count:.*', ''),
    ('type: sensor_msgs/msg/Image', 'type: own/msg/Odd'),
    ('serialization_format: cdr', "serialization_format: ''"),
])
def test_what_was_edited_in_the_metadata_costs_no_frame(tmp_path, suffix, pattern, text):
    bag = record(tmp_path / 'bag', suffix)
    edit(bag, pattern, text)
    assert values(bag) == VALUES


@both_storages
def test_a_clock_that_was_set_back_does_not_change_the_order(tmp_path, suffix):
    with Writer(tmp_path / 'bag', version=9, storage_plugin=PLUGINS[suffix]) as writer:
        camera = writer.add_connection('/camera', IMAGE, typestore=TYPES)
        for time, value in ((70, 10), (80, 20), (71, 30), (5, 40)):
            writer.write(camera, time, TYPES.serialize_cdr(image_msg(time, value), IMAGE))
    assert values(tmp_path / 'bag') == [10, 20, 30, 40]


def test_a_count_that_is_too_high_tells_of_lost_messages(tmp_path):
    bag = record(tmp_path / 'bag', '.db3')
    edit(bag, 'message_count: 6', 'message_count: 8')
    assert refusal(bag).endswith('(it ends 2 messages too early): record or copy it again')


@pytest.mark.parametrize('text, reason', [
    ("''", 'it names no files'), ('[]', 'it names no files'),
    ('3', "'int' object is not iterable"),
])
def test_metadata_without_files_is_made_anew(tmp_path, text, reason):
    bag = record(tmp_path / 'bag', '.db3')
    edit(bag, r'(?s)relative_file_paths:\n *- \S*', 'relative_file_paths: ' + text)
    assert refusal(bag) == (
        '{0} cannot be read as a bag (metadata.yaml does not name its files: {1}): "ros2 bag '
        'reindex {0}" writes it anew'.format(bag, reason))


def test_a_file_that_is_missing_is_named(tmp_path):
    bag = record(tmp_path / 'bag', '.db3')
    storage_file(bag).unlink()
    assert '(bag.db3 of metadata.yaml is not there): record or copy it again' in refusal(bag)


@both_storages
@pytest.mark.parametrize('name', ['run #2', 'a%25b', 'what?', 'x?mode=memory', "it's", 'größe'])
def test_the_path_may_hold_any_character(tmp_path, suffix, name):
    (tmp_path / name).mkdir()
    shutil.move(str(record(tmp_path / 'bag', suffix)), str(tmp_path / name / 'bag'))
    assert values(tmp_path / name / 'bag') == VALUES
    assert values(storage_file(tmp_path / name / 'bag')) == VALUES


@pytest.mark.parametrize('name', ['run #2', 'a%25b', 'what?'])
def test_a_bag_is_not_written_where_sqlite_would_write_another_file(tmp_path, name):
    frame = Frame('x', np.zeros((2, 3, 3), np.uint8), np.zeros((2, 3), np.uint8), 5)
    with pytest.raises(BagError, match='choose another name, or mcap as storage'):
        write_bag(tmp_path / name, [frame])
    assert os.listdir(str(tmp_path)) == []
    assert write_bag(tmp_path / name, [frame], storage='mcap') == 1
    assert write_bag(tmp_path / '100 %', [frame]) == 1
    assert len(list(read_bag(tmp_path / '100 %', '/image'))) == 1


def test_a_cut_mcap_file_names_the_command_that_helps(tmp_path):
    file = storage_file(record(tmp_path / 'my bag', '.mcap'))
    content = file.read_bytes()
    for length in (8, 20, len(content) // 2, len(content) - 1):
        file.write_bytes(content[:length])
        for path in (file, file.parent):
            assert refusal(path).endswith(
                '): "mcap recover \'{}\' -o whole.mcap" saves what is left in it'.format(file))


def test_an_mcap_file_that_is_damaged_within_is_told_too(tmp_path):
    file = storage_file(record(tmp_path / 'bag', '.mcap', compression=CompressionMode.STORAGE))
    content = bytearray(file.read_bytes())
    content[120:140] = bytes(20)
    file.write_bytes(content)
    assert 'mcap recover' in refusal(file)


def test_a_cut_sqlite_file_names_a_command_that_helps(tmp_path):
    file = storage_file(record(tmp_path / 'bag', '.db3'))
    content = file.read_bytes()
    for length in (30, 4096, len(content) // 2, len(content) - 1):
        file.write_bytes(content[:length])
        assert refusal(file).endswith(
            '): "sqlite3 {} .dump | sed \'s/^ROLLBACK.*/COMMIT;/\' | sqlite3 whole.db3" saves '
            'what is left in it'.format(file))
    if not shutil.which('sqlite3'):
        pytest.skip('no sqlite3 to try the command with')
    file.write_bytes(content[:len(content) - 4096])
    command = re.search('"(.*)"', refusal(file)).group(1)
    subprocess.check_call(['sh', '-c', command], cwd=str(tmp_path))
    saved = values(tmp_path / 'whole.db3')
    assert saved and saved == VALUES[:len(saved)]


@both_storages
@pytest.mark.parametrize('content, reason', [
    (b'', 'it is empty'), (b'<html>not found</html>', 'it does not start as a {} file')])
def test_a_file_of_another_kind_is_not_sent_to_be_recovered(tmp_path, suffix, content, reason):
    file = tmp_path / ('drive' + suffix)
    file.write_bytes(content)
    assert refusal(file) == '{} cannot be read as a bag ({}): record or copy it again'.format(
        file, reason.format(suffix))


def test_a_file_that_may_not_be_read_is_not_called_damaged(tmp_path, monkeypatch):
    file = storage_file(record(tmp_path / 'bag', '.mcap'))

    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, 'Permission denied', str(file))
    monkeypatch.setattr(type(file), 'open', refuse)  # the owner of a container may read everything
    with pytest.raises(PermissionError):
        values(file)


@both_storages
@pytest.mark.parametrize('mode', ['FILE', 'MESSAGE', 'STORAGE'])
def test_each_compression_is_undone(tmp_path, suffix, mode):
    if (suffix, mode) == ('.db3', 'STORAGE'):
        pytest.skip('there is none')
    bag = record(tmp_path / 'bag', suffix, compression=CompressionMode[mode])
    assert values(bag) == VALUES
    assert values(storage_file(bag)) == VALUES
    edit(bag, 'compression_mode: .*', "compression_mode: ''")
    assert values(bag) == VALUES


@both_storages
@pytest.mark.parametrize('packed', ['.zst', '.zstd', '.ZST'])
def test_a_file_that_was_compressed_by_hand_is_a_bag(tmp_path, suffix, packed):
    file = storage_file(record(tmp_path / 'bag', suffix))
    with recording.zstd.open(str(file) + packed, 'wb') as out:
        out.write(file.read_bytes())
    file.unlink()
    assert values(file.with_name(file.name + packed)) == VALUES


def test_a_damaged_file_that_is_compressed_is_unpacked_first(tmp_path):
    file = storage_file(record(tmp_path / 'bag', '.mcap'))
    packed = file.with_name('bag.mcap.zstd')
    packed.write_bytes(recording.zstd.compress(file.read_bytes()[:3000]))
    assert refusal(packed).endswith(
        '): "zstd -d {0} -o {1}" unpacks it and "mcap recover {1} -o whole.mcap" saves what is '
        'left in it'.format(packed, file))
    packed.write_bytes(packed.read_bytes()[:-9])
    assert refusal(packed).endswith('): record or copy it again')
    assert str(packed) in refusal(packed)


def test_a_disk_that_is_too_small_to_unpack_is_not_filled(tmp_path, monkeypatch):
    space = shutil._ntuple_diskusage(total=1000, used=951, free=49)
    bag = record(tmp_path / 'bag', '.db3', compression=CompressionMode.FILE)
    monkeypatch.setattr(recording.shutil, 'disk_usage', lambda folder: space)
    assert re.search(r'cannot be unpacked in \S+ \(5% of it stay free\): set TMPDIR to a',
                     refusal(bag))


def plain_mcap(records, summary=()):
    """Return an MCAP file of (opcode, content), without chunks as some recorders write it."""
    def put(opcode, content):
        return struct.pack('<BQ', opcode, len(content)) + content
    data = b'\x89MCAP0\r\n' + put(1, text('') + text('')) + b''.join(
        put(*record) for record in records) + put(15, bytes(4))
    position = len(data) if summary else 0
    return data + b''.join(put(*record) for record in summary) + put(
        2, struct.pack('<QQI', position, 0, 0)) + b'\x89MCAP0\r\n'


def text(value):
    return struct.pack('<I', len(value)) + value.encode()


def test_an_mcap_file_without_chunks_summary_and_order_is_read(tmp_path):
    schema = struct.pack('<H', 1) + text(IMAGE) + text('ros2msg') + text('')
    channels = [struct.pack('<HH', key, 1) + text(name) + text('cdr') + text('')
                for key, name in ((1, '/camera'), (2, '/rear'))]
    messages = [
        struct.pack('<HIQQ', channel, 0, time, time) + TYPES.serialize_cdr(
            image_msg(time, value), IMAGE).tobytes()
        for channel, time, value in ((1, 5, 10), (2, 4, 90), (1, 6, 20))]
    records = [(3, schema)] + [(4, channel) for channel in channels] + [
        (5, message) for message in messages]
    file = tmp_path / 'drive.mcap'
    file.write_bytes(plain_mcap(records))
    assert values(file) == [10, 20]
    counts = struct.pack('<QHIIIIQQI', 3, 1, 2, 0, 0, 0, 4, 6, 20) + struct.pack(
        '<HQHQ', 1, 4, 2, 1)
    file.write_bytes(plain_mcap(records, [(11, counts)]))
    assert 'it ends 2 messages too early' in refusal(file)
