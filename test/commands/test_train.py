# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import json
import os
from pathlib import Path
import re
import resource
import shutil
import signal
import subprocess
import sys

import cv2
import numpy as np
import pytest
import yaml

from lsnet_ros.cli import main
from lsnet_ros.datasets.street_scene import StreetScenes
from lsnet_ros.models.folder import read_model, read_weights

pytest.importorskip('torch')

MODELS = Path(__file__).parents[2] / 'models'
RECIPE = {'network': 'lps-net-0', 'dataset': 'camvid', 'options': {'block': 'reparameterised'},
          'input_size': [90, 120], 'crop': [64, 96], 'iterations': 2, 'batch_size': 2,
          'learning_rate': 0.05, 'street_scenes': 0.25}


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    """A dataset in CamVid's layout: two rendered scenes to train on, one to validate on."""
    root = tmp_path_factory.mktemp('camvid')
    scenes = StreetScenes(3, 3, 360, 480)
    for index, split in enumerate(['train', 'train', 'val']):
        for folder, image in ((split, scenes[index].image[:, :, ::-1]),
                              (split + 'annot', scenes[index].target)):
            (root / folder).mkdir(exist_ok=True)
            cv2.imwrite(str(root / folder / '0001TP_{:06d}.png'.format(index)), image)
    return root


@pytest.fixture(scope='module')
def command(root, tmp_path_factory):
    """Return a function that gives the arguments of a run by the recipe, or a changed one."""
    folder = tmp_path_factory.mktemp('recipes')

    def arguments(output, *more, root=root, **fields):
        path = folder / 'tiny.yaml'
        path.write_text(yaml.safe_dump(dict(RECIPE, **fields)))
        return ['train', '--recipe', str(path), '--root', str(root), '--output', str(output)] + [
            str(argument) for argument in more]
    return arguments


@pytest.fixture(scope='module')
def train(command):
    """Return a function that trains, by the same arguments; it gives the status."""
    return lambda *arguments, **fields: main(command(*arguments, **fields))


@pytest.fixture(scope='module')
def run_folder(train, tmp_path_factory):
    """Two iterations, in a folder that no test changes."""
    folder = tmp_path_factory.mktemp('runs') / 'first'
    assert train(folder) == 0
    return folder


def test_a_run_leaves_its_state_log_and_record(run_folder):
    names = {'best.npz', 'checkpoint.npz', 'log.csv', 'log.png', 'report.html', 'run.json'}
    assert {path.name for path in run_folder.iterdir()} == names


def test_a_learning_curve_trains_with_parts_of_the_frames(train, tmp_path, capsys):
    assert train(tmp_path, '--learning-curve') == 0
    assert capsys.readouterr().out.endswith('see {}\n'.format(tmp_path / 'report.html'))
    frames = {}
    for folder in (tmp_path, *(tmp_path / 'learning_curve').iterdir()):
        with np.load(str(folder / 'best.npz')) as best:
            frames[folder.name] = json.loads(str(best['state']))['train_samples']
    assert frames == {tmp_path.name: 2, 'part_2': 1, 'part_4': 1}
    assert 'With 2 frames in place of 1, the mIoU' in (tmp_path / 'report.html').read_text()


def test_export_measures_what_evaluate_measures(root, run_folder, tmp_path):
    assert main(['export', '--run', str(run_folder), '--output', str(tmp_path / 'mine'),
                 '--root', str(root)]) == 0
    model = read_model(tmp_path / 'mine')
    assert (model.name, model.network) == ('mine', 'lps-net-0')
    assert model.config == {'block': 'deploy', 'num_classes': 11}
    training = model.card['training']
    assert (training['iterations'], training['epochs']) == (2, 1.5)  # 3 of 4 crops, 2 frames
    assert main(['evaluate', '--model', str(tmp_path / 'mine'), '--dataset', 'camvid',
                 '--root', str(root), '--split', 'val', '--backend', 'torch',
                 '--json', str(tmp_path / 'report.json')]) == 0
    report = json.loads((tmp_path / 'report.json').read_text())
    assert report['miou'] == pytest.approx(model.card['metrics']['camvid-val']['miou'], abs=1e-4)
    assert np.isfinite(report['miou'])
    metrics, calibration = model.card['metrics']['camvid-val'], model.card['calibration']
    assert calibration['dataset'] == 'camvid-val'
    assert model.temperature == calibration['temperature']
    assert report['ece'] == pytest.approx(metrics['ece'], abs=1e-3)
    assert set(metrics['corruptions']) == {'mean_miou', 'miou', 'strengths'}


def test_the_same_command_resumes(train, tmp_path):
    assert train(tmp_path) == 0
    assert train(tmp_path, '--iterations', 3) == 0
    iterations = [line.split(',')[0] for line in
                  (tmp_path / 'log.csv').read_text().splitlines()[1:]]
    assert iterations == ['2', '2', '3', '3']  # a row of the loss and one of the mIoU each


def test_initial_weights_are_taken_over_and_told(train, run_folder, tmp_path):
    # With a learning rate this small the weights stay where they began; another seed would
    # have drawn others.
    assert train(tmp_path / 'second', '--initial', run_folder, seed=7, learning_rate=1e-9) == 0
    with np.load(str(run_folder / 'best.npz')) as first:
        with np.load(str(tmp_path / 'second' / 'best.npz')) as second:
            weights = [name for name in first.files if name.endswith('.weight')]
            assert len(weights) > 10
            for name in weights:
                np.testing.assert_allclose(second[name], first[name], atol=1e-6, err_msg=name)
    assert main(['export', '--run', str(tmp_path / 'second'),
                 '--output', str(tmp_path / 'mine')]) == 0
    initial = read_model(tmp_path / 'mine').card['training']['initial']
    assert (initial['iterations'], initial['recipe']['seed']) == (2, 0)
    assert initial['recipe']['learning_rate'] == 0.05


def test_a_model_gives_initial_weights(train, tmp_path):
    assert train(tmp_path, '--initial', 'lednet-camvid', network='lednet', options={},
                 learning_rate=1e-9) == 0
    with np.load(str(MODELS / 'lednet-camvid' / 'weights.npz')) as model:
        with np.load(str(tmp_path / 'best.npz')) as best:
            weights = [name for name in model.files if name.endswith('.weight')]
            assert len(weights) > 10
            for name in weights:
                np.testing.assert_allclose(best['weights/' + name], model[name], atol=1e-6,
                                           err_msg=name)


def test_a_model_whose_branches_are_merged_gives_initial_weights(
        train, run_folder, tmp_path, capsys):
    assert main(['export', '--run', str(run_folder), '--output', str(tmp_path / 'mine')]) == 0
    assert train(tmp_path / 'run', '--initial', tmp_path / 'mine', learning_rate=1e-9) == 0
    assert 'initial weights: ' in capsys.readouterr().err
    assert main(['export', '--run', str(tmp_path / 'run'),
                 '--output', str(tmp_path / 'again')]) == 0
    first, second = (read_weights(read_model(tmp_path / name)) for name in ('mine', 'again'))
    assert first.keys() == second.keys()
    for name, array in first.items():
        np.testing.assert_allclose(second[name], array, rtol=0.2, atol=0.02)


def test_own_data_are_trained_on_exported_and_evaluated(tmp_path, write_own_data, capsys):
    frames = dict.fromkeys(['train/{}'.format(number) for number in range(4)], 1)
    own = write_own_data(tmp_path / 'mine', dict(frames, **{'val/z': 1}), size=(64, 96))
    command = ['train', '--dataset', str(own), '--network', 'lps-net-0', '--output',
               str(tmp_path / 'run'), '--iterations', '2']
    assert main(command) == 0
    assert 'input 64x96, crops of 64x64 (height x width), batches of 4' in capsys.readouterr().out
    assert main(['train', '--output', str(tmp_path / 'run'), '--iterations', '3']) == 0
    assert main(['export', '--run', str(tmp_path / 'run'), '--output', str(tmp_path / 'm')]) == 0
    model = read_model(tmp_path / 'm')
    assert (model.label_set.name, model.label_set.class_names) == ('mine', ['road', 'car'])
    assert model.card['training']['iterations'] in (2, 3)
    capsys.readouterr()
    assert main(['evaluate', '--model', str(tmp_path / 'm'), '--dataset', str(own),
                 '--backend', 'onnx', '--json', str(tmp_path / 'x.json')]) == 0
    report = json.loads((tmp_path / 'x.json').read_text())
    assert report['iou'] == pytest.approx(model.card['metrics']['mine-val']['iou'])


def test_own_data_with_faults_are_not_trained_on(tmp_path, write_own_data, capsys):
    own = write_own_data(tmp_path / 'mine', {'train/a': 7, 'val/b': 1})
    assert main(['train', '--dataset', str(own), '--network', 'lps-net-0', '--output',
                 str(tmp_path / 'run')]) == 1
    error = capsys.readouterr().err
    assert 'mine has 1 faults, such as ' in error and 'has 7 (384 px) of no class' in error
    assert error.count('\n') == 1 and not (tmp_path / 'run').exists()


@pytest.mark.parametrize('options, text', [
    ([], 'there is no recipe: give one with --recipe, or --network and --dataset'),
    (['--network', 'lednet'], 'there is no recipe'),
    (['--recipe', 'lednet-camvid', '--network', 'lednet'], 'leave out --network'),
    (['--recipe', 'lednet-camvid', '--hours', '1', '--iterations', '5'], 'give one of them'),
    (['--network', 'lednet', '--dataset', 'nothing'], "dataset 'nothing' is not known"),
])
def test_wishes_that_do_not_fit_are_one_line(tmp_path, options, text, capsys):
    assert main(['train', '--output', str(tmp_path / 'run')] + options) == 1
    error = capsys.readouterr().err
    assert text in error and error.count('\n') == 1 and not (tmp_path / 'run').exists()


def test_a_batch_that_the_network_cannot_learn_from_is_refused(train, tmp_path, capsys):
    assert train(tmp_path / 'run', network='lednet', options={}, batch_size=1) == 1
    check_one_line(capsys, 'lednet cannot be trained on 1 crops of 64x96 (height x width) at once')
    assert not (tmp_path / 'run').exists()


def test_initial_weights_of_another_network_are_refused(train, run_folder, tmp_path, capsys):
    assert train(tmp_path / 'run', '--initial', run_folder, network='lednet', options={}) == 1
    error = capsys.readouterr().err
    assert error.startswith('lsnet: the initial weights are of another network: 0% of those of ')
    assert error.count('\n') == 1
    assert not (tmp_path / 'run').exists()


def test_initial_weights_that_are_not_there_are_refused(train, tmp_path, capsys):
    assert train(tmp_path / 'run', '--initial', tmp_path / 'nowhere') == 1
    assert 'nowhere' in capsys.readouterr().err
    assert not (tmp_path / 'run').exists()


def test_the_card_says_whether_the_average_was_kept(train, tmp_path):
    assert train(tmp_path / 'run', average='ema', ema_decay=0.5) == 0
    with np.load(str(tmp_path / 'run' / 'best.npz')) as best:
        kept = json.loads(str(best['state']))['kept']
        names = [name.partition('/')[2] for name in best.files if name.endswith('3x3.weight')]
        with np.load(str(tmp_path / 'run' / 'checkpoint.npz')) as last:
            kind = {'average': 'average/', 'latest': 'weights/'}
            for name in names:
                np.testing.assert_array_equal(best['weights/' + name], last[kind[kept] + name])
                assert not np.array_equal(last['average/' + name], last['weights/' + name])
    assert len(names) == 10
    assert main(['export', '--run', str(tmp_path / 'run'), '--output', str(tmp_path / 'm')]) == 0
    training = read_model(tmp_path / 'm').card['training']
    assert (training['recipe']['average'], training['weights']) == ('ema', kept)


def break_label(path):
    target = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    target[100, 100] = 77
    cv2.imwrite(str(path), target)


def truncate(path):
    path.write_bytes(path.read_bytes()[:-1000])


@pytest.fixture
def copies(root, run_folder, tmp_path):
    """Copies of the dataset and of the run that a test may break, and the states of the run."""
    shutil.copytree(str(root), str(tmp_path / 'camvid'))
    shutil.copytree(str(run_folder), str(tmp_path / 'run'))
    return tmp_path / 'camvid', tmp_path / 'run', {
        path.name: path.read_bytes() for path in run_folder.glob('*.npz')}


def check_one_line(capsys, reason):
    """Check that what lsnet said, beside the progress bar, was one line with the reason."""
    said = [line for line in capsys.readouterr().err.splitlines() if 'lsnet' in line]
    assert len(said) == 1 and said[0].startswith('lsnet: ')
    assert reason in said[0]


@pytest.mark.parametrize('folder, damage, reason', [
    ('trainannot', break_label, '0001TP_000001.png: found the label 77'),
    ('train', truncate, '0001TP_000001.png: ends before its image does'),
    ('valannot', break_label, '0001TP_000002.png: found the label 77'),
])
def test_a_broken_file_leaves_the_last_state(
        root, copies, command, folder, damage, reason, capsys):
    camvid, run, before = copies
    broken, = [path for path in (camvid / folder).iterdir() if path.name in reason]
    damage(broken)
    again = command(run, '--iterations', 4, root=camvid)
    assert main(again) == 1
    check_one_line(capsys, reason)
    assert {path.name: path.read_bytes() for path in run.glob('*.npz')} == before
    shutil.copy(str(root / folder / broken.name), str(broken))
    assert main(again) == 0


@pytest.mark.parametrize('classes, words', [
    ([], 'have pixels of no class, expected at least 2'),
    ([3], 'have pixels of the class road alone, expected at least 2')])
def test_a_validation_split_without_meaning_is_refused(
        root, command, tmp_path, classes, words, capsys):
    shutil.copytree(str(root), str(tmp_path / 'camvid'))
    for path in (tmp_path / 'camvid' / 'valannot').iterdir():
        target = cv2.imread(str(path), 0)
        target[~np.isin(target, classes)] = 11
        cv2.imwrite(str(path), target)
    assert main(command(tmp_path / 'run', root=tmp_path / 'camvid')) == 1
    check_one_line(capsys, 'the 1 validation frames ' + words)


def test_a_best_of_other_validation_frames_is_not_compared_with(copies, command, capsys):
    camvid, run, before = copies
    path, = (camvid / 'valannot').iterdir()
    target = cv2.imread(str(path), 0)
    target[:20] = 11
    cv2.imwrite(str(path), target)
    assert main(command(run, '--iterations', 4, root=camvid)) == 1
    check_one_line(capsys, 'the validation frames have changed since')
    assert {path.name: path.read_bytes() for path in run.glob('*.npz')} == before


def test_a_full_disk_leaves_the_last_state(copies, command, capsys):
    camvid, run, before = copies
    again = command(run, '--iterations', 4, root=camvid)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (30000, hard))  # bytes; a state has more
    try:
        status = main(again)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert status == 1
    check_one_line(capsys, 'the previous file is unchanged')
    assert {path.name: path.read_bytes() for path in run.glob('*.npz')} == before
    assert not list(run.glob('*.part'))
    assert main(again) == 0


def test_a_loss_without_bounds_ends_the_run(train, tmp_path, capsys):
    assert train(tmp_path / 'run', learning_rate=1e8, iterations=8) == 1
    check_one_line(capsys, 'the weights are not finite any more: begin anew with a lower')
    assert not (tmp_path / 'run' / 'best.npz').exists()


def test_sigterm_saves_where_the_run_stands(command, train, tmp_path):
    process = subprocess.Popen(
        [sys.executable, '-m', 'lsnet_ros.cli'] + command(tmp_path, '--iterations', 100000),
        stderr=subprocess.PIPE)
    try:
        error = b''
        while not re.search(rb' [1-9]\d*/100000 ', error):
            error += os.read(process.stderr.fileno(), 1000)
            assert process.poll() is None, error
        process.send_signal(signal.SIGTERM)
        error = process.communicate(timeout=120)[1].decode()
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130
    done, = re.findall(r'^stopped after (\d+) of 100000 iterations: the same command goes on$',
                       error, re.MULTILINE)
    with np.load(str(tmp_path / 'checkpoint.npz')) as checkpoint:
        assert json.loads(str(checkpoint['state']))['iteration'] == int(done)
    assert train(tmp_path, '--iterations', int(done) + 1) == 0


def test_a_dataset_on_disk_needs_its_folder(tmp_path, capsys):
    assert main(['train', '--recipe', 'lsnet-cityscapes', '--output', str(tmp_path / 'run')]) == 1
    check_one_line(capsys, "dataset 'cityscapes' is read from files: give its folder with --root")


def test_an_unknown_recipe_lists_the_known(root, tmp_path, capsys):
    assert main(['train', '--recipe', 'lps-net-x', '--root', str(root),
                 '--output', str(tmp_path / 'run')]) == 1
    error = capsys.readouterr().err
    assert "recipe 'lps-net-x' is not known: choose from " in error and ' lednet-camvid, ' in error
    assert 'lps-net-s-camvid-cpu' in error and error.count('\n') == 1
    assert not (tmp_path / 'run').exists()


def test_a_run_of_no_iterations_is_refused(train, tmp_path, capsys):
    assert train(tmp_path / 'run', '--iterations', 0) == 1
    assert 'give at least 1' in capsys.readouterr().err


def test_export_of_a_run_that_is_not_there_says_so(tmp_path, capsys):
    assert main(['export', '--run', str(tmp_path), '--output', str(tmp_path / 'model')]) == 1
    assert 'best.npz: not found' in capsys.readouterr().err
