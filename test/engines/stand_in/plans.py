# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Engines as bytes: the recorded network, written and read without pickle."""

import ctypes
import enum
import io
import json
import zipfile

import numpy as np

from .base import ITensor
from .checks import check, RefusedError
from .enums import DataType
from .network import INetworkDefinition, KINDS

MAGIC = b'stand-in for an engine of TensorRT '


class OnnxNetwork(INetworkDefinition):
    """A network that a parser may fill; then ONNX Runtime evaluates it."""

    onnx = None


def open_onnx(content):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(content, options, providers=['CPUExecutionProvider'])


def list_tensors(network):
    return network.inputs + [layer.output for layer in network.layers]


def map_memory(address, shape):
    """Return the float32 memory at an address as an array."""
    count = int(np.prod(shape))
    return np.ctypeslib.as_array((ctypes.c_float * count).from_address(address)).reshape(shape)


def serialise(network, facts):
    """Return a network as bytes: JSON, and its arrays."""
    arrays = {}
    obeys = {'STRICT_TYPES', 'OBEY_PRECISION_CONSTRAINTS'} & set(facts['flags'])

    def encode(value):
        if isinstance(value, np.ndarray):
            arrays['a{}'.format(len(arrays))] = value
            return {'array': 'a{}'.format(len(arrays) - 1)}
        if isinstance(value, enum.Enum):
            return {'enum': [type(value).__name__, value.name]}
        if isinstance(value, (tuple, list)):
            return {'tuple': [encode(part) for part in value]}
        return value

    number = {x: index for index, x in enumerate(list_tensors(network))}
    facts.update(
        inputs=[[x.name, x.shape] for x in network.inputs],
        outputs=[[x.name, x.shape, number.get(x)] for x in network.outputs],
        layers=[{'kind': type(layer).__name__, 'inputs': [number[x] for x in layer.inputs],
                 'parameters': {key: encode(value) for key, value
                                in vars(layer.parameters).items()},
                 'attributes': {key: encode(getattr(layer, key)) for key in layer.DEFAULTS},
                 'is_float32': bool(obeys) and layer.output_type is DataType.FLOAT,
                 } for layer in network.layers])
    if network.onnx is not None:
        arrays['onnx'] = np.frombuffer(network.onnx, np.uint8)
    file = io.BytesIO()
    np.savez(file, facts=np.frombuffer(json.dumps(facts).encode(), np.uint8), **arrays)
    return MAGIC + facts['version'].encode() + b'\n' + file.getvalue()


def restore(content, version):
    """Return the facts and the network that ``serialise`` wrote."""
    head, _, body = bytes(content).partition(b'\n')
    check(head.startswith(MAGIC), 'magic tag does not match')
    built = head[len(MAGIC):].decode()
    check(built == version, 'The engine plan file is not compatible with this version of '
          'TensorRT, expecting library version {} got {}, please rebuild.', version, built)
    try:
        with np.load(io.BytesIO(body), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise RefusedError('the engine is torn') from error
    facts = json.loads(arrays['facts'].tobytes().decode())
    return facts, _restore_network(facts, arrays)


def _restore_network(facts, arrays):
    """Add inputs, layers and outputs again."""
    def decode(value):
        if not isinstance(value, dict):
            return value
        (kind, inner), = value.items()
        return {'array': lambda: arrays[inner], 'tuple': lambda: tuple(map(decode, inner)),
                'enum': lambda: KINDS[inner[0]][inner[1]]}[kind]()

    network = OnnxNetwork()
    found = [network.add_input(name, DataType.FLOAT, tuple(shape))
             for name, shape in facts['inputs']]
    for entry in facts['layers']:
        layer = network._add(KINDS[entry['kind']](
            *[found[index] for index in entry['inputs']],
            **{key: decode(value) for key, value in entry['parameters'].items()}))
        for key, value in entry['attributes'].items():
            setattr(layer, key, decode(value))
        if entry['is_float32']:
            layer.set_output_type(0, DataType.FLOAT)
        found.append(layer.output)
    for name, shape, index in facts['outputs']:
        x = found[index] if index is not None else ITensor(
            network, None, name, tuple(shape))
        x.name = name
        network.mark_output(x)
    if 'onnx' in arrays:
        network.onnx = arrays['onnx'].tobytes()
    return network
