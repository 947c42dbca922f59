# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import pytest

pytest.importorskip('torch')
import torch  # noqa: E402

from lsnet_ros.labels.label_sets import own_label_set  # noqa: E402
from lsnet_ros.networks import build_network  # noqa: E402
from lsnet_ros.training.checkpoint import CheckpointError  # noqa: E402
from lsnet_ros.training.initial import find_class_axes, Initial, take_weights  # noqa: E402

OLD = own_label_set('old', [('road', (1, 0, 0)), ('car', (2, 0, 0)), ('sky', (3, 0, 0))])
NEW = own_label_set('new', [('sky', (3, 0, 0)), ('grass', (4, 0, 0)), ('road', (1, 0, 0)),
                            ('mud', (5, 0, 0))])


@pytest.mark.parametrize('name', ['fpn-lite0', 'lps-net-0', 'lednet', 'lrnnet-c', 'lsnet'])
def test_classes_take_the_weights_of_their_name(name):
    old, new = build_network(name, 3), build_network(name, 4)
    drawn = {key: value.clone() for key, value in new.state_dict().items()}
    text = take_weights(new, Initial(old, OLD, {}), NEW, name, {})
    axes = find_class_axes(name, {}, 4)
    assert axes
    for key, value in new.state_dict().items():
        first, before = old.state_dict()[key], drawn[key]
        if key in axes:
            value, first, before = (each.transpose(0, axes[key])
                                    for each in (value, first, before))
            torch.testing.assert_close(value[0], first[2])
            torch.testing.assert_close(value[2], first[0])
            torch.testing.assert_close(value[1::2], before[1::2])
        else:
            torch.testing.assert_close(value, first)
    assert text.endswith(', drawn anew for the classes grass, mud')


def test_equal_counts_of_other_classes_do_not_mix_them():
    old, new = build_network('lednet', 3), build_network('lednet', 3)
    turned = own_label_set('turned', [(label.name, label.color) for label in OLD.classes[::-1]])
    text = take_weights(new, Initial(old, OLD, {}), turned, 'lednet', {})
    assert text == 'initial weights: 100.0% taken'
    for key in find_class_axes('lednet', {}, 3):
        torch.testing.assert_close(new.state_dict()[key], old.state_dict()[key].flip(0))


def test_another_network_is_refused():
    with pytest.raises(CheckpointError, match='of another network: [0-9]+% of those of fpn-lite0'):
        take_weights(build_network('fpn-lite0', 3), Initial(build_network('lednet', 3), OLD, {}),
                     OLD, 'fpn-lite0', {})
