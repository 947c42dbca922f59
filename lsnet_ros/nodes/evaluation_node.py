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
"""The node ``evaluation_node``: label images and their truth in, IoU per class out."""

import json
import sys
import time
from typing import Dict, NamedTuple

from lsnet_ros.errors import LsnetError
from lsnet_ros.files import replacing
from lsnet_ros.metrics import ConfusionMatrix
from lsnet_ros.model_files import read_model
from lsnet_ros.nodes import diagnostics, messages
from lsnet_ros.nodes.diagnostics import Level, Report
from lsnet_ros.nodes.parameters import declare
from lsnet_ros.nodes.running import run_node
from lsnet_ros.nodes.stamp_pairs import StampPairs
import rclpy
from rclpy.node import Node
from sensor_msgs.msg import Image
from std_msgs.msg import Header
from std_srvs.srv import Trigger

NAME = 'evaluation_node'
DEPTH = 10             # of the topics, reliable
REPORT_PERIOD_S = 10.0
LOG_PERIOD_S = 5.0


class Parameters(NamedTuple):
    """The node's parameters; params/segmentation.yaml says what they mean."""

    model: str = 'lps-net-s-camvid'
    report_path: str = ''


class EvaluationNode(Node):
    """
    Compare ``segmentation/mask`` with ``target`` in one confusion matrix over the whole run.

    ``evaluation/counted`` gives back the header of every frame that was dealt with, so that a
    source in lockstep knows that its truth has arrived as well.
    """

    def __init__(self) -> None:
        super().__init__(NAME)
        parameters = declare(self, Parameters)
        self._label_set = read_model(parameters.model).label_set
        self._matrix = ConfusionMatrix(self._label_set.num_classes)
        self._pairs = StampPairs()
        self._refused, self._error = 0, None
        self._report_path = parameters.report_path
        self._reported_frames, self._reported_at = 0, time.monotonic()
        self._counted_pub = self.create_publisher(Header, 'evaluation/counted', DEPTH)
        self.create_subscription(Image, 'segmentation/mask', self._on_mask, DEPTH)
        self.create_subscription(Image, 'target', self._on_target, DEPTH)
        self.create_service(Trigger, 'evaluation/reset', self._on_reset)
        diagnostics.publish_each_second(self, 'evaluation', self._label_set.name, self._report)

    def close(self) -> None:
        """
        Write the report of the run.

        :raises OSError: if it cannot be written; one that is there stays whole
        """
        self._write_report()

    def _on_mask(self, mask_msg) -> None:
        self._on_half('mask', mask_msg)

    def _on_target(self, target_msg) -> None:
        self._on_half('target', target_msg)

    def _on_half(self, kind: str, image_msg) -> None:
        """Count the frame if the other half of its pair has come before."""
        stamp = messages.stamp_ns(image_msg.header)
        pair = self._pairs.add(kind, stamp, image_msg)
        if pair is not None:
            self._count(*pair)
        if self._pairs.is_paired(stamp):  # sent again, it is answered again but not counted
            self._counted_pub.publish(image_msg.header)

    def _count(self, mask_msg, target_msg) -> None:
        """Count one frame; one that does not fit together is refused, never resized."""
        try:
            self._matrix.update(messages.to_class_ids(target_msg), messages.to_class_ids(mask_msg))
            self._error = None
        except LsnetError as error:
            self._refused += 1
            self._error = str(error)
            self.get_logger().error('frame refused: {}'.format(error),
                                    throttle_duration_sec=LOG_PERIOD_S)

    def _on_reset(self, _, response):
        """Start anew."""
        response.message = '{} frames forgotten'.format(self._matrix.frames)
        response.success = True
        self._matrix = ConfusionMatrix(self._label_set.num_classes)
        self._pairs.clear()
        self._refused, self._error = 0, None
        return response

    def _report(self) -> Report:
        """Return the IoU of each class, and now and then write the report too."""
        if time.monotonic() > self._reported_at + REPORT_PERIOD_S:
            self._reported_at = time.monotonic()
            try:
                self._write_report()
            except OSError as error:
                self._error = str(error)
                self.get_logger().error('report not written: {}'.format(error))
        values = {'frames': self._matrix.frames, 'miou': self._matrix.miou(),
                  'pixel_accuracy': self._matrix.pixel_accuracy()}
        values.update(self._losses())
        values.update(('iou/' + name, float(value)) for name, value in zip(
            self._label_set.class_names, self._matrix.iou()))
        if self._error is not None:
            return Report(Level.ERROR, 'ERROR: {}'.format(self._error), values)
        if not self._matrix.frames:
            return Report(Level.OK, 'NO PAIRS: no mask and target of the same stamp yet', values)
        return Report(Level.OK, 'RUNNING: mean IoU {:.2%} over {} frames'.format(
            values['miou'], values['frames']), values)

    def _losses(self) -> Dict[str, int]:
        """Return how many frames were not counted, by reason."""
        return {'frames_refused': self._refused,
                'masks_without_target': self._pairs.dropped['mask'],
                'targets_without_mask': self._pairs.dropped['target']}

    def _write_report(self) -> None:
        """Write the report if one was asked for and frames were counted since the last."""
        if not self._report_path or self._reported_frames == self._matrix.frames:
            return
        report = dict(self._matrix.report(
            self._label_set.class_names, self._label_set.categories), **self._losses())
        with replacing(self._report_path) as file:
            file.write(json.dumps(report, indent=2, allow_nan=False).encode('utf-8') + b'\n')
        self._reported_frames = self._matrix.frames


def main(args=None) -> int:
    """Run the node; returns the exit status."""
    return run_node(NAME, EvaluationNode, rclpy.spin, args)


if __name__ == '__main__':
    sys.exit(main())
