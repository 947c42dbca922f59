# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet quantize``: a network in 8-bit integers beside the one in float32, or a reason."""

import json
import shutil

import cv2
import numpy as np
import pytest

from lsnet_ros.backends import open_backend
from lsnet_ros.board.machine import processor_features
from lsnet_ros.cli import main
from lsnet_ros.commands import quantize
from lsnet_ros.datasets.street_scene import StreetScene
from lsnet_ros.labels.metrics import ConfusionMatrix
from lsnet_ros.models.folder import read_model, read_onnx, read_weights, write_model
from lsnet_ros.segmenter import Segmenter

pytest.importorskip('onnx')
pytest.importorskip('onnxruntime')
needs_vnni = pytest.mark.skipif(
    not any('vnni' in feature for feature in processor_features()),
    reason='without VNNI, ONNX Runtime may add 8-bit products in 16 bits: other classes are found')


@pytest.fixture
def model(tmp_path):
    """Return the folder of a copy of a shipped model, without its 8-bit integers."""
    folder = tmp_path / 'mine'
    shutil.copytree(str(read_model('lps-net-s-camvid').folder), str(folder))
    quantized = read_model(folder)
    (folder / 'model.int8.onnx').unlink()
    write_model(folder, quantized.card, read_weights(quantized), read_onnx(quantized))
    return folder


@pytest.fixture
def camvid(tmp_path):
    """Return a folder of rendered frames in CamVid's layout: 4 to calibrate, 2 to compare."""
    for split, seeds in (('train', range(4)), ('val', range(4, 6))):
        for kind in (split, split + 'annot'):
            (tmp_path / 'camvid' / kind).mkdir(parents=True)
        for seed in seeds:
            frame = StreetScene(seed, 90, 120).frame(0)
            name = '0001TP_00000{}.png'.format(seed)
            cv2.imwrite(str(tmp_path / 'camvid' / split / name), frame.image[..., ::-1])
            cv2.imwrite(str(tmp_path / 'camvid' / (split + 'annot') / name),
                        np.where(frame.target == 255, 11, frame.target).astype(np.uint8))
    return tmp_path / 'camvid'


@pytest.fixture
def photos(tmp_path):
    """Return a folder of 16 rendered frames."""
    (tmp_path / 'photos').mkdir()
    for seed in range(16):
        cv2.imwrite(str(tmp_path / 'photos' / '{:02}.png'.format(seed)),
                    StreetScene(seed, 90, 120).frame(0).image[..., ::-1])
    return tmp_path / 'photos'


def run(model, *arguments):
    return main(['quantize', '--model', str(model)] + [str(word) for word in arguments])


@needs_vnni
def test_the_card_tells_the_iou_of_both_precisions(model, camvid, tmp_path, capsys):
    report = tmp_path / 'report.json'
    assert run(model, '--dataset', 'camvid', '--root', camvid, '--json', report) == 0
    quantized = read_model(model)
    about = quantized.card['int8']
    assert about['calibration'] == 'camvid, split train (4 frames)'
    assert about['compared_frames'] == 2
    for name, key in (('onnx', 'fp32_miou'), ('onnx-int8', 'miou')):
        segmenter, confusion = Segmenter(quantized, name), ConfusionMatrix(11)
        for seed in (4, 5):
            frame = StreetScene(seed, 90, 120).frame(0)
            confusion.update(frame.target, segmenter.segment(frame.image).class_ids)
        assert about[key] == pytest.approx(confusion.miou())
    assert about['miou'] != about['fp32_miou']
    assert 0.97 < about['worst_agreement'] <= about['agreement'] < 1
    printed = json.loads(report.read_text())
    assert {key: printed[key] for key in about} == about
    assert printed['network_ms'] > 0 and printed['fp32_network_ms'] > 0
    assert capsys.readouterr().out.splitlines()[0].split() == ['IoU,', '%', 'float32', '8', 'bits']


@needs_vnni
def test_images_of_the_camera_do_without_labels(model, photos):
    before = read_model(model)
    assert run(model, '--frames', photos) == 0
    after = read_model(model)
    assert after.card['int8']['calibration'] == 'images of the user (8 frames)'
    assert after.card['int8']['compared_frames'] == 8
    assert 'miou' not in after.card['int8']
    assert {key: value for key, value in after.card.items() if key not in ('int8', 'files')} == {
        key: value for key, value in before.card.items() if key not in ('int8', 'files')}
    backend = open_backend(after, 'onnx-int8')
    assert (backend.name, backend.precision) == ('onnx-int8', 'int8')
    assert (model / 'model.int8.onnx').stat().st_size < 0.3 * (model / 'model.onnx').stat().st_size


@needs_vnni
def test_an_older_file_stays_without_overwrite(model, photos, capsys):
    assert run(model, '--frames', photos) == 0
    before = (model / 'model.int8.onnx').read_bytes()
    assert run(model, '--frames', photos) == 1
    assert capsys.readouterr().err == (
        'lsnet: {} has model.int8.onnx: give --overwrite to replace it\n'.format(model))
    assert (model / 'model.int8.onnx').read_bytes() == before
    assert run(model, '--frames', photos, '--overwrite') == 0


@needs_vnni
@pytest.mark.parametrize('limit, value, text', [
    ('LEAST_AGREEMENT', 1.01, r'% of the class ids are those of float32, expected at least 101'),
    ('MOST_LOST', -1.0, r'points of mIoU were lost, at most -100.0 were expected')])
def test_a_network_that_lost_too_much_is_not_written(model, camvid, monkeypatch, capsys, limit,
                                                     value, text):
    monkeypatch.setattr(quantize, limit, value)
    before = {path.name: path.read_bytes() for path in model.iterdir()}
    assert run(model, '--dataset', 'camvid', '--root', camvid) == 1
    error = capsys.readouterr().err
    assert text in error and 'nothing was written' in error and error.count('\n') == 1
    assert {path.name: path.read_bytes() for path in model.iterdir()} == before


def test_too_few_images_are_told(model, photos, capsys):
    (photos / '00.png').unlink()
    assert run(model, '--frames', photos) == 1
    assert 'photos has 15 images, expected at least 16' in capsys.readouterr().err


def test_an_image_that_is_torn_is_named(model, photos, capsys):
    whole = (photos / '02.png').read_bytes()
    (photos / '02.png').write_bytes(whole[:len(whole) // 2])
    assert run(model, '--frames', photos) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert 'lsnet: {}: '.format(photos / '02.png') in error and 'restore the file' in error


def test_a_folder_that_is_not_there_is_told(model, tmp_path, capsys):
    assert run(model, '--frames', tmp_path / 'nowhere') == 1
    assert 'nowhere' in capsys.readouterr().err


def test_images_or_a_dataset_have_to_be_given(model):
    with pytest.raises(SystemExit) as caught:
        run(model)
    assert caught.value.code == 2
