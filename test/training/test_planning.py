# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest

pytest.importorskip('torch')
from lsnet_ros.datasets.street_scene import StreetScenes  # noqa: E402
from lsnet_ros.frames import Frame  # noqa: E402
from lsnet_ros.labels.label_sets import LABEL_SETS  # noqa: E402
from lsnet_ros.training.data import Data  # noqa: E402
from lsnet_ros.training.planning import fit_hours, plan_recipe, write_recipe  # noqa: E402
from lsnet_ros.training.recipe_files import read_recipe  # noqa: E402
from lsnet_ros.training.recipes import RecipeError  # noqa: E402
from lsnet_ros.training.trainer import evaluation_period  # noqa: E402


def frames(count, *sizes):
    """As many frames, of these (height, width) in turn."""
    return [Frame(str(number), np.zeros(sizes[number % len(sizes)] + (3,), np.uint8))
            for number in range(count)]


@pytest.mark.parametrize('size, input_size, crop', [
    ((360, 480), (352, 480), (256, 352)),
    ((1080, 1920), (416, 736), (320, 544)),    # not above 640x480 px
    ((48, 64), (64, 64), (64, 64)),
])
def test_sizes_follow_the_frames(size, input_size, crop):
    recipe = plan_recipe('lednet', 'camvid', frames(20, size))
    assert (recipe.input_size, recipe.crop) == (input_size, crop)


def test_frames_of_mixed_sizes_give_their_median():
    train = frames(9, (360, 480), (360, 480), (1080, 1920))
    assert plan_recipe('lednet', 'camvid', train).input_size == (352, 480)


def test_the_length_follows_the_number_of_frames():
    assert [plan_recipe('lednet', 'camvid', frames(count, (64, 96))).iterations
            for count in (3, 100, 400)] == [500, 750, 3000]
    assert plan_recipe('lednet', 'camvid', frames(3, (64, 96))).batch_size == 3


def test_networks_with_an_encoder_begin_with_imagenet():
    train = frames(3, (64, 96))
    fpn, lps, lednet = (plan_recipe(name, 'camvid', train)
                        for name in ('fpn-lite0', 'lps-net-s', 'lednet'))
    assert (fpn.pretrained, fpn.optimizer, fpn.encoder_learning_rate) == (True, 'adamw', 3e-4)
    assert (lps.options, lps.pretrained) == ({'block': 'reparameterised'}, False)
    assert (lednet.options, lednet.optimizer) == ({}, 'sgd')
    with pytest.raises(RecipeError, match="network 'x' is not known"):
        plan_recipe('x', 'camvid', train)


def test_a_trained_model_is_changed_slowly():
    train = frames(3, (64, 96))
    for name, rates in ('lps-net-s', (0.003, 0.0)), ('fpn-lite0', (1e-4, 3e-5)):
        plan = plan_recipe(name, 'camvid', train, is_initialised=True)
        assert (plan.learning_rate, plan.encoder_learning_rate) == pytest.approx(rates)


def test_a_recipe_reads_back_as_written(tmp_path):
    recipe = plan_recipe('fpn-lite0', 'camvid', frames(3, (64, 96)))
    write_recipe(tmp_path, recipe)
    assert read_recipe(tmp_path / 'recipe.yaml') == recipe


def test_hours_become_iterations():
    scenes = list(StreetScenes(0, 4, 90, 120))
    data = Data(LABEL_SETS['camvid'], scenes, scenes[:1])
    recipe = plan_recipe('lps-net-0', 'street-scenes', scenes)
    short, long = (fit_hours(recipe, data, hours).iterations for hours in (0.2, 2.0))
    assert 1 < short and 2 * short < long  # ten times as many on an idle machine
    with pytest.raises(RecipeError, match='not one pass over the 4 frames'):
        fit_hours(recipe, data, 1e-9)


def test_runs_are_validated_five_times_or_more():
    assert [evaluation_period(count) for count in (50, 600, 2400, 40000)] == [100, 120, 480, 1000]
