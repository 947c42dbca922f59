# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Small exports in the layout of each tool; the class ids that come out are written down."""

import base64
import io
import json
import zlib

import cv2
import numpy as np
from PIL import Image
import pytest
import yaml

from lsnet_ros.cli import main
from lsnet_ros.datasets.exports import FORMATS, read_export
from lsnet_ros.datasets.exports.export import ExportError
from lsnet_ros.datasets.exports.writing import write_dataset

HEIGHT, WIDTH = 6, 8
BOX = [[1, 1], [4, 3]]                          # corners (x, y): columns 1 to 4, rows 1 to 3
POLYGON = [[1, 1], [4, 1], [4, 3], [1, 3]]      # its corners in turn
BOX_IDS = '00000000 01111000 01111000 01111000 00000000 00000000'
RED, BLUE = (200, 0, 0), (0, 0, 200)


def ids(text):
    """Return class ids (H, W) of rows of digits; '.' is 255."""
    return np.array([[255 if mark == '.' else int(mark) for mark in row]
                     for row in text.split()], np.uint8)


def draw_image(path, number=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = np.random.RandomState(number).randint(0, 255, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    assert cv2.imwrite(str(path), image)


def write_json(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def encode_png(mask):
    """Return a mask (h, w) bool as a PNG."""
    return cv2.imencode('.png', mask.astype(np.uint8) * 255)[1].tobytes()


def convert(name, source, output):
    """Write an export as a dataset; returns classes, class ids by file name, and faults."""
    export = read_export(name, source)
    faults = export.faults + write_dataset(export, output, lambda items, *_: items)
    content = yaml.safe_load((output / 'dataset.yaml').read_text())
    assert [entry['ids'] for entry in content['classes']] == list(range(len(content['classes'])))
    found = {}
    for path in sorted((output / 'labels').rglob('*.png')):
        with Image.open(path) as image:
            assert image.mode == 'P'
            found[str(path.relative_to(output / 'labels'))] = np.asarray(image)
        picture, = (output / 'images').glob(str(path.relative_to(output / 'labels').with_suffix(
            '.*')))
        assert picture.read_bytes() in [
            file.read_bytes() for file in source.rglob('*' + picture.suffix)]
    return [entry['name'] for entry in content['classes']], found, faults, export.remarks


def save_palette(path, values, palette):
    """Save a palette PNG of colours by index."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(values)
    image.putpalette([part for color in palette for part in color])
    image.save(path)


def test_cvats_segmentation_mask(tmp_path):
    source = tmp_path / 'export'
    for number, name in enumerate(('a', 'b', 'unlabelled')):
        draw_image(source / 'JPEGImages' / (name + '.jpg'), number)
    (source / 'labelmap.txt').write_text(
        '# label:color_rgb:parts:actions\nbackground:0,0,0::\nroad:200,0,0::\ncar:0,0,200::\n')
    (source / 'ImageSets' / 'Segmentation').mkdir(parents=True)
    (source / 'ImageSets' / 'Segmentation' / 'default.txt').write_text('a\nb\n')
    truth = ids(BOX_IDS)
    truth[5, 7] = 2
    save_palette(source / 'SegmentationClass' / 'a.png', truth, [(0, 0, 0), RED, BLUE])
    colors = np.array([(0, 0, 0), RED, BLUE], np.uint8)[truth]
    Image.fromarray(colors).save(source / 'SegmentationClass' / 'b.png')
    classes, found, faults, remarks = convert('cvat', source, tmp_path / 'mine')
    assert classes == ['background', 'road', 'car'] and faults == []
    np.testing.assert_array_equal(found['a.png'], truth)
    np.testing.assert_array_equal(found['b.png'], truth)
    assert remarks == ['1 images have no mask and are left out: unlabelled']


def test_pascal_voc_with_its_lists_and_borders(tmp_path):
    source = tmp_path / 'VOC2012'
    palette = [(0, 0, 0), (128, 0, 0), (0, 128, 0)] + [(0, 0, 0)] * 252 + [(224, 224, 192)]
    for split, name in (('train', '2007_1'), ('val', '2007_2')):
        draw_image(source / 'JPEGImages' / (name + '.jpg'), len(split))
        save_palette(source / 'SegmentationClass' / (name + '.png'),
                     ids('........ 02222000 02222000 02222000 00000000 00000000'), palette)
        (source / 'ImageSets' / 'Segmentation').mkdir(parents=True, exist_ok=True)
        (source / 'ImageSets' / 'Segmentation' / (split + '.txt')).write_text(name + '\n')
    classes, found, faults, _ = convert('voc', source, tmp_path / 'mine')
    assert classes[:3] == ['background', 'aeroplane', 'bicycle'] and len(classes) == 21
    assert set(found) == {'train/2007_1.png', 'val/2007_2.png'} and faults == []
    np.testing.assert_array_equal(
        found['val/2007_2.png'], ids('........ 02222000 02222000 02222000 00000000 00000000'))


def test_labelme_with_every_shape_that_has_an_area(tmp_path):
    source = tmp_path / 'export'
    shapes = [
        {'label': 'road', 'shape_type': 'rectangle', 'points': [[7, 5], [0, 4]]},
        {'label': 'box', 'shape_type': 'polygon', 'points': POLYGON},
        {'label': 'ball', 'shape_type': 'circle', 'points': [[6, 1], [7, 1]]},
        {'label': '__ignore__', 'points': [[0, 0], [2, 0], [2, 0]]},
        {'label': 'box', 'shape_type': 'mask', 'points': [[6, 3], [7, 4]],
         'mask': base64.b64encode(encode_png(np.array([[1, 0], [0, 1]]))).decode()},
        {'label': 'box', 'shape_type': 'linestrip', 'points': [[0, 0], [7, 5]]}]
    draw_image(source / 'a.png')
    draw_image(source / 'b.png', 1)
    draw_image(source / 'c.png', 2)
    write_json(source / 'a.json', {'version': '5.4.1', 'shapes': shapes, 'imagePath': 'a.png'})
    inside = (source / 'b.png').read_bytes()
    (source / 'b.png').rename(tmp_path / 'b.png')
    write_json(source / 'b.json', {'shapes': shapes[:1], 'imagePath': 'b.png',
                                   'imageData': base64.b64encode(inside).decode()})
    export = read_export('labelme', source)
    assert write_dataset(export, tmp_path / 'mine', lambda items, *_: items) == []
    names = [name for name, _ in export.classes]
    assert names == ['background', 'ball', 'box', 'road']
    with Image.open(tmp_path / 'mine' / 'labels' / 'a.png') as image:
        found = np.asarray(image)
    np.testing.assert_array_equal(
        found, ids('...00010 02222111 02222010 02222020 33333332 33333333'))
    assert (tmp_path / 'mine' / 'images' / 'b.png').read_bytes() == inside
    assert 'shapes without an area are left out: linestrip (1)' in export.remarks
    assert '1 images have no JSON file and are left out: c.png' in export.remarks


def coco(annotations, names=('a.jpg', 'b.jpg')):
    return {'images': [{'id': number, 'file_name': name, 'height': HEIGHT, 'width': WIDTH}
                       for number, name in enumerate(names)],
            'categories': [{'id': 7, 'name': 'car'}, {'id': 3, 'name': 'road'}],
            'annotations': [dict(entry, id=number) for number, entry in enumerate(annotations)]}


def test_coco_with_polygons_and_runs_the_smaller_on_top(tmp_path):
    from pycocotools import mask as coder
    source = tmp_path / 'export'
    draw_image(source / 'images' / 'a.jpg')
    draw_image(source / 'images' / 'b.jpg', 1)
    small = np.zeros((HEIGHT, WIDTH), np.uint8)
    small[2, 2:4] = 1
    packed = coder.encode(np.asfortranarray(small))
    # Column by column: 1 outside, then 3 of 6 rows in each of the columns 1 to 4.
    runs = [7, 3, 3, 3, 3, 3, 3, 3, 20]
    write_json(source / 'annotations' / 'instances_default.json', coco([
        {'image_id': 0, 'category_id': 7, 'segmentation': {
            'size': [HEIGHT, WIDTH], 'counts': packed['counts'].decode()}},
        {'image_id': 0, 'category_id': 3, 'segmentation': {
            'size': [HEIGHT, WIDTH], 'counts': runs}, 'iscrowd': 1},
        {'image_id': 0, 'category_id': 7, 'segmentation': [[5, 4, 8, 4, 8, 6, 5, 6]]}]))
    classes, found, faults, remarks = convert('coco', source, tmp_path / 'mine')
    assert classes == ['background', 'road', 'car'] and faults == []
    np.testing.assert_array_equal(
        found['images_a.png'], ids('00000000 01111000 01221000 01111000 00000222 00000222'))
    assert not found['images_b.png'].any()
    assert '1 images have no annotation and are all background: b.jpg' in remarks


def test_supervisely_with_a_hole_and_a_bitmap(tmp_path):
    source = tmp_path / 'project'
    draw_image(source / 'ds' / 'img' / 'a.jpg')
    write_json(source / 'meta.json', {'classes': [
        {'title': 'car', 'shape': 'polygon', 'color': '#0000C8'},
        {'title': 'dot', 'shape': 'bitmap', 'color': '#C80000'}]})
    picture = Image.fromarray(np.array([[0, 1], [1, 1]], np.uint8))
    picture.putpalette([0, 0, 0, 255, 255, 255])
    buffer = io.BytesIO()
    picture.save(buffer, 'PNG', transparency=0)
    write_json(source / 'ds' / 'ann' / 'a.jpg.json', {
        'size': {'height': HEIGHT, 'width': WIDTH}, 'objects': [
            {'classTitle': 'car', 'geometryType': 'polygon', 'points': {
                'exterior': [[0, 0], [4, 0], [4, 4], [0, 4]],
                'interior': [[[1, 1], [3, 1], [3, 3], [1, 3]]]}},
            {'classTitle': 'dot', 'geometryType': 'bitmap', 'bitmap': {
                'origin': [6, 3],
                'data': base64.b64encode(zlib.compress(buffer.getvalue())).decode()}},
            {'classTitle': 'car', 'geometryType': 'point', 'points': {
                'exterior': [[7, 7]], 'interior': []}}]})
    classes, found, faults, remarks = convert('supervisely', source, tmp_path / 'mine')
    assert classes == ['background', 'car', 'dot'] and faults == []
    np.testing.assert_array_equal(
        found['ds_img_a.png'], ids('11111000 10001000 10001000 10001002 11111022 00000000'))
    assert 'objects without an area are left out: point (1)' in remarks


def test_roboflows_masks_with_their_splits(tmp_path):
    source = tmp_path / 'export'
    for folder in ('train', 'valid'):
        draw_image(source / folder / 'a_jpg.rf.12.jpg', len(folder))
        Image.fromarray(ids(BOX_IDS) * 2).save(source / folder / 'a_jpg.rf.12_mask.png')
        (source / folder / '_classes.csv').write_text(
            'Pixel Value, Class\n0, background\n2, car\n')
    classes, found, faults, _ = convert('roboflow', source, tmp_path / 'mine')
    assert classes == ['background', 'car'] and faults == []
    assert len(found) == 2
    np.testing.assert_array_equal(found['val/valid_a_jpg.rf.12.png'], ids(BOX_IDS))


def test_cityscapes_polygons_with_void_and_groups(tmp_path):
    source = tmp_path / 'cityscapes'
    objects = [{'label': 'road', 'polygon': [[0, 0], [7, 0], [7, 4], [0, 4]]},
               {'label': 'cargroup', 'polygon': POLYGON},
               {'label': 'static', 'polygon': [[6, 0], [7, 0], [7, 1]]},
               {'label': 'road', 'deleted': 1, 'polygon': POLYGON}]
    for split in ('train', 'val'):
        name = 'ulm_00000{}_000019'.format(len(split))
        draw_image(source / 'leftImg8bit' / split / 'ulm' / (name + '_leftImg8bit.png'))
        draw_image(source / 'gtFine' / split / 'ulm' / (name + '_gtFine_color.png'))
        write_json(source / 'gtFine' / split / 'ulm' / (name + '_gtFine_polygons.json'),
                   {'imgHeight': HEIGHT, 'imgWidth': WIDTH, 'objects': objects})
    classes, found, faults, _ = convert('cityscapes', source, tmp_path / 'mine')
    assert len(classes) == 19 and classes[13] == 'car' and faults == []
    expected = ids('000000.. 0xxxx00. 0xxxx000 0xxxx000 00000000 ........'.replace('x', '9'))
    expected[expected == 9] = 13
    np.testing.assert_array_equal(found['val/ulm_000003_000019.png'], expected)


def test_the_command_converts_and_checks(tmp_path, capsys):
    """One image of two is damaged: it is named, and the exit status says so."""
    source = tmp_path / 'export'
    for name in ('a', 'b', 'c', 'd'):
        draw_image(source / (name + '.png'), ord(name))
        write_json(source / (name + '.json'), {'imagePath': name + '.png', 'shapes': [
            {'label': 'box', 'points': POLYGON}]})
    (source / 'b.png').write_bytes(b'no image')
    words = ['dataset', str(source), '--from', 'labelme', '--output', str(tmp_path / 'mine')]
    assert main(words) == 1
    printed = capsys.readouterr().out
    assert '3 of 4 images are in ' in printed and 'b.png: is no image that ends in' in printed
    assert main(['dataset', str(tmp_path / 'mine')]) == 0
    assert main(words) == 1
    assert 'is not empty: give a new folder' in capsys.readouterr().err
    assert main(words[:4]) == 1
    assert '--from and --output belong together' in capsys.readouterr().err


@pytest.mark.parametrize('name', sorted(FORMATS))
def test_a_folder_of_another_format_is_refused_in_one_line(tmp_path, name):
    (tmp_path / 'notes.txt').write_text('none')
    with pytest.raises(ExportError, match='expected|is no JSON'):
        read_export(name, tmp_path)


POINTS = {'label': 'box', 'points': [[0, 0], [float('1e9'), 1], [2, 2]]}


@pytest.mark.parametrize('content, problem', [
    ({'shapes': [], 'imagePath': '../secret.png'}, 'is outside of'),
    ({'shapes': [POINTS], 'imagePath': 'a.png'}, 'has no area that is known'),
    ({'shapes': [], 'imagePath': 'none.png'}, 'which is missing, and holds none'),
    ({'shapes': {}, 'imagePath': 'a.png'}, 'found no shapes that is a list'),
    ([], 'found no shapes that is a list'),
])
def test_damaged_json_of_labelme_is_named(tmp_path, content, problem):
    draw_image(tmp_path / 'export' / 'a.png')
    draw_image(tmp_path / 'secret.png')
    write_json(tmp_path / 'export' / 'a.json', content)
    with pytest.raises(ExportError, match=problem) as caught:
        read_export('labelme', tmp_path / 'export')
    assert 'a.json' in str(caught.value)


@pytest.mark.parametrize('shape', [
    [], [[1, 2]], {'size': [9, 9], 'counts': [81]}, {'size': [HEIGHT, WIDTH], 'counts': [7, 90]},
    {'size': [HEIGHT, WIDTH], 'counts': 'zzzzzzzzz'}, None])
def test_damaged_shapes_of_coco_leave_their_image_out(tmp_path, shape):
    source = tmp_path / 'export'
    for name in 'ab':
        draw_image(source / (name + '.jpg'))
    write_json(source / 'a.json', coco([
        {'image_id': 0, 'category_id': 7, 'segmentation': shape}]))
    _, found, faults, _ = convert('coco', source, tmp_path / 'mine')
    assert set(found) == {'b.png'} and len(faults) == 1
    assert 'a.json: annotation 0' in faults[0]
