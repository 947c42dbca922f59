# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""What many tests need: a small model folder, and frames to show it."""

import json
import os
import subprocess
import sys

import cv2
from hypothesis import HealthCheck, settings
import numpy as np
import pytest

from lsnet_ros.board.board import BoardFacts, BoardReading
from lsnet_ros.board.machine import describe_machine
from lsnet_ros.labels.label_sets import label_set, own_label_set
from lsnet_ros.latency.figures import LatencyRun
from lsnet_ros.latency.frame_log import FrameLog
from lsnet_ros.latency.report import RunOrigin, RunReport
from lsnet_ros.latency.run_files import RunFiles
from lsnet_ros.stages.preprocessing import InputSpec

TINY_HEIGHT, TINY_WIDTH = 90, 120  # px

# The suite runs in several processes: threads of PyTorch beyond one would wait for each other, in
# the programs that the tests start too.
os.environ.setdefault('OMP_NUM_THREADS', '1')

# A machine that is busy with something else is no mistake of what is tested.
settings.register_profile(
    'any machine', deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile('any machine')


@pytest.fixture(autouse=True)
def limit_torch_threads():
    """Give PyTorch one thread again after a benchmark that took all cores in this process."""
    yield
    if 'torch' in sys.modules:
        sys.modules['torch'].set_num_threads(1)


def save_tiny_model(folder, labels):
    """Write a model of LPS-Net 0 with random weights; many of its classes win somewhere."""
    torch = pytest.importorskip('torch')
    from lsnet_ros.models.export import save_model, TrainedModel
    from lsnet_ros.networks import build_network
    config = {'num_classes': labels.num_classes, 'ratios': ['1', '1/4'],
              'block': 'reparameterised'}
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(4)
        network = build_network('lps-net-0', **config).eval()
        for module in network.modules():
            if isinstance(module, torch.nn.Conv2d):
                torch.nn.init.kaiming_normal_(module.weight)
        image = torch.nn.functional.interpolate(torch.randn(1, 3, 9, 12), scale_factor=10)
        spread, mean = torch.std_mean(network(image), (0, 2, 3))
        network.classifier.weight /= spread.reshape(-1, 1, 1, 1)
        network.classifier.bias.copy_((network.classifier.bias - mean) / spread)
    spec = InputSpec(TINY_HEIGHT, TINY_WIDTH, tuple(network.input_sizes(TINY_HEIGHT, TINY_WIDTH)))
    save_model(folder, TrainedModel('tiny', 'lps-net-0', config, network, labels, spec,
                                    {'command': 'drawn at random'}, {}))
    return folder


@pytest.fixture(scope='session')
def tiny_model(tmp_path_factory):
    """
    Folder of a complete model that runs in milliseconds: two paths, 120x90, CamVid's classes.

    Not to be written to: copy it first.
    """
    return save_tiny_model(tmp_path_factory.mktemp('models') / 'tiny', label_set('camvid'))


@pytest.fixture(scope='session')
def tiny_cityscapes_model(tmp_path_factory):
    """Return the folder of such a model with Cityscapes' classes."""
    return save_tiny_model(tmp_path_factory.mktemp('models') / 'tiny', label_set('cityscapes'))


@pytest.fixture(scope='session')
def tiny_own_model(tmp_path_factory):
    """Return the folder of such a model with four classes of one's own."""
    return save_tiny_model(tmp_path_factory.mktemp('models') / 'tiny', own_label_set('mine', [
        ('road', (128, 64, 128)), ('vehicle', (0, 0, 142)), ('vegetation', (107, 142, 35)),
        ('other', (90, 90, 90))]))


@pytest.fixture
def official_cityscapes_scores(tmp_path_factory, monkeypatch):
    """Return what gives the official evaluation of images (H, W) of Cityscapes' own label ids."""
    script = pytest.importorskip('cityscapesscripts.evaluation.evalPixelLevelSemanticLabeling')
    for setting in ('evalInstLevelScore', 'JSONOutput'):
        monkeypatch.setattr(script.args, setting, False)
    monkeypatch.setattr(script.args, 'quiet', True)

    def scores(truths, predictions):
        folder = tmp_path_factory.mktemp('official')
        paths = {}
        for kind, images in (('truth', truths), ('prediction', predictions)):
            paths[kind] = [str(folder / '{}{}.png'.format(kind, i)) for i in range(len(images))]
            for path, image in zip(paths[kind], images):
                assert cv2.imwrite(path, np.asarray(image, np.uint8))
        return script.evaluateImgLists(paths['prediction'], paths['truth'], script.args)
    return scores


@pytest.fixture(scope='session')
def frame():
    """(360, 480, 3) uint8 RGB: smooth shapes with noise, as a camera gives them."""
    rng = np.random.RandomState(0)
    rows, columns = np.mgrid[:360, :480]
    waves = [128 + 90 * np.sin(rows / period + phase) * np.cos(columns / (2 * period))
             for period, phase in ((31, 0.), (17, 1.), (53, 2.))]
    return np.clip(np.stack(waves, -1) + rng.normal(0, 6, (360, 480, 3)), 0, 255).astype(np.uint8)


SERVER = '''
import json
import os
import sys
import traceback
{}
for line in sys.stdin:
    request = json.loads(line)
    pid = os.fork()
    if not pid:
        try:
            for stream in sys.stdout, sys.stderr:
                os.dup2(os.open(request['output'], os.O_WRONLY | os.O_APPEND), stream.fileno())
            status = main(request['arguments'])
            sys.stdout.flush()
            os._exit(status or 0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    print(pid, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
'''


class ForkServer:
    """
    Runs ``main(arguments)`` of a source, each time in a process of its own that can be killed.

    The process is a fork, which need not import PyTorch anew.

    :param source: Python, which imports all that ``main`` needs
    :param folder: for the outputs, new or empty
    """

    def __init__(self, source, folder):
        folder.mkdir()
        self._output = folder / 'output.txt'
        self._process = subprocess.Popen(
            [sys.executable, '-c', SERVER.format(source)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, universal_newlines=True)

    def start(self, arguments):
        """Start it; returns the process id. One run at a time."""
        self._output.write_text('')
        self._process.stdin.write(json.dumps({
            'arguments': [str(each) for each in arguments], 'output': str(self._output)}) + '\n')
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def wait(self):
        """Wait for its end; returns the exit status, below 0 for a signal."""
        return int(self._process.stdout.readline())

    def run(self, arguments):
        """Start it and wait for its end; returns the exit status."""
        self.start(arguments)
        return self.wait()

    @property
    def output(self):
        """Output of the last run, on both of its streams."""
        return self._output.read_text()

    def close(self):
        self._process.stdin.close()  # upon which it ends
        self._process.wait(timeout=60)


@pytest.fixture(scope='module')
def fork_server(request, tmp_path_factory):
    """Return the server of the module's ``SOURCE``."""
    server = ForkServer(request.module.SOURCE, tmp_path_factory.mktemp('server') / 'outputs')
    yield server
    server.close()


OWN_DATA = '''
classes:
- {name: road, color: [128, 64, 128]}
- {name: car, color: [0, 0, 142]}
ignore: [11]
images: images/{split}/*.jpg
targets: labels/{split}/*.png
'''


@pytest.fixture(scope='session')
def write_own_data():
    """
    Return a function that writes a dataset of one's own.

    ``frames`` are label values by path below images/ and labels/, without suffix; each fills the
    lower half of its frame, whose upper half is 0.
    """
    def write(folder, frames, yaml=OWN_DATA, size=(24, 32)):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / 'dataset.yaml').write_text(yaml)
        for number, (name, value) in enumerate(frames.items()):
            for kind in ('images', 'labels'):
                (folder / kind / name).parent.mkdir(parents=True, exist_ok=True)
            noise = np.random.RandomState(number).randint(0, 256, size + (3,)).astype(np.uint8)
            cv2.imwrite(str(folder / 'images' / (name + '.jpg')), noise)
            labels = np.zeros(size, np.uint8)
            labels[size[0] // 2:] = value
            cv2.imwrite(str(folder / 'labels' / (name + '.png')), labels)
        return folder
    return write


STAGES = {'wait_ms': 10.0, 'convert_ms': 5.0, 'preprocess_ms': 10.0, 'network_ms': 50.0,
          'decode_ms': 10.0, 'publish_ms': 5.0, 'total_ms': 90.0}
FACTS = BoardFacts(model='R&D <board>', memory_mb=4000.0, power_mode='MAXN')
ORIGIN = RunOrigin('2026-01-02T03:04:05Z', describe_machine('R&D <board>', 'rmw_x'), '/image')


@pytest.fixture(scope='session')
def write_run():
    """Give the function that writes a run."""
    return _write_run


def _write_run(folder, frames=600, rails=('VDD_IN', 'VDD_SOC'), ended='2026-01-02T03:05:05Z'):
    """Write a run at 10 Hz with a latency of 100 ms; one frame in a hundred takes 400 ms."""
    log = FrameLog(warm_up=10)
    run = LatencyRun(log, FACTS, deadline_s=0.15)
    files = RunFiles(folder, list(rails), ['GPU-therm'], 0.0)
    for index in range(frames):
        now, longer = 0.1 * index, 300.0 * (index % 100 == 50)
        log.on_image(index * 10**8, now)
        log.on_mask(index * 10**8, now + 0.1 + longer / 1e3, index * 10**8 + 10**8)
        log.on_stages(index * 10**8, dict(STAGES, network_ms=50.0 + longer,
                                          total_ms=90.0 + longer), 0)
        taken = log.take()
        run.add(taken)
        files.write_frames(taken)
        if index % 10 == 0:
            reading = BoardReading(
                {name: 5000.0 for name in rails}, 5000.0 if rails else None, {'GPU-therm': 40.0},
                0.5, None, 0.5, 1479.0, 1000.0, 0.0, 'MAXN', None)
            run.add_reading(reading)
            files.write_reading(now, reading)
    files.write_report(RunReport(run.figures(), ORIGIN, '2026-01-02T03:05:04Z', ended))
    files.close()
