# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import json

import cv2
import numpy as np
import pytest
import yaml

from lsnet_ros.cli import main
from lsnet_ros.datasets.street_scene import StreetScenes
from lsnet_ros.models.folder import read_model
from lsnet_ros.segmenter import Segmenter

pytest.importorskip('torch')
RECIPE = {'network': 'lps-net-0', 'dataset': 'camvid', 'options': {'block': 'reparameterised'},
          'input_size': [128, 192], 'crop': [96, 128], 'iterations': 9, 'batch_size': 2,
          'learning_rate': 0.05, 'street_scenes': 0.25}


@pytest.fixture(scope='module')
def arguments(tmp_path_factory):
    """What to give for an expansion on CamVid's layout: two rendered frames, and one for val."""
    root, recipe = tmp_path_factory.mktemp('camvid'), tmp_path_factory.mktemp('recipes') / 'a.yaml'
    recipe.write_text(yaml.safe_dump(RECIPE))
    scenes = StreetScenes(3, 3, 360, 480)
    for index, split in enumerate(['train', 'train', 'val']):
        for folder, image in ((split, scenes[index].image[:, :, ::-1]),
                              (split + 'annot', scenes[index].target)):
            (root / folder).mkdir(exist_ok=True)
            cv2.imwrite(str(root / folder / '0001TP_{:06d}.png'.format(index)), image)
    return ['expand', '--recipe', str(recipe), '--root', str(root), '--size', '64x96',
            '--backend', 'onnx', '--iterations', '2']


def count_ms(watch, parent, network):
    """Return latencies as `Stopwatch.measure_ms` does: 1 ms for a million multiply-adds."""
    from lsnet_ros.networks import build_network
    from lsnet_ros.networks.complexity import multiply_adds
    return [multiply_adds(build_network('lps-net-0', 11, **each._asdict()), 64, 96) / 1e6
            for each in ([parent] if network == parent else [parent, network])]


@pytest.fixture(scope='module')
def expanded(arguments, tmp_path_factory):
    """
    Return the folder and the report of an expansion to some twice the tiny network.

    Measured times would lead elsewhere each time, and past the target on a busy machine:
    test_stopwatch.py holds the measuring.
    """
    from lsnet_ros.expansion import algorithm, stopwatch
    from lsnet_ros.networks.lps_net import EXPANSIONS
    folder = tmp_path_factory.mktemp('expansions') / 'mine'
    with pytest.MonkeyPatch.context() as patch:
        # Fewer networks, for the sake of time.
        patch.setattr(algorithm, 'OPERATIONS', [algorithm.OPERATIONS[i] for i in (0, 3, 7)])
        patch.setattr(stopwatch.Stopwatch, 'measure_ms', count_ms)
        tiny_ms, = count_ms(None, EXPANSIONS[0], EXPANSIONS[0])
        target = ['--target-ms', '{:.4f}'.format(2 * tiny_ms), '--output', str(folder)]
        path = tmp_path_factory.mktemp('reports') / 'report.json'
        assert main(arguments + target + ['--json', str(path)]) == 0
        report = json.loads(path.read_text())
        journal = (folder / 'journal.jsonl').read_bytes()
        # The same command again finds everything in the journal.
        assert main(arguments + target + ['--json', str(path)]) == 0
        assert (folder / 'journal.jsonl').read_bytes() == journal
        assert json.loads(path.read_text()) == report
    return folder, report


def test_it_leaves_journal_picture_trainings_and_model(expanded):
    folder, report = expanded
    assert {path.name for path in folder.iterdir()} == {
        'journal.jsonl', 'path.png', 'trainings', 'model'}
    assert {path.name for path in (folder / 'model').iterdir()} == {
        'model.yaml', 'model.onnx', 'recipe.yaml'}
    assert cv2.imread(str(folder / 'path.png')) is not None
    trained = sum(json.loads(line).get('kind') == 'training'
                  for line in (folder / 'journal.jsonl').read_text().splitlines())
    assert trained == len(list((folder / 'trainings').iterdir())) >= 2


def test_the_path_is_within_the_target_and_of_chosen_candidates(expanded):
    report = expanded[1]
    names = [point['name'] for point in report['path']]
    assert names == ['tiny network'] + [step['chosen'] for step in report['steps']]
    assert len(names) > 1
    for step in report['steps']:
        assert max(each['latency_ms'] for each in step['candidates']) <= report['target_ms']
        assert step['chosen'] in [each['name'] for each in step['candidates']]
    assert report['backend'] == 'onnx'


def test_the_model_is_the_most_accurate_of_the_path_and_segments(expanded, frame):
    folder, report = expanded
    model = read_model(folder / 'model')
    best = max(report['path'], key=lambda point: point['miou'])
    assert (model.name, model.network) == ('mine', 'lps-net-0')
    assert model.config == {'block': 'deploy', 'num_classes': 11, 'depths': best['depths'],
                            'widths': best['widths'], 'ratios': best['ratios']}
    assert model.card['training']['expansion']['path'] == report['path']
    metrics = model.card['metrics']['camvid-val']
    assert metrics['miou'] == pytest.approx(best['miou'], abs=1e-3)  # by the trainer, in PyTorch
    assert (model.spec.height, model.spec.width) == (64, 96)
    class_ids = Segmenter(model, 'onnx').segment(frame).class_ids
    assert class_ids.shape == frame.shape[:2] and len(np.unique(class_ids)) > 1


def test_its_recipe_trains_the_same_network_longer(expanded, arguments, tmp_path):
    folder, report = expanded
    root = arguments[arguments.index('--root') + 1]
    assert main(['train', '--recipe', str(folder / 'model' / 'recipe.yaml'), '--root', root,
                 '--iterations', '3', '--output', str(tmp_path / 'longer')]) == 0
    with np.load(str(tmp_path / 'longer' / 'best.npz')) as file:
        state = json.loads(str(file['state']))
    assert state['recipe']['crop'] == [48, 64]
    for name in ('depths', 'widths', 'ratios'):
        assert state['recipe']['options'][name] == report['model'][name]


def refusal(capsys, arguments):
    """Run what has to fail; returns what it prints."""
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert error.startswith('lsnet: ') and error.count('\n') == 1
    return error


def test_arguments_that_contradict_the_journal_are_refused(expanded, arguments, capsys):
    folder, report = expanded
    before = (folder / 'journal.jsonl').read_bytes()
    target = ['--target-ms', str(report['target_ms']), '--output', str(folder)]
    error = refusal(capsys, arguments + target + ['--iterations', '3'])
    assert 'journal.jsonl was made with iterations 2, this run has 3: give the same' in error
    error = refusal(capsys, arguments + target + ['--backend', 'torch'])
    assert "was made with backend 'onnx', this run has 'torch'" in error
    error = refusal(capsys, arguments + target + ['--size', '64x64'])
    assert 'was made with input_size [64, 96], this run has [64, 64]' in error
    assert (folder / 'journal.jsonl').read_bytes() == before


def test_a_target_that_the_tiny_network_misses_is_refused(expanded, arguments, capsys):
    error = refusal(capsys, arguments + ['--target-ms', '1e-6', '--output', str(expanded[0])])
    assert 'give a higher --target-ms or a smaller --size' in error


def test_a_dataset_without_its_folder_is_refused(tmp_path, capsys):
    error = refusal(capsys, ['expand', '--target-ms', '5', '--dataset', 'camvid',
                             '--output', str(tmp_path)])
    assert "dataset 'camvid' is read from files: give its folder with --root" in error


def test_an_unknown_dataset_is_refused(tmp_path, capsys):
    error = refusal(capsys, ['expand', '--target-ms', '5', '--dataset', 'photos',
                             '--output', str(tmp_path)])
    assert "dataset 'photos' is not known: choose from ade20k" in error


@pytest.mark.parametrize('wrong', [['--target-ms', '0'], ['--target-ms', 'nan'],
                                   ['--target-ms', 'fast'], ['--size', '64'],
                                   ['--iterations', '0']])
def test_wrong_usage_is_refused(tmp_path, wrong, capsys):
    with pytest.raises(SystemExit) as caught:
        main(['expand', '--target-ms', '5', '--output', str(tmp_path)] + wrong)
    assert caught.value.code == 2
    assert wrong[1] in capsys.readouterr().err
