# Copyright 2026 The lsnet_ros authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.
"""``lsnet segment``: what it writes, and what it says of what it cannot read."""

import json

import cv2
from lsnet_ros.cli import main
from lsnet_ros.drawing import overlay
from lsnet_ros.labels import label_set
from lsnet_ros.model_files import read_model
from lsnet_ros.segmenter import Segmenter
import numpy as np
import pytest


def write(path, image):
    assert cv2.imwrite(str(path), image[..., ::-1])


def read(path):
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    return image if image.ndim == 2 else image[..., ::-1]


def segment(tiny_model, source, output, *more):
    return main(['segment', str(source), '--model', str(tiny_model), '--output', str(output),
                 '--backend', 'onnx']
                + list(more))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_an_image_gives_class_ids_and_an_overlay(tiny_model, frame, tmp_path):
    write(tmp_path / 'street.png', frame)
    assert segment(tiny_model, tmp_path / 'street.png', tmp_path / 'out') == 0
    expected = Segmenter(read_model(tiny_model), 'onnx').segment(frame).class_ids
    assert names(tmp_path / 'out') == ['street_mask.png', 'street_overlay.png']
    np.testing.assert_array_equal(read(tmp_path / 'out' / 'street_mask.png'), expected)
    np.testing.assert_array_equal(read(tmp_path / 'out' / 'street_overlay.png'),
                                  overlay(frame, expected, label_set('camvid').palette))


def test_a_folder_is_segmented_image_by_image(tiny_model, frame, tmp_path):
    source = tmp_path / 'in'
    source.mkdir()
    for name in ('b.png', 'a.JPG', 'c.png', 'c.jpg'):
        write(source / name, frame)
    (source / 'notes.txt').write_text('not an image')
    assert segment(tiny_model, source, tmp_path / 'out', '--json', str(tmp_path / 'r.json')) == 0
    assert names(tmp_path / 'out') == [
        'a_mask.png', 'a_overlay.png', 'b_mask.png', 'b_overlay.png', 'c.jpg_mask.png',
        'c.jpg_overlay.png', 'c.png_mask.png', 'c.png_overlay.png']
    assert json.loads((tmp_path / 'r.json').read_text()) == {
        'model': 'tiny', 'backend': 'onnx', 'output': str(tmp_path / 'out'), 'frames': 4,
        'failed': []}


def test_a_video_is_segmented_frame_by_frame(tiny_model, frame, tmp_path):
    path = tmp_path / 'drive.avi'
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'MJPG'), 10, (480, 360))
    if not writer.isOpened():
        pytest.skip('this OpenCV writes no video')
    for shift in range(3):
        writer.write(np.roll(frame, 20 * shift, 1)[..., ::-1])
    writer.release()
    assert segment(tiny_model, path, tmp_path / 'out') == 0
    masks = sorted((tmp_path / 'out').glob('*_mask.png'))
    assert [mask.name for mask in masks] == ['drive_00000{}_mask.png'.format(i) for i in range(3)]
    assert read(masks[0]).shape == (360, 480)
    assert not np.array_equal(read(masks[0]), read(masks[1]))


def test_an_unreadable_image_is_named_and_the_others_are_done(tiny_model, frame, tmp_path, capsys):
    source = tmp_path / 'in'
    source.mkdir()
    write(source / 'good.png', frame)
    write(source / 'torn.jpg', frame)
    (source / 'torn.jpg').write_bytes((source / 'torn.jpg').read_bytes()[:-1000])
    (source / 'empty.png').write_bytes(b'')
    report_path = tmp_path / 'r.json'
    assert segment(tiny_model, source, tmp_path / 'out', '--json', str(report_path)) == 1
    assert names(tmp_path / 'out') == ['good_mask.png', 'good_overlay.png']
    report = json.loads(report_path.read_text())
    assert (report['frames'], report['failed']) == (1, ['empty.png', 'torn.jpg'])
    assert [line for line in capsys.readouterr().err.splitlines() if 'lsnet' in line] == [
        'lsnet: cannot be read as images: empty.png, torn.jpg; replace or remove them']


def test_many_unreadable_images_are_counted(tiny_model, tmp_path, capsys):
    source = tmp_path / 'in'
    source.mkdir()
    for index in range(7):
        (source / '{}.png'.format(index)).write_bytes(b'')
    assert segment(tiny_model, source, tmp_path / 'out') == 1
    assert '0.png, 1.png, 2.png, 3.png, 4.png and 2 more;' in capsys.readouterr().err


@pytest.mark.parametrize('name, content, problem', [
    ('missing', None, 'missing is not there: give an image, a folder of images or a video'),
    ('notes.txt', b'no video', 'notes.txt cannot be read as a video: expected one that OpenCV'),
    ('folder', 'folder', 'folder holds no image: expected files that end in .bmp, .jpeg'),
])
def test_what_cannot_be_segmented_is_one_line(tiny_model, tmp_path, capfd, name, content, problem):
    if content == 'folder':
        (tmp_path / name).mkdir()
    elif content is not None:
        (tmp_path / name).write_bytes(content)
    assert segment(tiny_model, tmp_path / name, tmp_path / 'out') == 1
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 1 and lines[0].startswith('lsnet: ' + str(tmp_path)), lines
    assert problem in lines[0]
    assert not (tmp_path / 'out').exists()


def test_an_output_folder_that_is_a_file_is_one_line(tiny_model, frame, tmp_path, capfd):
    write(tmp_path / 'street.png', frame)
    (tmp_path / 'out').write_bytes(b'')
    assert segment(tiny_model, tmp_path / 'street.png', tmp_path / 'out') == 1
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 1 and str(tmp_path / 'out') in lines[0]
    assert (tmp_path / 'out').read_bytes() == b''
