# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Cards of model folders: invalid ones are refused with the key and the reason."""

import copy
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest
import yaml

from lsnet_ros.models.card import interpret, ModelError
from lsnet_ros.models.folder import read_model


def refusal(folder, change):
    """Change the card of a folder; returns the line with which it is refused."""
    card = yaml.safe_load((folder / 'model.yaml').read_text())
    change(card)
    (folder / 'model.yaml').write_text(yaml.safe_dump(card))
    with pytest.raises(ModelError) as caught:
        read_model(folder)
    assert '\n' not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize('key', ['name', 'network', 'config', 'label_set', 'classes', 'input',
                                 'training', 'metrics', 'files'])
def test_a_key_that_is_missing_is_named(folder, key):
    assert refusal(folder, lambda card: card.pop(key)) == '{}: the key {} is missing'.format(
        folder / 'model.yaml', key)


@pytest.mark.parametrize('path, value, problem', [
    (('name',), 3, 'name is 3, expected text'),
    (('config',), [], 'config is [], expected a mapping'),
    (('config', 'num_classes'), True, 'config.num_classes is True, expected a whole number'),
    (('config', 'num_classes'), 19, 'config.num_classes is 19, but 11 classes are listed'),
    (('config', 5), 5, 'the keys of config are not all names'),
    (('classes', 2), 'pole', 'classes[2] is not a mapping of name and color'),
    (('classes', 2), {'name': 'pole'}, 'the key classes[2].color is missing'),
    (('classes', 2, 'color'), [1, 2], 'classes[2].color is [1, 2], expected a list of 3 whole'),
    (('classes', 2, 'color'), [1, 2, 300], 'classes are wrong: '),
    (('classes', 2, 'name'), 'post', "are not the 11 classes of label set 'camvid'"),
    (('classes',), [], 'classes are wrong: '),
    (('classes',), [{'name': 'pole'}] * 2000, 'the number of classes is 2000, expected 255 at'),
    (('label_set',), 'cityscapes', "the 11 classes listed are not the 19 classes of label set"),
    (('input', 'height'), 90.0, 'input.height is 90.0, expected a whole number'),
    (('input', 'height'), 0, 'input has a size of 0 or less'),
    (('input', 'sizes'), [[45, -1]], 'input has a size of 0 or less'),
    (('input', 'sizes'), [], 'input.sizes is empty'),
    (('input', 'sizes'), [45, 60], 'input.sizes is 45, expected a list of 2 whole numbers'),
    (('input', 'height'), 10 ** 8, 'the number of pixels of the input is 12000000000, expected 6'),
    (('input', 'sizes'), [[45, 10 ** 8]], 'the number of pixels of the input is 4500000000, exp'),
    (('input', 'sizes'), [[45, 60]] * 9, 'the number of input.sizes is 9, expected 8 at most'),
    (('input', 'mean'), [1, 2, float('nan')], 'input.mean is [1, 2, nan], expected a list of 3'),
    (('input', 'mean'), [1, 2, 10 ** 400], 'input.mean is [1, 2, 1000'),
    (('input', 'std'), [1, 1, 0], 'input.std is [1.0, 1.0, 0.0], expected values above 0'),
    (('calibration',), 1.5, 'calibration is 1.5, expected a mapping'),
    (('calibration',), {'temperature': 0}, 'calibration.temperature is 0, expected a number'),
    (('calibration',), {'temperature': float('nan')}, 'calibration.temperature is nan, exp'),
    (('calibration',), {'temperature': True}, 'calibration.temperature is True, expected a'),
    (('files', 'weights.npz'), 'abc', 'files.weights.npz is not a sha256'),
    (('files', '../weights.npz'), '0' * 64, "files names '../weights.npz', which is not a file"),
    (('files', '/etc/passwd'), '0' * 64, "files names '/etc/passwd', which is not a file"),
    (('files', '..'), '0' * 64, "files names '..', which is not a file"),
    (('files', 7), '0' * 64, 'files names 7, which is not a file'),
])
def test_a_value_that_cannot_be_meant_is_named(folder, path, value, problem):
    def change(card):
        for key in path[:-1]:
            card = card[key]
        card[path[-1]] = value
    message = refusal(folder, change)
    assert message.startswith(str(folder / 'model.yaml')) and problem in message


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner,
                                                                max_size=3), max_leaves=6)
PLACES = [(key,) for key in ('name', 'network', 'config', 'label_set', 'classes', 'input',
                             'training', 'metrics', 'files')]
PLACES += [('config', 'num_classes'), ('classes', 0), ('classes', 0, 'name'),
           ('classes', 0, 'color')]
PLACES += [('input', key) for key in ('height', 'width', 'sizes', 'mean', 'std')]


@given(place=st.sampled_from(PLACES), junk=JUNK)
@settings(max_examples=200, deadline=None)
def test_a_card_with_junk_in_one_place_is_read_or_refused_with_a_reason(card, place, junk):
    card = copy.deepcopy(dict(card, files={'weights.npz': '0' * 64, 'model.onnx': '1' * 64}))
    inner = card
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = junk
    try:
        model = interpret(Path('folder'), card)
    except ModelError as error:
        assert '\n' not in str(error)
    else:
        assert model.label_set.num_classes == model.config['num_classes']
