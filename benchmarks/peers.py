# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Time and CPU per frame beside OpenVINO's PrePostProcessor and plain ONNX Runtime, in float32.

Each contender has a process of its own; they take turns on the same frames of a rendered street
and all give a mask of the frame's size.

usage: peers.py [--size WxH] [--model M] [--turns N]
"""

import argparse
from functools import partial
import multiprocessing
from multiprocessing.connection import Connection
import os
import time
from typing import Callable, Dict, List, NamedTuple, Tuple

import cv2
import numpy as np

from lsnet_ros.backends.openvino_backend import OpenvinoBackend
from lsnet_ros.board.machine import available_cores, processor
from lsnet_ros.models.folder import DEFAULT_MODEL, Model, onnx_path, read_model, read_onnx
from lsnet_ros.segmenter import Segmenter
from lsnet_ros.speed.contenders import find_spread, scene_images, SPREAD, TURN

Segment = Callable[[np.ndarray], np.ndarray]  # (H, W, 3) uint8 RGB -> (H, W) uint8 class ids


class Turn(NamedTuple):
    """Means over one turn's frames, ms."""

    wall_ms: float
    cpu_ms: float  # of all threads


def make_ours(backend: str, model: Model, _: Tuple[int, int]) -> Segment:
    """Return our segmenter with a backend, in float32 on processors with bfloat16 too."""
    OpenvinoBackend._choose = lambda *_: ('f32', '')  # in this process alone
    segmenter = Segmenter(model, backend)
    return lambda image: segmenter.segment(image).class_ids



def make_plain_onnx(model: Model, _: Tuple[int, int]) -> Segment:
    """Return ONNX Runtime as its tutorials use it, with logits and argmax at the frame's size."""
    import onnxruntime
    session = onnxruntime.InferenceSession(str(onnx_path(model)),
                                           providers=['CPUExecutionProvider'])
    names = [port.name for port in session.get_inputs()]
    mean, std = (np.array(values, np.float32) for values in (model.spec.mean, model.spec.std))

    def segment(image: np.ndarray) -> np.ndarray:
        inputs = {}
        for name, (height, width) in zip(names, model.spec.sizes):
            x = (cv2.resize(image, (width, height)).astype(np.float32) / 255 - mean) / std
            inputs[name] = np.ascontiguousarray(x.transpose(2, 0, 1)[np.newaxis])
        logits, = session.run(None, inputs)
        logits = cv2.resize(logits[0].transpose(1, 2, 0), image.shape[1::-1])
        return logits.argmax(2).astype(np.uint8)
    return segment


def make_prepostprocessor(model: Model, size: Tuple[int, int]) -> Segment:
    """Return OpenVINO with everything in the graph: conversion, resizing, argmax."""
    import openvino
    from openvino import opset13 as ops
    from openvino.preprocess import PrePostProcessor, ResizeAlgorithm
    core = openvino.Core()
    prepared = PrePostProcessor(core.read_model(read_onnx(model)))
    for index in range(len(model.spec.sizes)):
        entry = prepared.input(index)
        entry.tensor().set_element_type(openvino.Type.u8).set_layout(
            openvino.Layout('NHWC')).set_spatial_static_shape(*size)
        entry.model().set_layout(openvino.Layout('NCHW'))
        entry.preprocess().convert_element_type(openvino.Type.f32).resize(
            ResizeAlgorithm.RESIZE_LINEAR).mean([255 * value for value in model.spec.mean]).scale(
                [255 * value for value in model.spec.std])
    graph = prepared.build()
    logits = ops.interpolate(
        graph.outputs[0].get_node().input_value(0), np.array(size), 'linear_onnx', 'sizes',
        coordinate_transformation_mode='align_corners', axes=np.array([2, 3]))
    best = ops.topk(logits, np.array(1), 1, 'max', 'none').output(1)
    graph = openvino.Model([ops.convert(best, 'u8')], graph.get_parameters())
    request = core.compile_model(graph, 'CPU', {
        'PERFORMANCE_HINT': 'LATENCY', 'INFERENCE_PRECISION_HINT': 'f32',
        'INFERENCE_NUM_THREADS': available_cores()}).create_infer_request()

    def segment(image: np.ndarray) -> np.ndarray:
        frames = [image[np.newaxis]] * len(model.spec.sizes)
        return next(iter(request.infer(frames, share_inputs=True).values()))[0, 0].copy()
    return segment


CONTENDERS = {
    'lsnet_ros, OpenVINO': partial(make_ours, 'openvino'),
    'OpenVINO PrePostProcessor': make_prepostprocessor,
    'lsnet_ros, ONNX Runtime': partial(make_ours, 'onnx'),
    'plain ONNX Runtime': make_plain_onnx,
}
PAIRS = (('lsnet_ros, OpenVINO', 'OpenVINO PrePostProcessor', 1.5),
         ('lsnet_ros, ONNX Runtime', 'plain ONNX Runtime', 2.2))
"""Ours, a peer, and how much less CPU per frame is the goal."""


def work(connection: Connection, contender: str, model: str, size: Tuple[int, int]) -> None:
    """Send the first mask, then the figures of a turn for each message, until it is None."""
    images = scene_images(*size)
    segment = CONTENDERS[contender](read_model(model), size)
    connection.send(segment(images[0]))
    while connection.recv():
        segment(images[-1])
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        for index in range(TURN):
            segment(images[index % len(images)])
        connection.send(Turn(1e3 * (time.perf_counter() - wall_s) / TURN,
                             1e3 * (time.process_time() - cpu_s) / TURN))


def take_turns(model: str, size: Tuple[int, int], turns: int,
               ) -> Tuple[Dict[str, np.ndarray], Dict[str, List[Turn]]]:
    """Return each contender's mask of the first frame, and its turns."""
    context = multiprocessing.get_context('spawn')
    connections, processes = {}, []
    for name in CONTENDERS:
        connections[name], theirs = context.Pipe()
        processes.append(context.Process(target=work, args=(theirs, name, model, size)))
        processes[-1].start()
    masks = {name: connection.recv() for name, connection in connections.items()}
    found: Dict[str, List[Turn]] = {name: [] for name in CONTENDERS}
    for turn in range(turns):
        for name in list(CONTENDERS)[::-1 if turn % 2 else 1]:
            connections[name].send(True)
            found[name].append(connections[name].recv())
    for connection in connections.values():
        connection.send(None)
    for process in processes:
        process.join()
    return masks, found


def compare(ours: List[Turn], peers: List[Turn]) -> str:
    """Return the ratio of the CPU per frame, peer by ours, and whether it holds."""
    ratios = np.array([theirs.cpu_ms / own.cpu_ms for own, theirs in zip(ours, peers)])
    varied = find_spread(ratios)
    return '{:.2f}{}'.format(np.median(ratios), '' if varied <= SPREAD else
                             ' (varied by {:.0%} from turn to turn: unreliable)'.format(varied))


def main() -> None:
    """Run the comparison and print it as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.strip().partition('\n')[0])
    parser.add_argument('--size', default='1280x720')
    parser.add_argument('--model', default=DEFAULT_MODEL)
    parser.add_argument('--turns', type=int, default=20)
    options = parser.parse_args()
    width, height = map(int, options.size.split('x'))
    load = os.getloadavg()[0]
    masks, turns = take_turns(options.model, (height, width), options.turns)
    print('{}, {} cores, {}, {}, float32, load average {:.1f} before'.format(
        processor(), available_cores(), options.model, options.size, load))
    print('\n| | ms per frame | CPU ms per frame | class ids as the first |')
    print('|---|---|---|---|')
    first = masks[next(iter(CONTENDERS))]
    for name, found in turns.items():
        print('| {} | {:.1f} | {:.1f} | {:.1%} |'.format(
            name, *(np.median([getattr(turn, field) for turn in found])
                    for field in Turn._fields), (masks[name] == first).mean()))
    print()
    for ours, peer, goal in PAIRS:
        print('{} takes {} times the CPU per frame of {} (goal {})'.format(
            peer, compare(turns[ours], turns[peer]), ours, goal))


if __name__ == '__main__':
    main()
