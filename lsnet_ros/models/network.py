# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The network of a model folder, with its weights, in PyTorch."""

from typing import Any, Dict, Optional, Sequence, Tuple

import numpy as np

from lsnet_ros.errors import BackendError, LsnetError, one_line
from lsnet_ros.models.card import FOREIGN, Model, ModelError
from lsnet_ros.models.folder import read_weights


class SizeError(LsnetError, ValueError):
    """An image size is too small for a network."""


def load_network(model: Model) -> Any:
    """
    Build a model's network with its weights, in inference mode.

    :returns: a torch module with ``core``, ``forward`` and ``input_sizes``
    :raises BackendError: if PyTorch is not installed, or the model is an ONNX file of others
    :raises ModelError: if the weights are torn or do not fit the network on the card
    """
    torch = import_torch()
    from lsnet_ros.networks import build_network
    if model.network == FOREIGN:
        raise BackendError('{} is an imported ONNX file, which PyTorch cannot run: choose the '
                           'backend onnx or openvino'.format(model.name))
    try:
        network = build_network(model.network, **model.config)
    except (TypeError, ValueError) as error:
        raise ModelError('the card of {} describes no network ({}): export the model again'.format(
            model.folder, one_line(error))) from error
    weights = read_weights(model)
    state = network.state_dict()
    problem = _find_misfit({name: tuple(value.shape) for name, value in state.items()}, weights)
    if problem:
        raise ModelError('the weights of {} do not fit network {!r} as the card describes it: {}; '
                         'export the model again'.format(model.folder, model.network, problem))
    network.load_state_dict({name: torch.from_numpy(np.ascontiguousarray(value)).reshape(
        state[name].shape) for name, value in weights.items()})
    return network.eval()


def _find_misfit(shapes: Dict[str, Tuple[int, ...]], weights: Dict[str, np.ndarray]) -> str:
    """Say why the arrays do not fit parameters of these shapes, '' if they do."""
    for name in sorted(set(shapes) | set(weights)):
        if name not in weights:
            return 'it has no {}'.format(name)
        if name not in shapes:
            return 'the network has no {}'.format(name)
        if weights[name].shape != shapes[name]:
            return '{} is {}, expected {}'.format(name, weights[name].shape, shapes[name])
        if weights[name].dtype.kind not in 'fiu' or not np.isfinite(weights[name]).all():
            return '{} holds values that are not finite numbers'.format(name)
    return ''


def resize_model(model: Model, network: Any, size: Optional[Sequence[int]]) -> Model:
    """
    Return the record of a model for images of another size; its files stay those of its own.

    :param network: of the model, in PyTorch
    :param size: height and width, px; None for the model's own
    :raises SizeError: if the size is too small for the network
    """
    if size is None or tuple(size) == (model.spec.height, model.spec.width):
        return model
    height, width = size
    sizes = tuple(tuple(path) for path in network.input_sizes(height, width))
    if min(side for path in sizes for side in path) < 1:
        raise SizeError('{}x{} is too small for network {!r}, which would read it at {}: give a '
                        'larger size'.format(height, width, model.network, list(sizes)))
    return model._replace(spec=model.spec._replace(height=height, width=width, sizes=sizes))


def import_torch() -> Any:
    """Return the module torch."""
    try:
        import torch
    except ImportError as error:
        raise BackendError('PyTorch cannot be imported ({}): install torch'.format(
            one_line(error))) from error
    return torch
