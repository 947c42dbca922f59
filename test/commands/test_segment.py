# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet segment``: what it writes, and what it says of what it cannot read."""

import json
import struct

import cv2
import numpy as np
import pytest

from lsnet_ros.cli import main
from lsnet_ros.commands import segment as segment_command
from lsnet_ros.frames import video_file
from lsnet_ros.frames.video_file import writing_video
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
    sources = source if isinstance(source, list) else [source]
    return main(['segment'] + [str(path) for path in sources]
                + ['--model', str(tiny_model), '--output', str(output), '--backend', 'onnx']
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


def test_several_inputs_are_segmented_in_one_call(tiny_model, video, frame, tmp_path, capsys):
    (tmp_path / 'in').mkdir()
    write(tmp_path / 'a.png', frame)
    write(tmp_path / 'in' / 'b.png', frame)
    sources = [tmp_path / 'a.png', tmp_path / 'in', video]
    assert segment(tiny_model, sources, tmp_path / 'out') == 0
    assert names(tmp_path / 'out') == [
        'a_mask.png', 'a_overlay.png', 'b_mask.png', 'b_overlay.png', 'drive_overlay.mp4']
    assert capsys.readouterr().out.startswith('5 frames segmented to ')


@pytest.mark.parametrize('more', [[], ['--overwrite']])
def test_inputs_of_one_name_do_not_replace_each_other(tiny_model, frame, tmp_path, capsys, more):
    for index, folder in enumerate(('left', 'right')):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder / 'a.png', np.roll(frame, 100 * index, 1))
    sources = [tmp_path / 'left', tmp_path / 'right']
    assert segment(tiny_model, sources, tmp_path / 'out', *more) == 1
    assert 'lsnet: a_mask.png would be written twice: segment' in capsys.readouterr().err
    expected = Segmenter(read_model(tiny_model), 'onnx').segment(frame).class_ids
    np.testing.assert_array_equal(read(tmp_path / 'out' / 'a_mask.png'), expected)


def test_one_bad_input_of_several_is_told_before_anything_is_written(
        tiny_model, frame, tmp_path, capsys):
    write(tmp_path / 'a.png', frame)
    assert segment(tiny_model, [tmp_path / 'a.png', tmp_path / 'b.png'], tmp_path / 'out') == 1
    assert 'b.png does not exist' in capsys.readouterr().err
    assert not (tmp_path / 'out').exists()


def test_chosen_classes_give_a_binary_mask_and_colour_nothing_else(tiny_model, frame, tmp_path):
    write(tmp_path / 'street.png', frame)
    assert segment(tiny_model, tmp_path / 'street.png', tmp_path / 'out',
                   '--classes', 'road, tree', '--polygons') == 0
    class_ids = Segmenter(read_model(tiny_model), 'onnx').segment(frame).class_ids
    chosen = (class_ids == 3) | (class_ids == 5)  # CamVid's road and tree
    assert 0 < chosen.mean() < 1
    np.testing.assert_array_equal(
        read(tmp_path / 'out' / 'street_mask.png'), np.where(chosen, 255, 0))
    drawn = read(tmp_path / 'out' / 'street_overlay.png')
    np.testing.assert_array_equal(drawn[~chosen], frame[~chosen])
    np.testing.assert_array_equal(
        drawn[chosen], overlay(frame, class_ids, label_set('camvid').palette)[chosen])
    polygons = json.loads((tmp_path / 'out' / 'street_polygons.json').read_text())
    found = [feature['properties'] for feature in polygons['features']]
    assert {entry['class'] for entry in found} <= {'road', 'tree'}
    assert sum(entry['pixels'] for entry in found) == chosen.sum()


def test_classes_may_be_groups(tiny_model, frame, tmp_path):
    write(tmp_path / 'street.png', frame)
    assert segment(tiny_model, tmp_path / 'street.png', tmp_path / 'out', '--groups', 'drivable',
                   '--classes', 'drivable') == 0
    class_ids = Segmenter(read_model(tiny_model), 'onnx').segment(frame).class_ids
    np.testing.assert_array_equal(
        read(tmp_path / 'out' / 'street_mask.png'), np.where(class_ids == 3, 255, 0))


def test_an_unknown_class_is_one_line_with_the_nearest_name(tiny_model, frame, tmp_path, capsys):
    write(tmp_path / 'street.png', frame)
    assert segment(tiny_model, tmp_path / 'street.png', tmp_path / 'out',
                   '--classes', 'pedestrain') == 1
    assert capsys.readouterr().err.startswith(
        "lsnet: class 'pedestrain' is not known (did you mean 'pedestrian'?): expected ")


def test_the_reason_for_the_backend_is_told_when_asked_for(tiny_model, frame, tmp_path, capsys):
    write(tmp_path / 'street.png', frame)
    device = Segmenter(read_model(tiny_model), 'onnx').backend.device
    for more, told in (([], 'onnx ({})'), (['-v', '--overwrite'], 'onnx ({}) was asked for')):
        assert segment(tiny_model, tmp_path / 'street.png', tmp_path / 'out', *more) == 0
        assert capsys.readouterr().out.splitlines()[1] == told.format(device)


def test_the_report_may_go_to_standard_output(tiny_model, frame, tmp_path, capsys):
    write(tmp_path / 'street.png', frame)
    assert segment(tiny_model, tmp_path / 'street.png', tmp_path / 'out', '--json', '-') == 0
    out, told = capsys.readouterr()
    assert json.loads(out) == {'model': 'tiny', 'backend': 'onnx', 'frames': 1, 'failed': [],
                               'output': str(tmp_path / 'out')}
    assert told.startswith('1 frame segmented to ')


def test_subfolders_are_segmented_into_folders_of_their_names(tiny_model, frame, tmp_path, capsys):
    source = tmp_path / 'drives'
    for name in ('a.png', 'front/a.png', 'front/far/b.jpg', '.cache/c.png', 'segmented/d.png'):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        write(source / name, frame)
    (source / 'front' / 'e.HEIC').write_bytes(b'x')
    (source / 'front' / 'torn.png').write_bytes(b'')
    (source / 'empty').mkdir()
    output = source / 'segmented'  # is in the folder itself, with a picture of an earlier call
    assert segment(tiny_model, source, output) == 1
    told = capsys.readouterr().err
    assert 'lsnet: front/e.HEIC not read' in told and 'lsnet: front/torn.png cannot' in told
    assert sorted(str(path.relative_to(output)) for path in output.rglob('*.png')) == [
        'a_mask.png', 'a_overlay.png', 'd.png', 'front/a_mask.png', 'front/a_overlay.png',
        'front/far/b_mask.png', 'front/far/b_overlay.png']


@pytest.fixture
def video(frame, tmp_path):
    """Give a video of three frames at 10 Hz."""
    with writing_video(tmp_path / 'drive.mp4', 10.0, frame.shape[:2]) as add:
        for shift in range(3):
            add(np.roll(frame, 20 * shift, 1))
    return tmp_path / 'drive.mp4'


def read_video(path):
    """Return the rate of a video and its frames, RGB."""
    capture, frames = cv2.VideoCapture(str(path)), []
    while capture.grab():
        frames.append(capture.retrieve()[1][..., ::-1])
    return capture.get(cv2.CAP_PROP_FPS), frames


def test_a_video_gives_a_video_of_its_overlays(tiny_model, video, tmp_path):
    assert segment(tiny_model, video, tmp_path / 'out') == 0
    assert names(tmp_path / 'out') == ['drive_overlay.mp4']
    rate, found = read_video(tmp_path / 'out' / 'drive_overlay.mp4')
    assert rate == 10.0 and len(found) == 3
    segmenter, palette = Segmenter(read_model(tiny_model), 'onnx'), label_set('camvid').palette
    for picture, image in zip(found, read_video(video)[1]):
        expected = overlay(image, segmenter.segment(image).class_ids, palette)
        assert np.abs(picture.astype(int) - expected).mean() < 12  # of 255: a codec loses some


def test_a_video_that_tells_no_rate_is_named(tiny_model, frame, tmp_path, capsys):
    video = tmp_path / 'fast.avi'
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter_fourcc(*'MJPG'), 25, (120, 90))
    for _ in range(2):
        writer.write(cv2.resize(frame, (120, 90)))
    writer.release()
    content = bytearray(video.read_bytes())
    rate = content.index(b'strh') + 8 + 20  # dwScale and dwRate of the header
    content[rate:rate + 8] = struct.pack('<II', 1, 5000)  # which no camera has
    video.write_bytes(content)
    assert segment(tiny_model, video, tmp_path / 'out') == 0
    assert ('lsnet: fast.avi: its file tells no frame rate, fast_overlay.mp4 has 10 a second\n'
            in capsys.readouterr().err)
    assert read_video(tmp_path / 'out' / 'fast_overlay.mp4')[0] == 10.0


def test_a_video_gives_masks_and_confidences_where_asked_for(tiny_model, video, tmp_path):
    assert segment(tiny_model, video, tmp_path / 'out', '--masks', '--confidence') == 0
    assert names(tmp_path / 'out') == [
        'drive_00000{}_{}.png'.format(i, kind) for i in range(3)
        for kind in ('confidence', 'mask')] + ['drive_overlay.mp4']
    segmenter = Segmenter(read_model(tiny_model), 'onnx')
    for i, image in enumerate(read_video(video)[1]):
        found = segmenter.segment(image, True)
        np.testing.assert_array_equal(
            read(tmp_path / 'out' / 'drive_00000{}_mask.png'.format(i)), found.class_ids)
        np.testing.assert_array_equal(
            read(tmp_path / 'out' / 'drive_00000{}_confidence.png'.format(i)), found.confidence)


def test_a_video_of_an_earlier_run_is_kept(tiny_model, video, tmp_path, capsys):
    out = tmp_path / 'out'
    out.mkdir()
    (out / 'drive_overlay.mp4').write_bytes(b'earlier')
    assert segment(tiny_model, video, out) == 1
    assert 'lsnet: drive_overlay.mp4 in {} are not overwritten: choose another --output'.format(
        out) in capsys.readouterr().err
    assert (out / 'drive_overlay.mp4').read_bytes() == b'earlier'
    assert segment(tiny_model, video, out, '--overwrite') == 0
    assert len(read_video(out / 'drive_overlay.mp4')[1]) == 3


def test_masks_of_an_earlier_run_are_kept_and_named(tiny_model, video, tmp_path, capsys):
    out = tmp_path / 'out'
    out.mkdir()
    (out / 'drive_000001_mask.png').write_bytes(b'earlier')
    assert segment(tiny_model, video, out, '--masks') == 1
    assert 'lsnet: drive_000001_mask.png in {} are not overwritten'.format(out) in (
        capsys.readouterr().err)
    assert (out / 'drive_000001_mask.png').read_bytes() == b'earlier'
    assert len(read_video(out / 'drive_overlay.mp4')[1]) == 3


def test_without_pyav_it_is_said_that_browsers_do_not_play_it(
        tiny_model, video, tmp_path, capsys, monkeypatch):
    for module in (video_file, segment_command):
        monkeypatch.setattr(module, 'has_h264', lambda: False)
    assert segment(tiny_model, video, tmp_path / 'out') == 0
    assert 'in MPEG-4, which browsers do not play: install PyAV' in capsys.readouterr().out
    assert len(read_video(tmp_path / 'out' / 'drive_overlay.mp4')[1]) == 3


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
    write(tmp_path / 'lane.png', frame)
    assert segment(tiny_model, ['~/street.png', '~/lane.png'], '~/out') == 0
    assert names(tmp_path / 'out') == ['lane_mask.png', 'lane_overlay.png', 'street_mask.png',
                                       'street_overlay.png']
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
