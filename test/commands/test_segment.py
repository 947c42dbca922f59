# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet segment``: what it writes, and what it says of what it cannot read."""

import json

import cv2
import numpy as np
import pytest

from lsnet_ros.cli import main
from lsnet_ros.labels.drawing import overlay
from lsnet_ros.labels.label_sets import label_set
from lsnet_ros.models.folder import read_model
from lsnet_ros.segmenter import Segmenter


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


def test_confidences_are_written_when_asked_for(tiny_model, frame, tmp_path):
    write(tmp_path / 'street.png', frame)
    assert segment(tiny_model, tmp_path / 'street.png', tmp_path / 'out', '--confidence') == 0
    expected = Segmenter(read_model(tiny_model), 'onnx').segment(frame, True).confidence
    assert names(tmp_path / 'out') == ['street_confidence.png', 'street_mask.png',
                                       'street_overlay.png']
    np.testing.assert_array_equal(read(tmp_path / 'out' / 'street_confidence.png'), expected)


def test_groups_take_the_place_of_classes(tiny_model, frame, tmp_path):
    cv2.imwrite(str(tmp_path / 'street.png'), frame[..., ::-1])
    assert main(['segment', str(tmp_path / 'street.png'), '--model', str(tiny_model), '--output',
                 str(tmp_path / 'out'), '--groups', 'drivable', '--confidence']) == 0
    found = Segmenter(read_model(tiny_model)).segment(frame, True)
    group_of = np.full(11, 2)  # by CamVid's class id
    group_of[[3, 4, 0]] = [0, 1, 3]
    mask = cv2.imread(str(tmp_path / 'out' / 'street_mask.png'), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(mask, group_of[found.class_ids])
    confidence = cv2.imread(str(tmp_path / 'out' / 'street_confidence.png'), 0)
    np.testing.assert_array_equal(confidence, found.confidence)


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
    (source / 'torn.jpg').write_bytes((source / 'torn.jpg').read_bytes()[:9000])
    (source / 'empty.png').write_bytes(b'')
    report_path = tmp_path / 'r.json'
    assert segment(tiny_model, source, tmp_path / 'out', '--json', str(report_path)) == 1
    assert names(tmp_path / 'out') == ['good_mask.png', 'good_overlay.png']
    report = json.loads(report_path.read_text())
    assert (report['frames'], report['failed']) == (1, ['empty.png', 'torn.jpg'])
    assert [line for line in capsys.readouterr().err.splitlines() if 'lsnet' in line] == [
        'lsnet: empty.png cannot be read as an image (found no header of a BMP, JPEG, PNG, PNM, '
        'TIFF or WebP file), torn.jpg ends before its image does, after 9000 bytes; replace or '
        'remove them']


def test_the_mask_is_that_of_the_pixels_as_stored(tiny_model, frame, tmp_path):
    """An upright camera writes its orientation into the file; cv2.imread turns the picture."""
    write(tmp_path / 'plain.jpg', frame)
    turned = (b'\xff\xe1\x00\x22Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01'
              b'\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00')
    data = (tmp_path / 'plain.jpg').read_bytes()
    (tmp_path / 'turned.jpg').write_bytes(data[:2] + turned + data[2:])
    assert cv2.imread(str(tmp_path / 'turned.jpg')).shape == (480, 360, 3)
    for name in ('plain', 'turned'):
        assert segment(tiny_model, tmp_path / (name + '.jpg'), tmp_path / 'out') == 0
    masks = [read(tmp_path / 'out' / (name + '_mask.png')) for name in ('plain', 'turned')]
    assert masks[0].shape == (360, 480)
    np.testing.assert_array_equal(masks[1], masks[0])


def test_many_unreadable_images_are_counted(tiny_model, tmp_path, capsys):
    source = tmp_path / 'in'
    source.mkdir()
    for index in range(7):
        (source / '{}.png'.format(index)).write_bytes(b'')
    assert segment(tiny_model, source, tmp_path / 'out') == 1
    line, = [line for line in capsys.readouterr().err.splitlines() if 'lsnet' in line]
    assert line.count('.png cannot be read') == 5 and ' and 2 more; replace' in line


@pytest.mark.parametrize('name, content, problem', [
    ('missing', None, 'missing does not exist: give an image, a folder of images or a video'),
    ('notes.txt', b'no video', 'notes.txt cannot be read as a video: expected one that OpenCV'),
    ('folder', 'folder', 'folder holds no images: expected files that end in .bmp, .jpeg'),
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


@pytest.mark.parametrize('owned', ['a_mask.png', 'a_overlay.png', 'a_confidence.png'])
def test_a_file_of_the_owner_is_kept_unless_overwritten(tiny_model, frame, tmp_path, capsys,
                                                        owned):
    (tmp_path / 'in').mkdir()
    (tmp_path / 'out').mkdir()
    for name in ('a.png', 'b.png'):
        write(tmp_path / 'in' / name, frame)
    (tmp_path / 'out' / owned).write_bytes(b'drawn by hand')
    assert segment(tiny_model, tmp_path / 'in', tmp_path / 'out', '--confidence') == 1
    assert names(tmp_path / 'out') == [owned, 'b_confidence.png', 'b_mask.png', 'b_overlay.png']
    assert (tmp_path / 'out' / owned).read_bytes() == b'drawn by hand'
    assert 'lsnet: {} in {} are not overwritten: choose'.format(
        owned, tmp_path / 'out') in capsys.readouterr().err
    assert segment(tiny_model, tmp_path / 'in', tmp_path / 'out', '--confidence',
                   '--overwrite') == 0
    assert read(tmp_path / 'out' / owned).shape[:2] == frame.shape[:2]


def test_two_images_of_one_output_name_do_not_replace_each_other(tiny_model, frame, tmp_path):
    for name in ('a.png', 'a.jpg', 'a.png.jpg'):  # a.png, a.jpg and a.png without suffix
        write(tmp_path / name, frame)
    assert segment(tiny_model, tmp_path, tmp_path / 'out') == 1


@pytest.mark.parametrize('make', [
    lambda path: path.mkdir(),
    lambda path: path.write_bytes(b'P6\n2000000 2000000\n255\n' + b'x' * 100),
])
def test_what_raises_while_it_is_read_does_not_end_the_others(tiny_model, frame, tmp_path, make):
    source = tmp_path / 'in'
    source.mkdir()
    make(source / 'a.ppm')
    write(source / 'b.png', frame)
    assert segment(tiny_model, source, tmp_path / 'out') == 1
    assert names(tmp_path / 'out') == ['b_mask.png', 'b_overlay.png']


def test_a_link_to_nowhere_is_skipped_and_named(tiny_model, frame, tmp_path, caplog):
    source = tmp_path / 'in'
    source.mkdir()
    (source / 'a.png').symlink_to('nowhere')
    write(source / 'b.png', frame)
    assert segment(tiny_model, source, tmp_path / 'out') == 0
    assert names(tmp_path / 'out') == ['b_mask.png', 'b_overlay.png']
    assert 'links to nowhere: a.png' in caplog.text


def test_a_tilde_in_an_option_is_the_home(tiny_model, frame, tmp_path, monkeypatch):
    monkeypatch.setenv('HOME', str(tmp_path))
    monkeypatch.chdir(tmp_path)
    write(tmp_path / 'street.png', frame)
    assert segment(tiny_model, '~/street.png', '~/out') == 0
    assert names(tmp_path / 'out') == ['street_mask.png', 'street_overlay.png']
    assert not (tmp_path / '~').exists()


def test_photos_of_other_formats_are_named(tiny_model, frame, tmp_path, capsys):
    source = tmp_path / 'in'
    source.mkdir()
    write(source / 'a.png', frame)
    for name in ('b.HEIC', 'c.avif'):
        (source / name).write_bytes(b'x')
    assert segment(tiny_model, source, tmp_path / 'out') == 1
    assert 'lsnet: b.HEIC, c.avif not read, expected .bmp, ' in capsys.readouterr().err
    assert names(tmp_path / 'out') == ['a_mask.png', 'a_overlay.png']


def test_frames_that_a_video_lacks_are_counted(tiny_model, frame, tmp_path, capsys):
    path = tmp_path / 'drive.avi'
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'MJPG'), 10, (480, 360))
    if not writer.isOpened():
        pytest.skip('this OpenCV writes no video')
    for _ in range(6):
        writer.write(frame)
    writer.release()
    path.write_bytes(path.read_bytes()[:path.stat().st_size // 2])
    assert segment(tiny_model, path, tmp_path / 'out') == 1
    assert 'drive.avi: 3 of 6 frames cannot be decoded; copy' in capsys.readouterr().err
