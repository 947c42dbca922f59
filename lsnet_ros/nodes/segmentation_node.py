# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The node ``segmentation_node``: subscribes to images, publishes masks."""

import re
import sys
import threading
import time
from typing import Any, List, NamedTuple, Optional

import rclpy
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import CompressedImage, Image
from std_srvs.srv import SetBool

from lsnet_ros.errors import describe
from lsnet_ros.frames import messages
from lsnet_ros.frames.image_files import MAX_PIXELS
from lsnet_ros.models.folder import DEFAULT_MODEL, read_model
from lsnet_ros.nodes import diagnostics
from lsnet_ros.nodes.backend_state import BackendState
from lsnet_ros.nodes.camera import CameraInput, PERIOD_S
from lsnet_ros.nodes.guard import Guard
from lsnet_ros.nodes.model_change import ModelChange, ModelChoice, OpenModel
from lsnet_ros.nodes.newest_slots import NewestSlots
from lsnet_ros.nodes.parameters import check, declare, follow_changes, open_groups
from lsnet_ros.nodes.running import run_node
from lsnet_ros.nodes.segmentation_outputs import LOG_PERIOD_S, SegmentationOutputs
from lsnet_ros.nodes.segmentation_state import SegmentationState
from lsnet_ros.nodes.watchdog import watch
from lsnet_ros.segmenter import parse_size, Segmenter
from lsnet_ros.stages.timings import NodeTimings

NAME = 'segmentation_node'
TRANSPORTS = {  # (message, topic, decoder) by image_transport's name
    'raw': (Image, 'image', messages.to_rgb),
    'compressed': (CompressedImage, 'image/compressed', messages.decompress),
}
NAMESPACE = re.compile('[A-Za-z_][A-Za-z0-9_]*(/[A-Za-z_][A-Za-z0-9_]*)*$')
MOST_CAMERAS = 16
OPENING = 10  # times watchdog_s: on a board, a backend may take minutes to open


class SegmentationParameters(NamedTuple):
    """Parameters of the node; params/segmentation.yaml documents them."""

    model: str = DEFAULT_MODEL
    backend: str = 'auto'
    cameras: str = ''
    output_size: str = 'input'
    groups: str = ''
    image_transport: str = 'raw'
    max_pixels: int = MAX_PIXELS
    overlay_alpha: float = 0.5
    max_rate: float = 0.0
    autostart: bool = True
    watchdog_s: float = 60.0


OF_MODEL = ('model', 'groups', 'output_size')  # another is opened beside the one in use
LIVE = ('overlay_alpha', 'max_rate') + OF_MODEL  # may change while the node runs


class SegmentationNode(Node):
    """
    Segment the newest frame of each camera.

    The executor's thread only receives frames, as bytes, and puts the newest of each camera in a
    slot. One worker thread opens the backend, owns it, serves the cameras in turn, and publishes.
    The node subscribes when the backend is ready and it is enabled, so that a source that waits
    for a subscriber finds one that answers. While nobody subscribes to a result of a camera, the
    node does not subscribe to its images.
    """

    def __init__(self) -> None:
        super().__init__(NAME)
        self._settings = declare(self, SegmentationParameters, LIVE)
        _check_parameters(self._settings)
        self._failure: Optional[Exception] = None  # of the worker, which it ended
        self._choice = _choose_model(self._settings)  # in use, or the first to be
        self._wanted = self._choice.parameters  # of the model that was asked for last
        self._state = BackendState(self._settings.backend)
        self._slots, self._guard = NewestSlots(), Guard(self)
        self._worker_news = self.create_guard_condition(self._on_worker_news)
        self._change_news = self.create_guard_condition(self._on_change_news)
        self._model_change = ModelChange(self._settings.backend, self._state, self.get_logger(),
                                         self._change_news.trigger)
        self._cameras = [self._open_camera(name) for name in split_cameras(
            self._settings.cameras)]
        self._is_ready, self._is_enabled = False, self._settings.autostart
        self._switch_cameras()
        self.create_timer(PERIOD_S, self._follow_subscribers,
                          clock=Clock(clock_type=ClockType.STEADY_TIME))
        self.create_service(SetBool, '~/enable', self._on_enable)
        follow_changes(self, self._settings, self._change_settings)
        watch(self, self._settings.watchdog_s,
              lambda: max(camera.state.busy_s() for camera in self._cameras))
        watch(self, OPENING * self._settings.watchdog_s, self._state.opening_s,
              'the backend has been opening')
        self._worker = threading.Thread(target=self._work, name='segmentation', daemon=True)
        self._worker.start()

    def close(self) -> None:
        """Let the worker finish its frame, and end a running build."""
        self._slots.close()
        self._worker.join(timeout=10.0)
        self._model_change.close()

    def _open_camera(self, name: str) -> CameraInput:
        """Return a camera, which publishes its diagnostics from now on."""
        prefix = name + '/' if name else ''
        message, topic, _ = TRANSPORTS[self._settings.image_transport]
        outputs = SegmentationOutputs(
            self, prefix, self._choice.label_set, lambda: self._settings.overlay_alpha,
            self._guard)
        camera = CameraInput(
            name, (message, prefix + topic), outputs, SegmentationState(self, self._state),
            self._guard, self._slots, lambda: self._settings.max_rate)
        diagnostics.publish_each_second(
            self, 'segmentation' + (' of ' + name if name else ''),
            lambda: self._choice.model.name, camera.make_report, self._guard)
        return camera

    def _change_settings(self, settings: SegmentationParameters) -> None:
        """Take other values of the live parameters, or raise an LsnetError."""
        _check_parameters(settings)
        wanted = {name: getattr(settings, name) for name in OF_MODEL}
        if wanted != self._wanted:
            self._model_change.begin(_choose_model(settings))
            self._wanted = wanted
        self._settings = settings

    def _on_change_news(self) -> None:
        """
        Wake the worker for another model that is open, or go back from one that is refused.

        The parameters become those of the model in use, unless a third one is on its way.
        """
        self._slots.put(None, None)
        refused = self._model_change.refused
        if refused is not None and refused.parameters == self._wanted:
            self._wanted = self._choice.parameters
            self.set_parameters([Parameter(name, value=value)
                                 for name, value in self._wanted.items()])

    def _on_worker_news(self) -> None:
        """Subscribe when the worker is ready, or end the program with the worker's error."""
        if self._failure is not None:
            raise self._failure
        self._is_ready = True
        self._switch_cameras()

    def _on_enable(self, request: Any, response: Any) -> Any:
        """Begin or end to segment."""
        self._is_enabled = request.data
        self._switch_cameras()
        response.success = True
        response.message = 'enabled' if self._is_enabled else 'disabled'
        return response

    def _switch_cameras(self) -> None:
        """Subscribe to the images if the node is ready and enabled, else end that."""
        for camera in self._cameras:
            camera.state.on_enabled(self._is_enabled)
            camera.switch(self._is_ready and self._is_enabled)

    def _follow_subscribers(self) -> None:
        """Let each camera rest while nobody subscribes to its results."""
        for camera in self._cameras:
            camera.follow_subscribers()

    def _work(self) -> None:
        """Open the backend and segment frames until the slots close; runs in the worker thread."""
        try:
            segmenter = self._use(self._model_change.open_first(self._choice))
            self._worker_news.trigger()
            for camera, item in iter(self._slots.take, None):
                other = self._model_change.take()
                if other is not None:
                    segmenter = self._use(other)
                if camera is None:  # woken for the change alone
                    continue
                camera.state.on_begin()
                self._process(segmenter, camera, *item)
                camera.state.on_end()
        except Exception as error:  # for the main thread, which raises it
            if self.context.ok():  # else publishing failed because the program is ending
                self._failure = error
                self._worker_news.trigger()

    def _use(self, opened: OpenModel) -> Segmenter:
        """Tell that an open model is used from now on, and return its segmenter."""
        self._choice = opened.choice
        for camera in self._cameras:
            camera.outputs.change_classes(opened.choice.label_set)
        backend = opened.segmenter.backend
        self.get_logger().info('{} is ready: {}'.format(
            opened.choice.model.name, backend.reason))
        self._state.on_ready(backend)
        return opened.segmenter

    def _process(self, segmenter: Segmenter, camera: CameraInput, image_bytes: bytes,
                 received_s: float) -> None:
        """Segment and publish one frame; a bad one is counted, logged and dropped."""
        taken_s, left_out = time.perf_counter(), camera.state.left_out
        message, _, decode = TRANSPORTS[self._settings.image_transport]
        try:
            image_msg = deserialize_message(image_bytes, message)
            header = image_msg.header
            image = decode(image_msg, self._settings.max_pixels)
            converted_s = time.perf_counter()
            segmentation = segmenter.segment(
                image, with_confidence=camera.outputs.wants_confidence())
            segmented_s = time.perf_counter()
            camera.outputs.publish_mask(segmentation.class_ids, header)
        except Exception as error:  # the next frame may be a good one, whatever this one raised
            if not self.context.ok():
                raise
            text = describe(error)
            camera.state.on_bad_frame(text)
            self.get_logger().error('frame{} dropped: {}'.format(
                ' of ' + camera.name if camera.name else '', text),
                throttle_duration_sec=LOG_PERIOD_S)
            return
        published_s = time.perf_counter()
        camera.state.on_result(header, published_s - received_s)
        camera.outputs.publish_extras(image, segmentation, header)
        stages = segmentation.timings
        camera.outputs.publish_timings(NodeTimings(
            1e3 * (taken_s - received_s), 1e3 * (converted_s - taken_s),
            stages.preprocess_ms, stages.network_ms, stages.decode_ms,
            1e3 * (published_s - segmented_s), 1e3 * (published_s - received_s)),
            left_out, header)


def split_cameras(names: str) -> List[str]:
    """
    Return the namespaces of the cameras.

    :param names: separated by commas; empty for one camera in the node's own namespace
    """
    return [name.strip() for name in names.split(',')]


def _choose_model(settings: SegmentationParameters) -> ModelChoice:
    """
    Read and check the model that the parameters name; its backend is not opened yet.

    :raises LsnetError: if model, groups or output size are invalid
    """
    model = read_model(settings.model)
    parse_size(settings.output_size, model)
    return ModelChoice({name: getattr(settings, name) for name in OF_MODEL}, model,
                       open_groups(settings.groups, model))


def _check_parameters(settings: SegmentationParameters) -> None:
    """Raise a ParameterError if a value is invalid."""
    cameras = split_cameras(settings.cameras)
    check('cameras', settings.cameras, cameras == [''] or (
        all(map(NAMESPACE.match, cameras)) and len(set(cameras)) == len(cameras) <= MOST_CAMERAS),
        'up to {} different namespaces, such as front,left'.format(MOST_CAMERAS))
    check('image_transport', settings.image_transport,
          settings.image_transport in TRANSPORTS, 'one of ' + ', '.join(sorted(TRANSPORTS)))
    check('max_pixels', settings.max_pixels, settings.max_pixels > 0, '1 or more')
    check('overlay_alpha', settings.overlay_alpha,
          0.0 <= settings.overlay_alpha <= 1.0, 'a number of 0 to 1')
    for name in ('max_rate', 'watchdog_s'):
        check(name, getattr(settings, name), 0.0 <= getattr(settings, name) < 1e9, '0 or more')


def main(args: Optional[List[str]] = None) -> int:
    """Run the node and return its exit status."""
    return run_node(NAME, SegmentationNode, rclpy.spin, args)


if __name__ == '__main__':
    sys.exit(main())
