# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

from pathlib import Path
import re
import shlex

import pytest
import yaml

from lsnet_ros import cli
from lsnet_ros.training.recipe_files import list_recipes, read_recipe
from lsnet_ros.training.recipes import Recipe, RecipeError

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / 'params' / 'recipes'
PAGE = (ROOT / 'docs' / 'training.md').read_text()
SHIPPED = sorted(path.stem for path in FOLDER.glob('*.yaml'))
FIELDS = {'network': 'lednet', 'dataset': 'camvid', 'input_size': [90, 120], 'crop': [64, 96],
          'iterations': 10, 'batch_size': 2, 'learning_rate': 0.05}


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a recipe; gives its path."""
    def written(text):
        path = tmp_path / 'mine.yaml'
        path.write_text(text if isinstance(text, str) else yaml.safe_dump(text))
        return path
    return written


def test_the_shipped_recipes_are_listed_by_name():
    assert len(SHIPPED) >= 8
    assert list(list_recipes()) == SHIPPED


@pytest.mark.parametrize('name', SHIPPED)
def test_every_shipped_recipe_reads(name):
    recipe = read_recipe(name)
    assert name.startswith(recipe.network + '-' + recipe.dataset)


def test_what_a_file_leaves_out_has_its_default(write):
    recipe = read_recipe(write(FIELDS))
    assert recipe == Recipe('lednet', 'camvid', (90, 120), (64, 96), 10, 2, 0.05)
    assert (recipe.options, recipe.momentum, recipe.scale) == ({}, 0.9, (0.5, 2.0))


def test_what_a_file_gives_is_taken(write):
    recipe = read_recipe(str(write(dict(FIELDS, scale=[1, 2], options={'block': 'plain'},
                                        network='lps-net-s', class_weights=True))))
    assert (recipe.scale, recipe.options, recipe.class_weights) == (
        (1.0, 2.0), {'block': 'plain'}, True)


@pytest.mark.parametrize('change, reason', [
    ({'learning_rte': 1.0}, 'unknown field learning_rte: the fields are network, dataset, '),
    ({'crop': None}, 'crop is None: expected \\[height, width\\]'),
    ({'crop': [64]}, 'crop is \\[64\\]: expected \\[height, width\\]'),
    ({'crop': [64, 0]}, 'crop is \\[64, 0\\]: expected \\[height, width\\]'),
    ({'crop': [10 ** 8, 64]}, 'crop is 100000000x64: expected 64000000 pixels at most'),
    ({'options': list(range(9999))}, 'options is .0, 1, .*: expected a mapping'),
    ({'network': 'lsnet', 'options': {'depth': [10 ** 7, 3]}},
     '.*are refused by lsnet .depth is .10000000, 3., expected 2 whole numbers of 0 to 200'),
    ({'network': 'lps-net-s', 'options': {'ratios': ['1/0']}},
     '.*are refused .*expected up to 8 numbers'),
    ({'iterations': 2.5}, 'iterations is 2.5: expected a whole number'),
    ({'iterations': True}, 'iterations is True: expected a whole number'),
    ({'learning_rate': -1.0}, 'learning_rate is -1.0: expected a number of at least 0'),
    ({'learning_rate': '1e-4'}, "learning_rate is '1e-4': expected .*write 1.0e-4, not 1e-4"),
    ({'network': 5}, 'network is 5: expected a word'),
    ({'class_weights': 1}, 'class_weights is 1: expected true or false'),
    ({'options': 'block'}, "options is 'block': expected a mapping"),
    ({'network': 'lednt'}, r"network 'lednt' is not known \(did you mean 'lednet'\?\): choose "
                           'from fpn-lite0, '),
    ({'dataset': 'kitti'}, "dataset 'kitti' is not known: choose from ade20k, bdd100k, camvid, "),
    ({'loss': 'dice'}, "loss 'dice' is not known: choose from cross-entropy, hard-examples"),
    ({'schedule': 'step'}, "schedule 'step' is not known: choose from cosine, poly"),
    ({'average': 'mean'}, "average 'mean' is not known: choose from ema, none, swa"),
    ({'precision': 'half'}, "precision 'half' is not known: choose from auto, bfloat16, float32"),
    ({'options': {'block': 'plain'}}, "options {'block': 'plain'} are refused by lednet "),
    ({'network': 'lps-net-s', 'options': {'block': 'thick'}},
     "options {'block': 'thick'} are refused by lps-net-s .*choose from .*plain"),
    ({'iterations': 0}, 'iterations is 0: expected 1 to 1000000000'),
    ({'batch_size': 0}, 'batch_size is 0: expected 1 to 1000000'),
    ({'momentum': 1.0}, 'momentum is 1.0: expected 0.0 to 0.9999'),
    ({'ema_decay': 1.0}, 'ema_decay is 1.0: expected 0.0 to 0.999999'),
    ({'learning_rate': 0}, 'learning_rate is 0.0: expected 1e-09 to 1000000000.0'),
    ({'jitter': 1.5}, 'jitter is 1.5: expected 0.0 to 1.0'),
    ({'power': 11.0}, 'power is 11.0: expected 0.0 to 10.0'),
    ({'scale': [2.0, 0.5]}, r'scale is \[2, 0.5\]: expected the smallest and then the largest '
                            'factor, both from 0.05 to 20'),
    ({'scale': [0.5, 1e8]}, r'scale is \[0.5, 1e\+08\]: expected the smallest'),
    ({'label_smoothing': 1.5}, 'label_smoothing is 1.5: expected 0.0 to 1.0'),
])
def test_a_wrong_field_is_named_with_its_file(write, change, reason):
    with pytest.raises(RecipeError, match='mine.yaml: ' + reason) as caught:
        read_recipe(write(dict(FIELDS, **change)))
    assert '\n' not in str(caught.value) and len(str(caught.value)) < 1500


def test_a_missing_field_is_named_with_its_file(write):
    with pytest.raises(RecipeError, match='mine.yaml: missing field batch_size: the fields are'):
        read_recipe(write({name: FIELDS[name] for name in FIELDS if name != 'batch_size'}))


@pytest.mark.parametrize('text, reason', [
    ('network: [', 'mine.yaml: it is not YAML'),
    ('network: !!python/object:os.system {}', 'mine.yaml: it is not YAML'),
    ('[' * 20000, 'mine.yaml: it has more than 30 lists and mappings in one another'),
    ('', 'mine.yaml: found None, expected fields such as "network: lednet"'),
    ('- lednet', "mine.yaml: found \\['lednet'\\], expected fields"),
])
def test_a_file_that_is_no_recipe_is_named(write, text, reason):
    with pytest.raises(RecipeError, match=reason) as caught:
        read_recipe(write(text))
    assert '\n' not in str(caught.value)


def test_bytes_that_are_no_text_are_refused(write, tmp_path):
    path = write('')
    path.write_bytes(b'\xff\xfe\x00')
    with pytest.raises(RecipeError, match='mine.yaml: it is not YAML'):
        read_recipe(path)


def test_an_unknown_name_lists_the_known(tmp_path):
    with pytest.raises(RecipeError, match="'lednet-nowhere' is not known.*choose from fpn-lite0-"):
        read_recipe('lednet-nowhere')
    with pytest.raises(RecipeError, match='give the path of a YAML file'):
        read_recipe(tmp_path)


def test_the_page_explains_every_field_with_its_default():
    rows = re.findall(r'^\| `(\w+)` \| (?:`([^|]*)` )?\|', PAGE, re.MULTILINE)
    assert [name for name, _ in rows] == list(Recipe._fields)
    defaults = {name: yaml.safe_load(text) for name, text in rows if text}
    assert defaults == {name: list(value) if isinstance(value, tuple) else value
                        for name, value in Recipe._field_defaults.items()}


def test_the_loop_of_the_page_trains_by_recipes_there_are():
    names, command = re.search(
        r'^for recipe in ([\w -]+); do timeout 1h (lsnet .*); done$', PAGE, re.MULTILINE).groups()
    assert set(names.split()) <= set(SHIPPED)
    words = shlex.split(command)
    assert cli._parser(words[1:2]).parse_args(words[1:]).recipe == '$recipe'
