# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Every model of the folder models/: its files, its figures and its place on the page."""

import hashlib
import os
from pathlib import Path
import re

import numpy as np
import pytest

from lsnet_ros.commands.model_page import collect_details, Latency, page, PICTURES
from lsnet_ros.commands.models import summarize
from lsnet_ros.datasets import DATASETS
from lsnet_ros.datasets.street_scene import StreetScenes
from lsnet_ros.evaluation.measure import measure
from lsnet_ros.labels.label_sets import label_set
from lsnet_ros.models.folder import read_model
from lsnet_ros.segmenter import Segmenter

ROOT = Path(__file__).resolve().parents[1]
MODELS = sorted(path.parent.name for path in (ROOT / 'models').glob('*/model.yaml'))
PAGE = ROOT / 'models' / 'README.md'
GROUPS = ROOT / 'docs' / 'groups.md'


def test_a_model_of_each_network_is_shipped():
    assert {'fpn-lite0-camvid', 'fpn-lite2-camvid', 'lednet-camvid', 'lps-net-m-camvid',
            'lps-net-s-camvid', 'lrnnet-c-camvid', 'lsnet-camvid'} <= set(MODELS)


@pytest.mark.parametrize('name', MODELS)
def test_the_files_are_those_of_the_card(name):
    model = read_model(ROOT / 'models' / name)
    assert model.name == name
    is_fused = model.config.get('block') == 'deploy'  # its ONNX file holds the same arrays
    expected = ['model.int8.onnx'] * model.is_quantized + ['model.onnx'] + [
        'weights.npz'] * (not is_fused)
    assert sorted(model.card['files']) == expected
    assert model.is_quantized == ('int8' in model.card)
    for file, digest in model.card['files'].items():
        assert hashlib.sha256((model.folder / file).read_bytes()).hexdigest() == digest
    assert {'command', 'data', 'iterations', 'epochs', 'hours', 'hardware'} <= set(
        model.card['training'])


@pytest.fixture(scope='module')
def images():
    scenes = StreetScenes(5, 3, 360, 480)
    return [scenes[i].image for i in range(3)]


@pytest.mark.parametrize('name', MODELS)
def test_both_backends_give_the_same_classes(name, images):
    pytest.importorskip('torch')
    model = read_model(ROOT / 'models' / name)
    onnx, torch = (Segmenter(model, backend) for backend in ('onnx', 'torch'))
    same = [np.mean(onnx.segment(image).class_ids == torch.segment(image).class_ids)
            for image in images]
    assert np.mean(same) >= 0.9995


@pytest.mark.skipif('LSNET_CAMVID' not in os.environ, reason='LSNET_CAMVID is not set')
@pytest.mark.parametrize('name', [name for name in MODELS if name.endswith('-camvid')])
def test_the_card_tells_the_accuracy(name):
    model = read_model(ROOT / 'models' / name)
    dataset = DATASETS['camvid'](Path(os.environ['LSNET_CAMVID']), 'val')
    confusion = measure(Segmenter(model, 'onnx'), dataset, lambda items, *_: items)
    report = confusion.scores(model.label_set.class_names).as_json()
    on_card = model.card['metrics']['camvid-val']
    assert report['frames'] == on_card['frames'] == 101
    assert report['miou'] == pytest.approx(on_card['miou'], abs=1e-4)
    assert report['iou'] == pytest.approx(on_card['iou'], abs=1e-3)
    assert report['miou'] >= 0.45
    assert_groups_are_those_of_their_page(name, confusion)


def assert_groups_are_those_of_their_page(name, confusion):
    """Compare docs/groups.md with the sums over CamVid's classes, which are in this order."""
    group_of = ['sky'] + 2 * ['obstacle'] + ['drivable', 'pavement'] + 6 * ['obstacle']
    row = re.search(r'^\| {} ((?:\| \d+\.\d\d ){{5}})\|$'.format(name), GROUPS.read_text(),
                    re.MULTILINE).group(1)
    told = [float(cell) for cell in row.strip('| ').split('|')]
    scores = confusion.scores(label_set('camvid').class_names, group_of)
    found = [scores.category_iou[group] for group in ('drivable', 'pavement', 'obstacle', 'sky')]
    assert told == pytest.approx([100 * value for value in found + [scores.category_miou]],
                                 abs=0.1)


@pytest.mark.parametrize('name', MODELS)
def test_integers_keep_the_accuracy_that_the_card_tells(name):
    model = read_model(ROOT / 'models' / name)
    if model.is_quantized:
        about = model.card['int8']
        assert about['agreement'] >= 0.97 and about['miou'] >= about['fp32_miou'] - 0.005
        assert about['fp32_miou'] == pytest.approx(model.card['metrics']['camvid-val']['miou'])


def test_the_page_tells_what_the_cards_do():
    pytest.importorskip('torch')
    written = PAGE.read_text()
    latencies = re.findall(r'\| ([0-9.]+) \| `lsnet train .*` \|$', written, re.MULTILINE)
    assert len(latencies) == len(MODELS), '"lsnet models --markdown > models/README.md" is due'
    where = re.search(r'as in `lsnet benchmark --model NAME`, with:\n  (.*)\.\n', written).group(1)
    details = {}
    for name, milliseconds in zip(MODELS, latencies):
        folder = ROOT / 'models' / name
        details[name] = collect_details(summarize(folder), read_model(folder),
                                        Latency(float(milliseconds), where))
    assert page(details) == written


@pytest.mark.parametrize('target', re.findall(r'\]\((?!http|#)([^)]*)\)', PAGE.read_text()))
def test_what_the_page_links_to_is_there(target):
    assert (PAGE.parent / target).is_file()


@pytest.mark.parametrize('name', MODELS)
def test_its_pictures_are_there_and_show_no_frames_of_others(name):
    files = sorted((ROOT / 'docs' / 'models' / name).iterdir())
    assert {path.name for path in files} == set(PICTURES)
    assert sum(path.stat().st_size for path in files) < 600e3
