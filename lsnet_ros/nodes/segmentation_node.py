# Copyright 2026 The lsnet_ros authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.
"""The node ``segmentation_node``: camera frames in, label images out."""

import sys
import threading
import time
from typing import NamedTuple

import cv2
from diagnostic_msgs.msg import DiagnosticArray
from lsnet_ros.drawing import colorize, overlay
from lsnet_ros.errors import LsnetError
from lsnet_ros.model_files import read_model
from lsnet_ros.nodes import diagnostics, messages
from lsnet_ros.nodes.engine_change import EngineChange
from lsnet_ros.nodes.label_info import publish_label_info
from lsnet_ros.nodes.newest_slot import NewestSlot
from lsnet_ros.nodes.parameters import check, declare
from lsnet_ros.nodes.running import run_node
from lsnet_ros.nodes.segmentation_state import SegmentationState
from lsnet_ros.segmenter import Segmenter
import rclpy
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CompressedImage, Image

NAME = 'segmentation_node'
TRANSPORTS = {  # message, topic and decoder by the name that image_transport has for them
    'raw': (Image, 'image', messages.to_rgb),
    'compressed': (CompressedImage, 'image/compressed', messages.decompress),
}
LOG_PERIOD_S = 5.0


class Parameters(NamedTuple):
    """The node's parameters; params/segmentation.yaml says what they mean."""

    model: str = 'lps-net-s-camvid'
    backend: str = 'auto'
    output_size: str = 'input'
    image_transport: str = 'raw'
    overlay_alpha: float = 0.5


class SegmentationNode(Node):
    """
    Give every pixel of the newest camera frame its class.

    The executor's thread only takes frames and puts the newest one in a slot. One worker thread
    opens the backend, owns it, and publishes. Frames are asked for once it is ready, so that a
    source that waits for a subscriber waits for a node that answers.
    """

    def __init__(self) -> None:
        super().__init__(NAME)
        self._parameters = declare(self, Parameters)
        self._check_parameters()
        self._failure = None  # what ended the worker
        self._model = read_model(self._parameters.model)
        self._palette = self._model.label_set.palette
        self._state = SegmentationState(self, self._parameters.backend)
        self._slot = NewestSlot()
        self._engine_change = EngineChange(
            self._model, self._parameters.output_size, self._state, self.get_logger())
        self._create_publishers()
        self._worker_news = self.create_guard_condition(self._on_worker_news)
        diagnostics.publish_each_second(
            self, 'segmentation', self._model.name, self._state.report)
        self._worker = threading.Thread(target=self._work, name='segmentation', daemon=True)
        self._worker.start()

    def close(self) -> None:
        """Let the worker finish its frame; a build that is going on ends."""
        self._slot.close()
        self._worker.join(timeout=10.0)
        self._engine_change.close()

    def _check_parameters(self) -> None:
        """Raise a ParameterError unless the values can be worked with."""
        parameters = self._parameters
        check('image_transport', parameters.image_transport,
              parameters.image_transport in TRANSPORTS, 'one of ' + ', '.join(sorted(TRANSPORTS)))
        check('overlay_alpha', parameters.overlay_alpha,
              0.0 <= parameters.overlay_alpha <= 1.0, 'a number of 0 to 1')

    def _create_publishers(self) -> None:
        """Create all publishers; those of ``_pictures`` are only used while somebody listens."""
        reliable = QoSProfile(depth=1, reliability=ReliabilityPolicy.RELIABLE)
        self._mask_pub = self.create_publisher(Image, 'segmentation/mask', reliable)
        self._confidence_pub = self.create_publisher(Image, 'segmentation/confidence', reliable)
        self._pictures = (
            (self.create_publisher(Image, 'segmentation/overlay', reliable), self._overlay),
            (self.create_publisher(Image, 'segmentation/color', reliable), self._color))
        self._timing_pub = self.create_publisher(
            DiagnosticArray, 'segmentation/timing',
            QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT))
        self._label_info_pub = publish_label_info(
            self, 'segmentation/label_info', self._model.label_set)

    def _on_worker_news(self) -> None:
        """Start to take frames, or end the program with what the worker failed with."""
        if self._failure is not None:
            raise self._failure
        message, topic, _ = TRANSPORTS[self._parameters.image_transport]
        subscription = self.create_subscription(message, topic, self._on_image, QoSProfile(
            depth=1, reliability=ReliabilityPolicy.BEST_EFFORT))
        self._state.on_subscribed(subscription.topic_name)

    def _on_image(self, image_msg) -> None:
        """Put a frame in the slot; the worker takes the newest."""
        is_replaced = self._slot.put((image_msg, time.perf_counter()))
        self._state.on_frame(is_replaced)

    def _work(self) -> None:
        """Open the backend and segment frames until the slot is closed; the worker's thread."""
        try:
            segmenter = self._engine_change.open(self._parameters.backend)
            self._tell_ready(segmenter)
            self._worker_news.trigger()
            for image_msg, received in iter(self._slot.take, None):
                changed = self._engine_change.take()
                if changed is not None:
                    segmenter = changed
                    self._tell_ready(segmenter)
                self._process(segmenter, image_msg, received)
        except Exception as error:  # for the main thread, which ends the program with it
            if self.context.ok():  # else publishing failed because the program ends already
                self._failure = error
                self._worker_news.trigger()

    def _tell_ready(self, segmenter: Segmenter) -> None:
        """Say which backend answers from now on."""
        self.get_logger().info('{} is ready: {}'.format(
            self._model.name, segmenter.backend.reason))
        self._state.on_ready(segmenter.backend)

    def _process(self, segmenter: Segmenter, image_msg, received: float) -> None:
        """Segment and publish one frame; a bad one is counted, logged and dropped."""
        taken, replaced = time.perf_counter(), self._state.replaced
        try:
            image = TRANSPORTS[self._parameters.image_transport][2](image_msg)
            converted = time.perf_counter()
            segmentation = segmenter.segment(
                image, with_confidence=self._confidence_pub.get_subscription_count() > 0)
        except LsnetError as error:
            self._state.on_bad_frame(str(error))
            self.get_logger().error('frame dropped: {}'.format(error),
                                    throttle_duration_sec=LOG_PERIOD_S)
            return
        segmented = time.perf_counter()
        header = image_msg.header
        self._mask_pub.publish(messages.from_class_ids(segmentation.class_ids, header))
        published = time.perf_counter()
        self._state.on_result(header, published - received)
        if segmentation.confidence is not None:
            self._confidence_pub.publish(messages.from_class_ids(segmentation.confidence, header))
        for pub, draw in self._pictures:
            if pub.get_subscription_count():
                pub.publish(messages.from_rgb(draw(image, segmentation.class_ids), header))
        if self._timing_pub.get_subscription_count():
            timings = dict(
                wait_ms=1e3 * (taken - received), convert_ms=1e3 * (converted - taken),
                **segmentation.timings)
            timings.update(publish_ms=1e3 * (published - segmented),
                           total_ms=1e3 * (published - received), frames_replaced=replaced)
            self._timing_pub.publish(diagnostics.diagnostic_array(
                'segmentation_node: timing', diagnostics.Report(
                    diagnostics.Level.OK, 'ms of each stage', timings), header.stamp))

    def _overlay(self, image, class_ids):
        """Return the frame with the classes in colour over it, at the size of the mask."""
        if image.shape[:2] != class_ids.shape:
            image = cv2.resize(image, class_ids.shape[::-1])
        return overlay(image, class_ids, self._palette, self._parameters.overlay_alpha)

    def _color(self, image, class_ids):
        """Return the classes in colour."""
        return colorize(class_ids, self._palette)


def main(args=None) -> int:
    """Run the node; returns the exit status."""
    return run_node(NAME, SegmentationNode, rclpy.spin, args)


if __name__ == '__main__':
    sys.exit(main())
