# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet evaluate``: figures against a count by hand, and targets that are wrong."""

import json
import os

import cv2
import numpy as np
import pytest

from lsnet_ros.cli import main
from lsnet_ros.datasets import street_scene
from lsnet_ros.datasets.street_scene import StreetScene
from lsnet_ros.models.folder import onnx_path, read_model, read_weights, write_model
from lsnet_ros.segmenter import Segmenter

NAMES = ('sky', 'building', 'pole', 'road', 'pavement', 'tree', 'sign_symbol', 'fence', 'car',
         'pedestrian', 'bicyclist')


@pytest.fixture
def camvid(tmp_path):
    """Four rendered frames in CamVid's layout; the top rows are unlabelled."""
    for folder in ('val', 'valannot'):
        (tmp_path / 'camvid' / folder).mkdir(parents=True)
    for index in range(4):
        sample = StreetScene(index, 90, 120).frame(0)
        target = np.where(sample.target == 255, 11, sample.target)
        target[:9] = 11
        name = '0001TP_00000{}.png'.format(index)
        cv2.imwrite(str(tmp_path / 'camvid' / 'val' / name), sample.image[..., ::-1])
        cv2.imwrite(str(tmp_path / 'camvid' / 'valannot' / name), target.astype(np.uint8))
    return tmp_path / 'camvid'


def evaluate(model, root, *more):
    return main(['evaluate', '--model', str(model), '--dataset', 'camvid', '--root', str(root)]
                + list(more))


@pytest.mark.parametrize('backend', ['onnx', 'torch'])
def test_the_figures_are_those_counted_by_hand(tiny_model, camvid, tmp_path, backend, capsys):
    path = tmp_path / 'report.json'
    assert evaluate(tiny_model, camvid, '--split', 'val', '--backend', backend,
                    '--json', str(path)) == 0
    report = json.loads(path.read_text())
    segmenter = Segmenter(read_model(tiny_model), backend)
    predicted, truth = [], []
    for image_path in sorted((camvid / 'val').iterdir()):
        image = cv2.imread(str(image_path))[..., ::-1]
        predicted.append(segmenter.segment(np.ascontiguousarray(image)).class_ids)
        truth.append(cv2.imread(str(camvid / 'valannot' / image_path.name), 0))
    predicted, truth = np.array(predicted), np.array(truth)
    predicted, truth = predicted[truth != 11], truth[truth != 11]
    iou = {name: np.sum((predicted == i) & (truth == i)) / np.sum((predicted == i) | (truth == i))
           if np.any((predicted == i) | (truth == i)) else None for i, name in enumerate(NAMES)}
    assert report['iou'] == pytest.approx(iou)
    assert report['miou'] == pytest.approx(np.mean([v for v in iou.values() if v is not None]))
    assert report['pixel_accuracy'] == pytest.approx(np.mean(predicted == truth))
    assert (report['frames'], report['backend'], report['split']) == (4, backend, 'val')
    printed = capsys.readouterr().out
    assert 'expected calibration error {:.3f}\n'.format(report['ece']) in printed
    weak = ['{} {:.2f}'.format(name, 100 * value) for name, value in iou.items()
            if value is not None and value < 0.2]
    assert 'under 20 %: {}; a larger input'.format(', '.join(weak)) in printed
    assert 'mean IoU        {:5.2f}\n'.format(100 * report['miou']) in printed
    assert '4 frames\n' in printed


def test_groups_are_counted_in_place_of_classes(tiny_model, camvid, tmp_path, capsys):
    report_path = tmp_path / 'report.json'
    assert evaluate(tiny_model, camvid, '--groups', 'drivable', '--json', str(report_path)) == 0
    report = json.loads(report_path.read_text())
    segmenter = Segmenter(read_model(tiny_model))
    group_of = np.full(256, 2)  # of CamVid's class ids and of its void, 11
    group_of[[3, 4, 0, 11]] = [0, 1, 3, 9]
    hits = np.zeros(4)
    unions = np.zeros(4)
    for path in sorted((camvid / 'val').iterdir()):
        image = np.ascontiguousarray(cv2.imread(str(path))[..., ::-1])
        truth = group_of[cv2.imread(str(camvid / 'valannot' / path.name), 0)]
        found = group_of[segmenter.segment(image).class_ids]
        for group in range(4):
            is_true, is_found = truth == group, (found == group) & (truth != 9)
            hits[group] += (is_true & is_found).sum()
            unions[group] += (is_true | is_found).sum()
    assert report['iou'] == pytest.approx(dict(zip(
        ('drivable', 'pavement', 'obstacle', 'sky'), hits / unions)))
    assert report['ece'] is None


def test_pictures_of_groups_show_frames_but_no_reliability(tiny_model, camvid, tmp_path):
    pytest.importorskip('matplotlib')
    assert evaluate(tiny_model, camvid, '--groups', 'drivable',
                    '--pictures', str(tmp_path / 'pictures')) == 0
    assert not (tmp_path / 'pictures' / 'reliability.png').exists()
    assert cv2.imread(str(tmp_path / 'pictures' / 'frames.png')) is not None


def test_label_files_may_have_other_values(tiny_model, camvid, tmp_path, capsys):
    """Roads and cars are 200 and 201 in the label files, sky is not to be counted."""
    assert evaluate(tiny_model, camvid, '--ignore', '0', '--json', str(tmp_path / 'a.json')) == 0
    names = dict(enumerate(NAMES))
    for path in (camvid / 'valannot').iterdir():
        target = cv2.imread(str(path), 0)
        target[target == 3], target[target == 8] = 200, 201
        cv2.imwrite(str(path), target)
    assert evaluate(tiny_model, camvid) == 1
    assert 'found the label 20' in capsys.readouterr().err
    names.update({200: names.pop(3), 201: names.pop(8)})
    (tmp_path / 'map.yaml').write_text(''.join(map('{0[0]}: {0[1]}\n'.format, names.items())))
    assert evaluate(tiny_model, camvid, '--map', str(tmp_path / 'map.yaml'), '--ignore', '0',
                    '--json', str(tmp_path / 'b.json')) == 0
    reports = [json.loads((tmp_path / name).read_text()) for name in ('a.json', 'b.json')]
    assert reports[0] == reports[1] and reports[0]['iou']['road'] > 0
    assert main(['evaluate', '--model', str(tiny_model), '--dataset', 'street-scenes',
                 '--ignore', '0']) == 1
    assert '--ignore and --map are for the label files of' in capsys.readouterr().err


def test_cityscapes_is_measured_as_by_the_official_script(
        tiny_cityscapes_model, official_cityscapes_scores, tmp_path, capsys):
    rng = np.random.RandomState(2)
    truths = cv2.resize(rng.randint(0, 34, (9, 12, 3), np.uint8), (96, 72),
                        interpolation=cv2.INTER_NEAREST).transpose(2, 0, 1)
    segmenter = Segmenter(read_model(tiny_cityscapes_model), 'onnx')
    own_ids = np.array([label.id for label in segmenter.model.label_set.classes], np.uint8)
    predictions = []
    for number, truth in enumerate(truths):
        image = cv2.resize(rng.randint(0, 256, (6, 8, 3), np.uint8), (96, 72))
        for path, data in (('leftImg8bit/val/ulm/ulm_{}_leftImg8bit.png', image[..., ::-1]),
                           ('gtFine/val/ulm/ulm_{}_gtFine_labelIds.png', truth)):
            path = tmp_path / path.format(number)
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), data)
        predictions.append(own_ids[segmenter.segment(image).class_ids])
    assert main(['evaluate', '--model', str(tiny_cityscapes_model), '--dataset', 'cityscapes',
                 '--root', str(tmp_path), '--backend', 'onnx',
                 '--json', str(tmp_path / 'report.json')]) == 0
    report = json.loads((tmp_path / 'report.json').read_text())
    official = official_cityscapes_scores(truths, predictions)
    assert report['miou'] == pytest.approx(official['averageScoreClasses'])
    assert report['category_miou'] == pytest.approx(official['averageScoreCategories'])
    assert report['category_iou'] == pytest.approx(
        {name: score for name, score in official['categoryScores'].items() if name != 'void'})
    assert 'mean IoU      {:5.2f}\n3 frames\n'.format(
        100 * report['category_miou']) in capsys.readouterr().out


def test_a_label_outside_the_set_names_the_file(tiny_model, camvid, tmp_path, capsys):
    path = camvid / 'valannot' / '0001TP_000002.png'
    target = cv2.imread(str(path), 0)
    target[50, 60] = 12
    cv2.imwrite(str(path), target)
    assert evaluate(tiny_model, camvid, '--json', str(tmp_path / 'report.json')) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and '0001TP_000002.png' in lines[0] and '12' in lines[0]
    assert not (tmp_path / 'report.json').exists()


def test_a_model_of_other_classes_is_refused(tiny_model, camvid, tmp_path, capsys):
    model = read_model(tiny_model)
    classes = [dict(entry, name=entry['name'] + "'") for entry in model.card['classes']]
    other = write_model(tmp_path / 'other', dict(model.card, label_set='own', classes=classes),
                        read_weights(model), onnx_path(model).read_bytes())
    assert evaluate(other.folder, camvid) == 1
    assert capsys.readouterr().err == (
        "lsnet: model 'tiny' has the classes of 'own', the dataset those of 'camvid': "
        'choose a model trained for them\n')


@pytest.mark.parametrize('arguments, problem', [
    (['--split', 'vall'], "CamVid has no split 'vall'"),
    (['--root', '/nowhere'], '/nowhere/val'),
    (['--model', 'tinny'], "model 'tinny' is not known"),
])
def test_what_cannot_be_evaluated_is_one_line(tiny_model, camvid, capsys, arguments, problem):
    assert evaluate(tiny_model, camvid, *arguments) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and problem in lines[0]


def test_corruptions_are_measured_when_asked_for(tiny_model, camvid, tmp_path, capsys):
    path = tmp_path / 'report.json'
    assert evaluate(tiny_model, camvid, '--corruptions', '--json', str(path)) == 0
    found = json.loads(path.read_text())['corruptions']
    assert set(found['miou']) == {'noise', 'blur', 'darkness', 'glare', 'jpeg', 'color cast'}
    values = [value for row in found['miou'].values() for value in row]
    assert len(values) == 18 and found['mean_miou'] == pytest.approx(np.mean(values))
    printed = capsys.readouterr().out
    assert 'mIoU % under  1 of 3  2 of 3  3 of 3\n' in printed
    assert 'mean under corruptions {:.2f} %\n'.format(100 * found['mean_miou']) in printed


def test_pictures_show_frames_from_the_first_to_the_last(tiny_model, camvid, tmp_path, capsys):
    pytest.importorskip('matplotlib')
    assert evaluate(tiny_model, camvid, '--pictures', str(tmp_path / 'pictures')) == 0
    assert capsys.readouterr().out.endswith('pictures are in {}\n'.format(tmp_path / 'pictures'))
    assert sorted(path.name for path in (tmp_path / 'pictures').iterdir()) == [
        'confusion.png', 'frames.png', 'iou.png', 'reliability.png']
    frames = cv2.imread(str(tmp_path / 'pictures' / 'frames.png'))
    for index, path in enumerate(sorted((camvid / 'val').iterdir())):  # all four
        image = cv2.resize(cv2.imread(str(path)), (320, 240), interpolation=cv2.INTER_AREA)
        shown = frames[94 + 244 * index:][:240, 4:324]
        assert (shown == image // 8 * 8 + 4).all()


def test_street_scenes_need_no_folder_and_other_datasets_do(tiny_model, tmp_path, monkeypatch,
                                                            capsys):
    monkeypatch.setitem(street_scene.SPLITS, 'val', (2, 3))  # the same streets, but fewer
    report = tmp_path / 'report.json'
    assert main(['evaluate', '--model', str(tiny_model), '--dataset', 'camvid']) == 1
    assert capsys.readouterr().err == (
        "lsnet: dataset 'camvid' is read from files: give its folder with --root\n")
    assert main(['evaluate', '--model', str(tiny_model), '--dataset', 'street-scenes',
                 '--json', str(report)]) == 0
    assert json.loads(report.read_text())['frames'] == 3


@pytest.mark.skipif('LSNET_CAMVID' not in os.environ, reason='LSNET_CAMVID is not set')
def test_onnx_and_torch_agree_on_camvid(tiny_model):
    from lsnet_ros.datasets.camvid import CamVid
    dataset = CamVid(os.environ['LSNET_CAMVID'], 'val')
    onnx, torch = (Segmenter(read_model(tiny_model), name) for name in ('onnx', 'torch'))
    same = [onnx.segment(image).class_ids == torch.segment(image).class_ids
            for image in (dataset[index].image for index in range(0, len(dataset), 10))]
    assert np.mean(same) >= 0.9995
