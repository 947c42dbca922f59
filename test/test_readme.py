# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Every command of the README and its pages is run, or taken by what it is for."""

from pathlib import Path
import re
import shlex
import subprocess
import sys

import pytest
import yaml

from lsnet_ros import cli
from lsnet_ros.launching.launch_files import NODE_ARGUMENTS
from lsnet_ros.models.folder import list_models, read_model
from lsnet_ros.networks import NETWORKS
from lsnet_ros.nodes.descriptions import DESCRIPTIONS
from lsnet_ros.training.recipe_files import list_recipes

ROOT = Path(__file__).resolve().parents[1]
PAGES = {path: path.read_text() for path in [ROOT / 'README.md'] + [
    ROOT / 'docs' / (name + '.md') for name in (
        'backends', 'bags', 'benchmark', 'cameras', 'models', 'topics')]}
TEXT = '\n'.join(PAGES.values())
BLOCKS = re.findall(r'^```(\w+)\n(.*?)^```', TEXT, re.MULTILINE | re.DOTALL)
LINES = [line for language, block in BLOCKS if language == 'sh' for line in block.splitlines()]
LINES += re.findall('`(lsnet [^`\n]+)`', TEXT)
PARAMETERS = yaml.safe_load((ROOT / 'params' / 'segmentation.yaml').read_text())[
    '/**']['ros__parameters']
MODEL = 'fpn-lite0-camvid'


def check_lsnet(words):
    args = cli._parser([words[1]]).parse_args(words[1:])
    if words[1] == 'train':
        assert args.recipe in list_recipes() or args.network in NETWORKS


def check_torchrun(words):
    pytest.importorskip('torch.distributed.run')
    from torch.distributed.run import get_args_parser
    args = get_args_parser().parse_args(words[1:])
    assert args.module and args.training_script == 'lsnet_ros.cli'
    check_lsnet(['lsnet'] + args.training_script_args)


def check_make(words):
    subprocess.check_call(['make', '--dry-run', '-C', str(ROOT)] + words[1:],
                          stdout=subprocess.DEVNULL)


def check_ros2(words):
    assert words[1:3] == ['launch', 'lsnet_ros']
    source = (ROOT / 'launch' / words[3]).read_text()
    names = re.findall(r"^    \('(\w+)', ", source, re.MULTILINE)
    names += [name for name, _, _ in NODE_ARGUMENTS]
    for word in words[4:]:
        assert word.partition(':=')[0] in names, word


def check_node(words):
    assert "'{0} = lsnet_ros.launching.executables:{0}'".format(
        words[0]) in (ROOT / 'setup.py').read_text()
    assert words[1] == '--ros-args' and set(words[2::2]) == {'-p'}
    for word in words[3::2]:
        assert word.partition(':=')[0] in PARAMETERS


def check_export(words):
    variable, _, path = words[1].partition('=')
    assert variable in ('FASTDDS_DEFAULT_PROFILES_FILE',)
    assert (ROOT / path.replace('$PWD/', '')).is_file()


def check_known(words):
    assert ' '.join(words) in (
        'colcon build',  # which test_package.py does
        'rosdep install --from-paths src --ignore-src -y',
        'source install/setup.bash', 'source .venv/bin/activate')


CHECKS = {'lsnet': check_lsnet, 'torchrun': check_torchrun, 'make': check_make,
          'ros2': check_ros2, 'export': check_export, 'source_node': check_node,
          'segmentation_node': check_node, 'latency_node': check_node,
          'colcon': check_known, 'rosdep': check_known,
          'source': check_known}


@pytest.mark.parametrize('line', LINES)
def test_the_command_is_one_that_there_is(line):
    words = shlex.split(line)
    CHECKS[words[0]](words)


def test_the_cheap_commands_run_in_their_order(tmp_path):
    if MODEL not in list_models():
        pytest.skip('the model {} is not in models/'.format(MODEL))
    (tmp_path / 'docs').symlink_to(ROOT / 'docs')
    done = []
    for language, block in BLOCKS:
        if language == 'python':
            subprocess.check_call([sys.executable, '-c', block], cwd=str(tmp_path))
        for line in block.splitlines() if language == 'sh' else ():
            if re.match('lsnet (models|segment|evaluate-bag) ?', line):
                command = [sys.executable, '-m', 'lsnet_ros.cli'] + shlex.split(line)[1:]
                done.append(subprocess.check_output(command, cwd=str(tmp_path),
                                                    universal_newlines=True))
    models, _, bag = done
    assert MODEL in models
    assert (tmp_path / 'segmented' / 'street_mask.png').is_file()
    assert 'mean IoU' in bag and '20 frames' in bag


def test_the_table_of_parameters_is_that_of_the_file():
    rows = re.findall(r'^\| [\w, ]*_node \| `(\w+)` \| `(.*?)` \| (.*) \|$', TEXT, re.MULTILINE)
    assert {name: yaml.safe_load(value) for name, value, _ in rows} == PARAMETERS
    assert {name: text.replace('`', '') for name, _, text in rows} == DESCRIPTIONS


def test_the_accuracies_of_the_models_are_those_of_their_cards():
    text = ' '.join((ROOT / 'README.md').read_text().split())
    sentence = re.search(r'FPN-Lite2 and FPN-Lite0, whose .*?LSNet \d+\.\d', text).group(0)
    pairs = list(zip(('FPN-Lite2', 'FPN-Lite0'), re.findall(r'([\d.]+) %', sentence)))
    pairs += re.findall(r'(LPS-Net-M|LPS-Net-S|LEDNet|LRNNet-C|LSNet) (\d+\.\d)', sentence)
    models = [read_model(name.lower() + '-camvid') for name, _ in pairs]
    assert [value for _, value in pairs] == ['{:.1f}'.format(
        100 * model.card['metrics']['camvid-val']['miou']) for model in models]
    assert len(pairs) == 7


def test_the_table_of_topics_has_every_topic():
    sources = ''.join(path.read_text() for path in (ROOT / 'lsnet_ros' / 'nodes').glob('*.py'))
    topics = set(re.findall(r"create_(?:publisher|subscription|service)\(\s*\w+, '([\w/]+)'",
                            sources)) | set(re.findall(r"'(segmentation/\w+)'", sources))
    outputs = (ROOT / 'lsnet_ros' / 'nodes' / 'segmentation_outputs.py').read_text()
    names = re.findall(r"(?:_create\(\w+, |_prefix \+ |\()'([\w/]+)'(?:\)|, self\._draw|,$)",
                       outputs, re.MULTILINE)
    assert {'mask', 'mask/compressed', 'confidence', 'overlay', 'color', 'timing'} <= set(names)
    topics |= {'segmentation/' + name for name in names}
    topics |= {'segmentation/{}/compressed'.format(name) for name in ('overlay', 'color')}
    table = TEXT[TEXT.index('## Topics'):TEXT.index('## Parameters')]
    assert 'segmentation/mask' in topics and 'evaluation/reset' in topics
    assert [topic for topic in sorted(topics) if '`{}`'.format(topic) not in table] == []


def list_links():
    """Return (page, target) of the links of all pages to files, parts of a page left out."""
    return [(path, target.partition('#')[0])
            for path in [ROOT / 'README.md'] + sorted((ROOT / 'docs').glob('*.md'))
            for target in re.findall(r'\]\((?!http|#)([^)]*)\)', path.read_text())]


@pytest.mark.parametrize('page, target', list_links(), ids=lambda value: Path(value).name)
def test_what_is_linked_to_is_there(page, target):
    assert (page.parent / target).exists()


def test_the_readme_is_short():
    assert len((ROOT / 'README.md').read_text().splitlines()) <= 150


def test_each_page_is_reached_from_the_readme():
    linked = set(re.findall(r'\]\(docs/(\w[\w-]*\.md)\)', (ROOT / 'README.md').read_text()))
    assert {path.name for path in (ROOT / 'docs').glob('*.md')} == linked
