# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The stand-in's arithmetic written out, of TensorRT too if it is here; and its refusals."""

import sys

import numpy as np
import pytest

from lsnet_ros.engines.runtime import Engine, logger, major_version
from lsnet_ros.engines.verification import run_engine

only_stand_in = pytest.mark.parametrize('library', ['stand-in'], indirect=True)


@pytest.fixture
def run(library, stand_in):
    """Return a function: output of one layer, which another function adds, for one input."""
    def found(add, values, **attributes):
        builder = library.Builder(logger(library))
        network = builder.create_network(0 if major_version(library) >= 10 else 1)
        values = np.asarray(values, np.float32)
        layer = add(network, network.add_input('image_0', library.float32, values.shape))
        for name, value in attributes.items():
            setattr(layer, name, value)
        output = layer.get_output(0)
        output.name = 'logits'
        network.mark_output(output)
        if isinstance(network, stand_in.INetworkDefinition):
            return stand_in.evaluate(network, [values])[0].tolist()
        plan = builder.build_serialized_network(network, builder.create_builder_config())
        return run_engine(Engine(bytes(plan)), [values])[0].tolist()
    return found


def deconvolution(network, x):
    return network.add_deconvolution_nd(
        x, 1, (1, 3), np.array([1, 10, 100], np.float32), np.array([0.5], np.float32))


@pytest.mark.parametrize('pre, post, expected', [
    (0, 0, [1.5, 10.5, 102.5, 20.5, 200.5]),
    (1, 1, [10.5, 102.5, 20.5]),
    (1, 0, [10.5, 102.5, 20.5, 200.5]),  # padding 1 with an output padding of 1
])
def test_the_padding_is_cut_off_a_deconvolution(run, pre, post, expected):
    found = run(deconvolution, [[[[1, 2]]]], stride_nd=(1, 2), pre_padding=(0, pre),
                post_padding=(0, post))
    assert found == [[[expected]]]


@only_stand_in
def test_negative_padding_is_refused(run, stand_in):
    with pytest.raises(stand_in.RefusedError, match='negative padding is not supported'):
        run(deconvolution, [[[[1, 2]]]], post_padding=(0, -1))


def test_a_convolution_does_not_turn_its_kernel(run):
    found = run(lambda network, x: network.add_convolution_nd(
        x, 1, (1, 2), np.array([1, 10], np.float32)), [[[[1, 2, 3]]]])
    assert found == [[[[21., 32.]]]]


def linear(library):
    """Return the mode of a linear resize, which TensorRT 8.5 renamed."""
    modes = getattr(library, 'InterpolationMode', None) or library.ResizeMode
    return modes.LINEAR


@pytest.mark.parametrize('kind, expected', [
    ('ALIGN_CORNERS', [0., 4 / 3, 8 / 3, 4.]),
    ('HALF_PIXEL', [0., 1., 3., 4.]),
    ('ASYMMETRIC', [0., 2., 4., 4.]),
])
def test_the_three_kinds_of_coordinates(run, library, kind, expected):
    found = run(lambda network, x: network.add_resize(x), [[[[0, 4]]]], shape=(1, 1, 1, 4),
                resize_mode=linear(library),
                coordinate_transformation=getattr(library.ResizeCoordinateTransformation, kind),
                selector_for_single_pixel=library.ResizeSelector.UPPER)
    assert np.allclose(found, [[[expected]]])


def test_a_resize_is_asymmetric_unless_told_otherwise(run, library):
    found = run(lambda network, x: network.add_resize(x), [[[[0, 4]]]], shape=(1, 1, 1, 4),
                resize_mode=linear(library))
    assert found == [[[[0., 2., 4., 4.]]]]


@pytest.mark.parametrize('mode, expected', [
    ('EXPLICIT_ROUND_DOWN', [-1.]), ('EXPLICIT_ROUND_UP', [-1., -3.])])
def test_a_pooling_rounds_its_size_down_unless_told_otherwise(run, library, mode, expected):
    found = run(lambda network, x: network.add_pooling_nd(x, library.PoolingType.MAX, (1, 2)),
                [[[[-1, -2, -3]]]], stride_nd=(1, 2),
                padding_mode=getattr(library.PaddingMode, mode))
    assert found == [[[expected]]]


def test_a_clip_keeps_values_between_alpha_and_beta(run, library):
    found = run(lambda network, x: network.add_activation(x, library.ActivationType.CLIP),
                [[[[-1, 0.5, 5.5, 7]]]], alpha=0.0, beta=6.0)
    assert found == [[[[0., 0.5, 5.5, 6.]]]]


def test_a_shuffle_transposes_reshapes_and_transposes(run):
    found = run(lambda network, x: network.add_shuffle(x), [[0, 1, 2], [3, 4, 5]],
                first_transpose=(1, 0), reshape_dims=(2, 3), second_transpose=(1, 0))
    assert found == [[0., 4.], [3., 2.], [1., 5.]]


def test_a_concatenation_is_along_the_third_axis_from_the_end(run):
    found = run(lambda network, x: network.add_concatenation([x, x]), [[[[1]], [[2]]]])
    assert found == [[[[1.]], [[2.]], [[1.]], [[2.]]]]


def add_sum_of_other_ranks(network, x):
    import tensorrt
    one = network.add_constant((1,), np.ones(1, np.float32)).get_output(0)
    return network.add_elementwise(x, one, tensorrt.ElementWiseOperation.SUM)


@only_stand_in
@pytest.mark.parametrize('add, attributes, text', [
    (deconvolution, {'output_padding': (0, 1)}, 'no attribute output_padding'),
    (deconvolution, {'stride_nd': 2}, 'Dims cannot be made of 2'),
    (deconvolution, {'num_groups': 2}, '2 groups of 1 channels'),
    (lambda network, x: network.add_activation(x, sys.modules['tensorrt'].ActivationType.CLIP),
     {'beta': 6}, 'beta cannot be 6'),
    (add_sum_of_other_ranks, {}, 'other numbers of axes'),
    (lambda network, x: network.add_shuffle(x), {'reshape_dims': (5,)}, 'cannot become'),
    (lambda network, x: network.add_slice(x, (0, 0, 0, 1), (1, 1, 1, 2), (1, 1, 1, 1)), {},
     'slice beyond'),
    (lambda network, x: network.add_constant((2,), np.ones(2)), {}, 'contiguous float32'),
    (lambda network, x: network.add_convolution_nd(x, 1, (1, 2), np.ones(3, np.float32)), {},
     'kernel weights are 3 numbers, expected 2'),
])
def test_what_tensorrt_would_not_build_is_refused(run, stand_in, add, attributes, text):
    with pytest.raises(stand_in.RefusedError, match=text):
        run(add, [[[[1, 2]]]], **attributes)


def test_the_names_are_those_of_the_version(stand_in):
    old, middle, new = [stand_in.of_version(name) for name in ('8.2.1.8', '8.6.1', '10.3.0')]
    assert [hasattr(module, 'ResizeMode') for module in (old, middle, new)] == [True, True, False]
    assert [hasattr(module, 'InterpolationMode') for module in (old, middle, new)] == [
        False, True, True]
