# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Weights that are not those of the network on the card."""

import numpy as np
import pytest

from lsnet_ros.backends import open_backend
from lsnet_ros.models.folder import ModelError, read_model, read_weights, write_model

torch = pytest.importorskip('torch')


def rewritten(tiny_model, folder, weights=None, **changes):
    """Copy a model with other weights or other keys on its card."""
    model = read_model(tiny_model)
    weights = read_weights(model) if weights is None else weights
    return write_model(folder, dict(model.card, **changes), weights, b'')


def test_the_network_has_the_weights_of_the_folder(tiny_model):
    from lsnet_ros.models.network import load_network
    model = read_model(tiny_model)
    state = load_network(model).state_dict()
    weights = read_weights(model)
    assert sorted(state) == sorted(weights)
    for name, value in state.items():
        np.testing.assert_array_equal(value.numpy(), weights[name])


def test_the_order_of_the_arrays_in_memory_does_not_matter(tiny_model, tmp_path):
    weights = {name: np.asfortranarray(value)
               for name, value in read_weights(read_model(tiny_model)).items()}
    other = open_backend(rewritten(tiny_model, tmp_path / 'other', weights), 'torch')
    inputs = tuple(np.ones((1, 3) + size, np.float32) for size in [(90, 120), (22, 30)])
    expected = open_backend(read_model(tiny_model), 'torch').infer(inputs)[0]
    np.testing.assert_array_equal(other.infer(inputs)[0], expected)


@pytest.mark.parametrize('change, problem', [
    (lambda weights: weights.pop('classifier.bias'), 'it has no classifier.bias'),
    (lambda weights: weights.update(extra=np.zeros(1)), 'the network has no extra'),
    (lambda weights: weights.update({'classifier.bias': np.zeros(12)}),
     r'classifier.bias is \(12,\), expected \(11,\)'),
    (lambda weights: weights.update({'classifier.bias': np.full(11, np.nan)}),
     'classifier.bias holds values that are not finite numbers'),
    (lambda weights: weights.update({'classifier.bias': np.array(['a'] * 11)}),
     'classifier.bias holds values that are not finite numbers'),
])
def test_weights_that_do_not_fit_are_named(tiny_model, tmp_path, change, problem):
    weights = read_weights(read_model(tiny_model))
    change(weights)
    model = rewritten(tiny_model, tmp_path / 'other', weights)
    with pytest.raises(ModelError, match="do not fit network 'lps-net-0' .*: " + problem):
        open_backend(model, 'torch')


@pytest.mark.parametrize('changes, problem', [
    ({'network': 'lps-net-15'}, "network 'lps-net-15' is not known"),
    ({'config': {'num_classes': 11, 'block': 'round'}}, "block 'round' is not known"),
    ({'config': {'num_classes': 11, 'speed': 9}}, 'speed'),
    ({'config': {'num_classes': 11, 'depths': 3}}, 'describes no network'),
    ({'config': {'num_classes': 11, 'block': 'deploy'}}, 'describes it: '),
    ({'config': {'num_classes': 11, 'block': 'deploy', 'ratios': ['1', '1/2']}}, 'the network '
     r'reads .*, but lps-net-0 reads \[\(90, 120\), \(45, 60\)\]'),
])
def test_a_card_that_does_not_fit_its_weights_is_refused(tiny_model, tmp_path, changes, problem):
    model = rewritten(tiny_model, tmp_path / 'other', **changes)
    with pytest.raises(ModelError, match=problem) as caught:
        open_backend(model, 'torch')
    assert '\n' not in str(caught.value)
