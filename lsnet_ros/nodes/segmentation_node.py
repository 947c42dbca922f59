# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The node ``segmentation_node``: subscribes to images, publishes masks."""

import sys
import threading
import time
from typing import Any, List, Optional

import rclpy
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import CompressedImage, Image
from std_srvs.srv import SetBool

from lsnet_ros.errors import describe
from lsnet_ros.frames import messages
from lsnet_ros.frames.view import parse_roi, View
from lsnet_ros.nodes import diagnostics
from lsnet_ros.nodes.backend_state import BackendState
from lsnet_ros.nodes.camera import CameraInput, PERIOD_S
from lsnet_ros.nodes.camera_info import MaskCameraInfo
from lsnet_ros.nodes.guard import Guard
from lsnet_ros.nodes.managed import Managed
from lsnet_ros.nodes.model_change import ModelChange, OpenModel
from lsnet_ros.nodes.newest_slots import NewestSlots
from lsnet_ros.nodes.parameters import declare, follow_changes
from lsnet_ros.nodes.running import run_node
from lsnet_ros.nodes.segmentation_outputs import LOG_PERIOD_S, SegmentationOutputs
from lsnet_ros.nodes.segmentation_parameters import (
    check_parameters,
    choose_model,
    LIVE,
    OF_MODEL,
    SegmentationParameters,
    split_cameras,
)
from lsnet_ros.nodes.segmentation_state import SegmentationState
from lsnet_ros.nodes.watchdog import watch
from lsnet_ros.segmenter import Segmenter
from lsnet_ros.stages.timings import NodeTimings

NAME = 'segmentation_node'
TRANSPORTS = {  # (message, topic, decoder) by image_transport's name
    'raw': (Image, 'image', messages.to_rgb),
    'compressed': (CompressedImage, 'image/compressed', messages.decompress),
}
CLOSING_S = 10.0  # longest wait for the frame in work
OPENING = 10  # times watchdog_s: on a board, a backend may take minutes to open


class SegmentationNode(Managed, Node):
    """
    Segment the newest frame of each camera.

    The executor's thread only receives frames, as bytes, and puts the newest of each camera in a
    slot. One worker thread opens the backend, owns it, serves the cameras in turn, and publishes.
    The node subscribes when the backend is ready and it is enabled, so that a source that waits
    for a subscriber finds one that answers. While nobody subscribes to a result of a camera, the
    node does not subscribe to its images.

    It segments after ``open`` and ``switch``, which ``run_alone`` or its lifecycle calls.
    """

    def __init__(self) -> None:
        Node.__init__(self, NAME)  # the lifecycle begins later, if it does
        self._settings = declare(self, SegmentationParameters, LIVE)
        self.is_managed = self._settings.managed
        check_parameters(self._settings)
        self._failure: Optional[Exception] = None  # of the worker, which it ended
        self._choice = choose_model(self._settings)  # in use, or the first to be
        self._wanted = self._choice.parameters  # of the model that was asked for last
        self._state = BackendState(self._settings.backend)
        self._slots, self._guard = NewestSlots(), Guard(self)
        self._worker_news = self.create_guard_condition(self._on_worker_news)
        self._change_news = self.create_guard_condition(self._on_change_news)
        self._model_change: Optional[ModelChange] = None
        self._cameras = [self._open_camera(name) for name in split_cameras(
            self._settings.cameras)]
        self._is_ready = self._is_enabled = False
        self._is_open = threading.Event()  # or failed to open
        self._worker: Optional[threading.Thread] = None
        self._switch_cameras()
        self.create_timer(PERIOD_S, self._follow_subscribers,
                          clock=Clock(clock_type=ClockType.STEADY_TIME))
        follow_changes(self, self._settings, self._change_settings)
        watch(self, self._settings.watchdog_s,
              lambda: max(camera.state.busy_s() for camera in self._cameras))
        watch(self, OPENING * self._settings.watchdog_s, self._state.opening_s,
              'the backend has been opening')

    def run_alone(self) -> None:
        """Open the model and segment, unless it is to wait for the service ``~/enable``."""
        self.create_service(SetBool, '~/enable', self._on_enable)
        self.switch(self._settings.autostart)
        self.open()

    def open(self) -> None:
        """Start the worker, which opens the model."""
        self._slots.reopen()
        self._is_open.clear()
        self._state.on_opening()
        self._model_change = ModelChange(self._settings.backend, self._state, self.get_logger(),
                                         self._change_news.trigger)
        self._worker = threading.Thread(
            target=self._work, args=(self._model_change,), name='segmentation', daemon=True)
        self._worker.start()

    def wait_until_open(self) -> None:
        """
        Wait until the model is open.

        :raises LsnetError: if it does not open
        """
        self._is_open.wait()
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def switch(self, is_enabled: bool) -> None:
        """Begin or end to segment."""
        self._is_enabled = is_enabled
        self._switch_cameras()

    def close(self) -> bool:
        """
        Let the worker finish its frame, release the model, and end a running build.

        :returns: whether the worker has ended
        """
        worker = self._worker
        self._slots.close()
        if worker is not None:
            worker.join(timeout=CLOSING_S)
        if self._model_change is not None:
            self._model_change.close()
        self._worker, self._model_change, self._is_ready = None, None, False
        self._state.on_closed()
        return worker is None or not worker.is_alive()

    def _open_camera(self, name: str) -> CameraInput:
        """Return a camera, which publishes its diagnostics from now on."""
        prefix = name + '/' if name else ''
        message, topic, _ = TRANSPORTS[self._settings.image_transport]
        view = View(self._settings.undistort, parse_roi(self._settings.roi))
        outputs = SegmentationOutputs(
            self, prefix, self._choice.label_set, lambda: self._settings.overlay_alpha,
            MaskCameraInfo(self, prefix, self._guard, view))
        state = SegmentationState(self, self._state, self.is_managed)
        camera = CameraInput(
            name, (message, prefix + topic), outputs, state, self._guard, self._slots,
            lambda: self._settings.max_rate)
        diagnostics.publish_each_second(
            self, 'segmentation' + (' of ' + name if name else ''),
            lambda: self._choice.model.name, camera.make_report, self._guard)
        return camera

    def _change_settings(self, settings: SegmentationParameters) -> None:
        """Take other values of the live parameters, or raise an LsnetError."""
        check_parameters(settings)
        wanted = {name: getattr(settings, name) for name in OF_MODEL}
        if wanted != self._wanted:
            choice = choose_model(settings)
            if self._model_change is None:
                self._choice = choice
            else:
                self._model_change.begin(choice)
            self._wanted = wanted
        self._settings = settings

    def _on_change_news(self) -> None:
        """
        Wake the worker for another model that is open, or go back from one that is refused.

        The parameters become those of the model in use, unless a third one is on its way.
        """
        self._slots.put(None, None)
        refused = self._model_change.refused if self._model_change else None
        if refused is not None and refused.parameters == self._wanted:
            self._wanted = self._choice.parameters
            self.set_parameters([Parameter(name, value=value)
                                 for name, value in self._wanted.items()])

    def _on_worker_news(self) -> None:
        """Subscribe when the worker is ready, or end the program with the worker's error."""
        if self._failure is not None:
            raise self._failure
        self._is_ready = self._state.is_ready
        self._switch_cameras()

    def _on_enable(self, request: Any, response: Any) -> Any:
        """Begin or end to segment."""
        self.switch(request.data)
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

    def _work(self, model_change: ModelChange) -> None:
        """Open the backend and segment frames until the slots close; runs in the worker thread."""
        try:
            segmenter = self._use(model_change.open_first(self._choice))
            self._is_open.set()
            self._worker_news.trigger()
            for camera, item in iter(self._slots.take, None):
                other = model_change.take()
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
                self._is_open.set()
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
            image = camera.outputs.camera_info.view_image(
                decode(image_msg, self._settings.max_pixels))
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


def make_node() -> SegmentationNode:
    """
    Return the node, which runs alone or waits for the transitions of its lifecycle.

    :raises ParameterError: if it is to be managed and rclpy cannot
    """
    node = SegmentationNode()
    if node.is_managed:
        node.begin_lifecycle()
    else:
        node.run_alone()
    return node


def main(args: Optional[List[str]] = None) -> int:
    """Run the node and return its exit status."""
    return run_node(NAME, make_node, rclpy.spin, args)


if __name__ == '__main__':
    sys.exit(main())
