# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The node ``evaluation_node``: compares masks with targets and reports IoU per class."""

from pathlib import Path
import sys
import time
from typing import Any, Dict, List, NamedTuple, Optional

from diagnostic_msgs.msg import DiagnosticArray
import rclpy
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image
from std_msgs.msg import Header
from std_srvs.srv import Trigger

from lsnet_ros.errors import describe, LsnetError
from lsnet_ros.files import write_json
from lsnet_ros.frames import messages
from lsnet_ros.labels.flicker import Flicker
from lsnet_ros.labels.metrics import ConfusionMatrix
from lsnet_ros.labels.target_values import parse_values, read_target_values
from lsnet_ros.models.folder import DEFAULT_MODEL, read_model
from lsnet_ros.nodes import diagnostics
from lsnet_ros.nodes.diagnostics import Level, Report
from lsnet_ros.nodes.guard import Guard
from lsnet_ros.nodes.interruption import is_interrupt
from lsnet_ros.nodes.mask_classes import MaskClasses
from lsnet_ros.nodes.mask_model import MaskModel
from lsnet_ros.nodes.parameters import declare, open_groups
from lsnet_ros.nodes.running import run_node
from lsnet_ros.nodes.sole_publishers import SolePublishers
from lsnet_ros.nodes.stamp_pairs import StampPairs

NAME = 'evaluation_node'
DEPTH = 10             # of the topics, reliable
REPORT_PERIOD_S = 10.0
LOG_PERIOD_S = 5.0
NO_PAIRS = ('NO PAIRS: {mask} masks and {target} targets dropped, none of the same stamp: give '
            'the target the stamp of its image, and both topics the same frames')
VIEW_REMEDY = 'targets do not fit them; evaluate without undistort and roi, then call ' \
              'evaluation/reset'
REPEATED = ('{} targets have the stamp of another target, so that their frames were not counted: '
            'give each frame a stamp of its own; source_node does')


class UncountedError(LsnetError, ValueError):
    """No frame was counted, or not all were."""


class EvaluationParameters(NamedTuple):
    """Parameters of the node; params/segmentation.yaml documents them."""

    model: str = DEFAULT_MODEL
    groups: str = ''
    ignore: str = ''
    map: str = ''
    report_path: str = ''


class EvaluationNode(Node):
    """
    Compare ``segmentation/mask`` with ``target`` in one confusion matrix for the whole run.

    ``evaluation/counted`` returns the header of every frame that was counted or refused, for a
    source in lockstep.
    """

    def __init__(self) -> None:
        super().__init__(NAME)
        parameters = declare(self, EvaluationParameters)
        model = read_model(parameters.model)
        self._groups = open_groups(parameters.groups, model)
        self._target_values = read_target_values(
            model.label_set, range(model.label_set.num_classes), parse_values(parameters.ignore),
            Path(parameters.map) if parameters.map else None)
        self._label_set = self._groups.label_set if self._groups else model.label_set
        self._matrix, self._flicker = ConfusionMatrix(self._label_set.num_classes), Flicker()
        self._pairs = StampPairs()
        self._refused = 0
        self._error: Optional[str] = None        # of the latest frame, if it was refused
        self._write_error: Optional[str] = None  # of the latest report
        self._report_path = parameters.report_path
        self._reported: Optional[Dict[str, int]] = None  # counts of the latest report
        self._reported_at = time.monotonic()
        self._counted_pub = self.create_publisher(Header, 'evaluation/counted', DEPTH)
        guard = Guard(self)
        masks = guard.subscribe(Image, 'segmentation/mask', self._on_mask, DEPTH)
        self._mask_classes = MaskClasses(self, masks.topic_name, self._label_set,
                                         ', and call evaluation/reset', VIEW_REMEDY)
        self._mask_model = MaskModel(self, masks.topic_name)
        targets = guard.subscribe(Image, 'target', self._on_target, DEPTH)
        self._sole_publishers = SolePublishers(self, [masks.topic_name, targets.topic_name])
        guard.subscribe(DiagnosticArray, '/diagnostics', self._on_diagnostics,
                        QoSProfile(depth=DEPTH, reliability=ReliabilityPolicy.BEST_EFFORT))
        self.create_service(Trigger, 'evaluation/reset', self._on_reset)
        diagnostics.publish_each_second(
            self, 'evaluation', lambda: self._label_set.name, self._report, guard)

    def close(self) -> None:
        """
        Write the report of the run.

        :raises OSError: if it cannot be written; an earlier report stays intact
        :raises MaskError: if masks of other classes or of several models may have been counted
        :raises UncountedError: if frames were left out that stamps do not tell apart, or all were,
            or frames of another run may have been counted
        """
        self._write_report()
        if self._sole_publishers.problem:
            raise UncountedError(self._sole_publishers.problem)
        if self._pairs.repeated:
            raise UncountedError(REPEATED.format(self._pairs.repeated))
        if self._report_path and not self._matrix.frames:
            raise UncountedError('no frame was counted, {} were refused: the figures of {} are '
                                 'empty'.format(self._refused, self._report_path))

    def _on_mask(self, mask_msg: Any) -> None:
        self._on_half('mask', mask_msg)

    def _on_target(self, target_msg: Any) -> None:
        self._on_half('target', target_msg)

    def _on_diagnostics(self, array_msg: Any) -> None:
        self._mask_classes.on_diagnostics(array_msg)
        self._mask_model.on_diagnostics(array_msg, self._matrix.frames)

    def _on_half(self, kind: str, image_msg: Any) -> None:
        """Count the frame if the other message of its pair has arrived."""
        stamp = messages.stamp_ns(image_msg.header)
        pair = self._pairs.add(kind, stamp, image_msg)
        if pair is not None:
            self._count(*pair)
        if self._pairs.is_paired(stamp):  # a frame sent again is answered again, not counted
            self._counted_pub.publish(image_msg.header)

    def _count(self, mask_msg: Any, target_msg: Any) -> None:
        """Count one frame; refuse it if mask and target differ in size, rather than resize."""
        try:
            target = self._target_values.apply(messages.to_class_ids(target_msg))
            if self._groups is not None:
                target = self._groups.apply(target)
            class_ids = messages.to_class_ids(mask_msg)
            self._matrix.update(target, class_ids)
            self._flicker.update(target, class_ids)
            self._sole_publishers.check()
            self._error = None
        except Exception as error:  # the next frame may be a good one, whatever this one raised
            if is_interrupt(error):
                raise
            self._refused += 1
            self._error = describe(error)
            self.get_logger().error('frame refused: {}'.format(self._error),
                                    throttle_duration_sec=LOG_PERIOD_S)

    def _on_reset(self, _: Any, response: Any) -> Any:
        """Forget all frames."""
        response.message = '{} frames forgotten'.format(self._matrix.frames)
        response.success = True
        self._matrix, self._flicker = ConfusionMatrix(self._label_set.num_classes), Flicker()
        self._pairs.clear()
        self._mask_classes.clear()
        self._mask_model.clear()
        self._sole_publishers.clear()
        self._refused, self._error, self._reported = 0, None, None
        return response

    def _report(self) -> Report:
        """Return state and IoU per class; write the report too when it is due."""
        self._write_report_when_due()
        values = {'frames': self._matrix.frames, 'miou': self._matrix.miou(),
                  'pixel_accuracy': self._matrix.pixel_accuracy(),
                  'flicker': self._flicker.share()}
        values.update(self._count_losses())
        values.update(('iou/' + name, float(value)) for name, value in zip(
            self._label_set.class_names, self._matrix.iou()))
        if self._write_error is not None:
            return Report(Level.ERROR, 'ERROR: {}'.format(self._write_error), values)
        error = (self._mask_classes.problem or self._mask_model.problem
                 or self._sole_publishers.problem or self._error)
        if self._pairs.repeated:
            error = error or REPEATED.format(self._pairs.repeated)
        if error:
            return Report(Level.ERROR, 'ERROR: {}'.format(error), values)
        if not self._matrix.frames:
            return self._explain_no_pairs(values)
        return Report(Level.OK, 'RUNNING: mean IoU {:.2%} over {} frames'.format(
            values['miou'], values['frames']), values)

    def _explain_no_pairs(self, values: Dict[str, Any]) -> Report:
        """Return the state before the first pair; messages dropped without one are a warning."""
        dropped = self._pairs.dropped
        if not any(dropped.values()):
            return Report(Level.OK, 'NO PAIRS: no mask and target of the same stamp yet', values)
        return Report(Level.WARN, NO_PAIRS.format(**dropped), values)

    def _write_report_when_due(self) -> None:
        """Write the report every ``REPORT_PERIOD_S``; a failure is logged."""
        if time.monotonic() <= self._reported_at + REPORT_PERIOD_S:
            return
        self._reported_at = time.monotonic()
        try:
            self._write_report()
        except (LsnetError, OSError) as error:
            self.get_logger().error('report not written: {}'.format(error))

    def _count_losses(self) -> Dict[str, int]:
        """Return the number of frames that were not counted, by reason."""
        return {'frames_refused': self._refused,
                'frames_beside_other_publishers': self._sole_publishers.frames,
                'targets_of_repeated_stamps': self._pairs.repeated,
                'masks_without_target': self._pairs.dropped['mask'],
                'targets_without_mask': self._pairs.dropped['target']}

    def _write_report(self) -> None:
        """
        Write the report if it has a path and there is news, an empty one to begin with.

        So a report of an earlier run does not stay as if it were of this one. Where frames must
        not be counted together, an earlier report of this run is replaced by the reason: it may
        have some of them.

        :raises LsnetError: if frames must not be counted together
        :raises OSError: if the file cannot be written; the earlier report stays
        """
        counts = dict(self._count_losses(), frames=self._matrix.frames)
        if not self._report_path or self._reported == counts:
            return
        try:
            self._mask_classes.check()
            self._mask_model.check()
        except LsnetError as error:
            if self._reported is not None:
                write_json(self._report_path, {'error': str(error)})
                self._reported = None
            raise
        scores = self._matrix.scores(self._label_set.class_names, self._label_set.categories)
        try:
            write_json(self._report_path, dict(
                scores.as_json(), **self._flicker.as_json(), **self._count_losses()))
        except OSError as error:
            self._write_error = 'report not written: {}: free {} or set report_path'.format(
                error, self._report_path)
            raise
        self._write_error = None
        self._reported = counts


def main(args: Optional[List[str]] = None) -> int:
    """Run the node and return its exit status."""
    return run_node(NAME, EvaluationNode, rclpy.spin, args)


if __name__ == '__main__':
    sys.exit(main())
