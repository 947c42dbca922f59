# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Two processes on the CPU do what one does with the joint batch."""

from contextlib import ExitStack
import json
import os
import socket
import subprocess
import sys

import cv2
import numpy as np
import pytest
import torch
import yaml

from lsnet_ros.cli import main
from lsnet_ros.datasets.street_scene import StreetScenes
from lsnet_ros.training.checkpoint import read_checkpoint
from lsnet_ros.training.losses import (
    cross_entropy,
    hard_example_cross_entropy,
    jaccard_loss,
)

TIMEOUT = 400  # s; a process that hangs ends itself then
RECIPE = {'network': 'lps-net-0', 'dataset': 'camvid', 'options': {'block': 'reparameterised'},
          'input_size': [90, 120], 'crop': [64, 96], 'iterations': 6, 'batch_size': 4,
          'learning_rate': 0.02, 'class_weights': True, 'precision': 'float32',
          'average': 'swa', 'swa_share': 0.5, 'label_smoothing': 0.1, 'jaccard': 0.5}
PARTS = """
import json
import os
import signal
import sys
signal.alarm({timeout})
from pathlib import Path
import numpy as np
import torch
from lsnet_ros.datasets.camvid import CamVid
from lsnet_ros.labels.label_sets import LABEL_SETS
from lsnet_ros.training import distributed
from lsnet_ros.training.data import Data
from lsnet_ros.training.distributed import joined, parallel, rank, with_joint_batch_norms
from lsnet_ros.training.losses import (
    cross_entropy, hard_example_cross_entropy, jaccard_loss)
from lsnet_ros.training.recipes import recipe_from
from lsnet_ros.training.trainer import Trainer

LOSSES = {{'cross-entropy': cross_entropy,
          'hard': lambda *batch: hard_example_cross_entropy(*batch, keep=0.4),
          'hardest': lambda *batch: hard_example_cross_entropy(*batch, keep=0.4, threshold=0.01),
          'jaccard': lambda logits, target, weight: jaccard_loss(logits, target)}}
folder, root = map(Path, sys.argv[1:3])
data = dict(np.load(str(folder / 'data.npz')))
out = {{}}


def part(name):
    return torch.from_numpy(data[name][2 * rank():2 * rank() + 2])


def losses():
    for name, loss in LOSSES.items():
        logits = part('logits').requires_grad_()
        share = loss(logits, part('target'), torch.from_numpy(data['weight']))
        out[name] = share.detach().numpy()
        out[name + '-gradient'], = torch.autograd.grad(share, logits)


def batch_norm():
    norm = torch.nn.BatchNorm2d(3, momentum=0.3)
    norm.weight.data, norm.bias.data = torch.tensor([1., 2., 3.]), torch.tensor([4., 5., 6.])
    network = with_joint_batch_norms(torch.nn.Sequential(norm))
    called = parallel(network)
    x = part('x').requires_grad_()
    y = called(x)
    (y * part('y_gradient')).sum().backward()
    out.update(y=y.detach(), x_gradient=x.grad, **network.state_dict())
    out.update(weight_gradient=network[0].weight.grad, bias_gradient=network[0].bias.grad)
    out['y_eval'] = network.eval()(x).detach()


def messages():
    out['any'] = distributed.in_any(rank() == 1), distributed.in_any(False)
    out['first'] = distributed.from_first('from {{}}'.format(rank()).encode()).decode()


class Stopping(list):
    reads = 0

    def __getitem__(self, index):
        self.reads += 1
        if rank() == 1 and self.reads == 6:
            os.kill(os.getpid(), signal.SIGTERM)
        return super().__getitem__(index)


def stopped_run():
    recipe = recipe_from(json.loads(sys.argv[3]))
    train, val = Stopping(CamVid(root, 'train')), list(CamVid(root, 'val'))
    for _ in range(2):
        trainer = Trainer(recipe, folder / 'stopped', Data(LABEL_SETS['camvid'], train, val))
        try:
            trainer.run()
        except KeyboardInterrupt:
            out['stopped'] = trainer.iteration
    try:
        Trainer(recipe._replace(batch_size=5), folder / 'odd',
                Data(LABEL_SETS['camvid'], train, val))
    except distributed.DistributedError as error:
        out['odd'] = str(error)


with joined():
    losses()
    batch_norm()
    messages()
    stopped_run()
    np.savez(str(folder / 'part{{}}'.format(rank())), **out)
""".format(timeout=TIMEOUT)


def free_port():
    with socket.socket() as listener:
        listener.bind(('localhost', 0))
        return listener.getsockname()[1]


def run_two(command):
    """Run a command as two processes of one run, as ``torchrun`` starts them."""
    port = free_port()
    with ExitStack() as stack:
        processes = []
        for rank in range(2):
            environment = dict(os.environ, RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE='2',
                               MASTER_ADDR='localhost', MASTER_PORT=str(port),
                               OMP_NUM_THREADS='1')
            processes.append(subprocess.Popen(
                command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                universal_newlines=True))
            stack.callback(processes[-1].wait)
            stack.callback(processes[-1].kill)
        outputs = [process.communicate(timeout=TIMEOUT) for process in processes]
    return [(process.returncode, *output) for process, output in zip(processes, outputs)]


@pytest.fixture(scope='module')
def data():
    """Logits, targets and features of a joint batch of four; one part has few labels."""
    generator = np.random.default_rng(5)
    target = generator.integers(0, 3, (4, 5, 6))
    target[2:, 1:] = 255
    arrays = {'logits': generator.normal(0, 2, (4, 3, 5, 6)), 'weight': [0.5, 1, 2],
              'x': generator.normal(3, 2, (4, 3, 5, 7)),
              'y_gradient': generator.normal(0, 1, (4, 3, 5, 7))}
    return dict({name: np.asarray(value, np.float32) for name, value in arrays.items()},
                target=target)


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    """Three rendered frames to train on and three to validate on, in CamVid's layout."""
    root = tmp_path_factory.mktemp('camvid')
    scenes = StreetScenes(3, 6, 90, 120)
    for index in range(6):
        split = ('train', 'val')[index % 2]
        for folder, image in ((split, scenes[index].image[:, :, ::-1]),
                              (split + 'annot', scenes[index].target)):
            (root / folder).mkdir(exist_ok=True)
            cv2.imwrite(str(root / folder / '0001TP_{:06d}.png'.format(index)), image)
    return root


@pytest.fixture(scope='module')
def parts_folder(data, root, tmp_path_factory):
    """Where two processes leave what each makes of its half of the data, and their run."""
    folder = tmp_path_factory.mktemp('parts')
    np.savez(str(folder / 'data.npz'), **data)
    for status, _, error in run_two(
            [sys.executable, '-c', PARTS, str(folder), str(root), json.dumps(RECIPE)]):
        assert status == 0, error
    return folder


@pytest.fixture(scope='module')
def parts(parts_folder):
    return [dict(np.load(str(parts_folder / 'part{}.npz'.format(rank)))) for rank in range(2)]


@pytest.mark.parametrize('name, loss', [
    ('cross-entropy', cross_entropy),
    ('hard', lambda *batch: hard_example_cross_entropy(*batch, keep=0.4)),
    ('hardest', lambda *batch: hard_example_cross_entropy(*batch, keep=0.4, threshold=0.01)),
    ('jaccard', lambda logits, target, weight: jaccard_loss(logits, target)),
])
def test_the_parts_of_a_loss_add_up(data, parts, name, loss):
    logits = torch.from_numpy(data['logits']).requires_grad_()
    expected = loss(logits, torch.from_numpy(data['target']), torch.from_numpy(data['weight']))
    expected.backward()
    assert parts[0][name] + parts[1][name] == pytest.approx(float(expected.detach()), rel=1e-5)
    gradient = np.concatenate([part[name + '-gradient'] for part in parts])
    np.testing.assert_allclose(gradient, logits.grad, rtol=1e-5, atol=1e-7)


def test_batch_norms_are_joint(data, parts):
    norm = torch.nn.BatchNorm2d(3, momentum=0.3)
    norm.weight.data, norm.bias.data = torch.tensor([1., 2., 3.]), torch.tensor([4., 5., 6.])
    x = torch.from_numpy(data['x']).requires_grad_()
    y = norm(x)
    (y * torch.from_numpy(data['y_gradient'])).sum().backward()
    for name, expected in (('y', y.detach()), ('x_gradient', x.grad)):
        found = np.concatenate([part[name] for part in parts])
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5, err_msg=name)
    np.testing.assert_allclose(np.concatenate([part['y_eval'] for part in parts]),
                               norm.eval()(x).detach(), rtol=1e-5, atol=1e-5)
    for part in parts:
        for name, expected in norm.state_dict().items():
            np.testing.assert_allclose(part['0.' + name], expected, rtol=1e-5, err_msg=name)
        # Each gradient is the mean of the processes': a loss is multiplied by their number.
        for name, expected in (('weight', norm.weight.grad), ('bias', norm.bias.grad)):
            np.testing.assert_allclose(2 * part[name + '_gradient'], expected, rtol=1e-4)


def test_processes_tell_each_other(parts):
    for part in parts:
        assert part['any'].tolist() == [True, False]
        assert str(part['first']) == 'from 0'


def arguments(root, output, **fields):
    output.mkdir()
    (output / 'recipe.yaml').write_text(yaml.safe_dump(dict(RECIPE, **fields)))
    return ['train', '--recipe', str(output / 'recipe.yaml'), '--root', str(root),
            '--output', str(output / 'run'), '--json', str(output / 'report.json')]


def torchrun(more):
    """Run ``lsnet`` on two processes as the README says; returns status, output and errors."""
    process = subprocess.Popen(
        [sys.executable, '-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', '2',
         '-m', 'lsnet_ros.cli'] + more,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
    try:
        output, error = process.communicate(timeout=TIMEOUT)
        return process.returncode, output, error
    finally:
        if process.poll() is None:
            process.terminate()  # upon which it ends what it started
            process.wait()


@pytest.fixture(scope='module')
def runs(root, tmp_path_factory):
    """The same run by one process and by two."""
    folder = tmp_path_factory.mktemp('runs')
    assert main(arguments(root, folder / 'one')) == 0
    status, output, error = torchrun(arguments(root, folder / 'two'))
    assert status == 0, error
    return folder, output


def test_two_processes_end_with_the_weights_of_one(runs):
    folder, _ = runs
    one, two = (read_checkpoint(folder / name / 'run' / 'checkpoint.npz')
                for name in ('one', 'two'))
    assert two.state['averaged'] == 3
    assert two.state['pixels'] == one.state['pixels']
    assert two.state['best_miou'] == pytest.approx(one.state['best_miou'], abs=1e-3)
    for kind in ('weights', 'optimizer', 'average'):
        for name, expected in getattr(one, kind).items():
            np.testing.assert_allclose(getattr(two, kind)[name], expected, rtol=2e-3, atol=2e-5,
                                       err_msg=name)


def test_processes_stop_together_and_resume_to_the_same_weights(runs, parts, parts_folder):
    stopped = [int(part['stopped']) for part in parts]
    assert stopped[0] == stopped[1] and 0 < stopped[0] < 6
    expected = read_checkpoint(runs[0] / 'two' / 'run' / 'checkpoint.npz')
    found = read_checkpoint(parts_folder / 'stopped' / 'checkpoint.npz')
    for kind in ('weights', 'optimizer', 'average'):
        for name, value in getattr(expected, kind).items():
            np.testing.assert_array_equal(getattr(found, kind)[name], value, name)


def test_a_batch_that_cannot_be_shared_is_refused(parts):
    for part in parts:
        assert str(part['odd']).startswith('a batch of 5 cannot be divided equally among 2')


def test_two_processes_leave_one_log_and_one_report(runs):
    folder, output = runs
    assert output.count('best validation mIoU') == 1
    rows, expected = ((folder / name / 'run' / 'log.csv').read_text().splitlines()
                      for name in ('two', 'one'))
    assert len(rows) == 3  # the names, the loss, the mIoU
    assert float(rows[1].split(',')[2]) == pytest.approx(float(expected[1].split(',')[2]),
                                                         rel=1e-3)
    assert json.loads((folder / 'two' / 'report.json').read_text())['iterations'] == 6
    assert {path.name for path in (folder / 'two' / 'run').iterdir()} == {
        'best.npz', 'checkpoint.npz', 'log.csv', 'log.png', 'report.html', 'run.json'}
