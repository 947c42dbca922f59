# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Lockstep: send a frame, wait for its mask and its evaluation, then send the next."""

from typing import Any, Callable, Dict, Optional

from lsnet_ros.frames.messages import stamp_ns
from lsnet_ros.nodes.guard import Guard
from lsnet_ros.nodes.sole_publishers import SolePublishers

MASK, COUNTED = 'segmentation/mask', 'evaluation/counted'
EVALUATION_START_S = 15.0  # longest wait of a source with truth for an evaluation_node
SETTLE_S = 0.5             # for others, such as a recorder, to find the publishers too
TRIES = 3                  # most times to send a frame
LOG_PERIOD_S = 5.0


class Lockstep:
    """
    Send frames and wait for their answers: a mask and, for a frame with truth, its evaluation.

    :param node: asks for the publishers of the answers
    :param guard: subscribes to the answers
    :param spin_until: called with a condition and a timeout in seconds; runs callbacks until the
        condition holds or time is up, and returns whether it holds
    """

    def __init__(self, node: Any, guard: Guard,
                 spin_until: Callable[[Callable[[], bool], float], bool]) -> None:
        from sensor_msgs.msg import Image
        from std_msgs.msg import Header
        self._logger = node.get_logger()
        self._spin_until = spin_until
        self._stamps: Dict[str, Optional[int]] = {MASK: None, COUNTED: None}  # ns, latest
        self._subs = {
            MASK: guard.subscribe(Image, MASK, self._on_mask, 10),
            COUNTED: guard.subscribe(Header, COUNTED, self._on_counted, 10)}
        self._sole_publishers = SolePublishers(node, [self._subs[MASK].topic_name])
        self._count_publishers = node.count_publishers

    @property
    def problem(self) -> str:
        """Doubt about the answers, in one line; empty if there is none."""
        return self._sole_publishers.problem

    def wait_for_listeners(self, image_pub: Any, has_truth: bool) -> None:
        """
        Wait for a segmentation_node, without limit.

        With truth, wait for an evaluation_node too, but not for ever: a run may have none.
        """
        while not self._spin_until(lambda: self.is_segmented(image_pub), LOG_PERIOD_S):
            self._logger.warning('waiting for segmentation_node: lockstep needs a subscriber of '
                                 '{} and a publisher of {}'.format(
                                     image_pub.topic_name, self._subs[MASK].topic_name))
        if has_truth and not self._spin_until(
                lambda: self._is_published(COUNTED), EVALUATION_START_S):
            self._logger.warning('no evaluation_node within {:.0f} s: going on without'.format(
                EVALUATION_START_S))
        self._spin_until(lambda: False, SETTLE_S)

    def is_segmented(self, image_pub: Any) -> bool:
        """Return whether the image has a subscriber and the mask a publisher."""
        return image_pub.get_subscription_count() > 0 and self._is_published(MASK)

    def deliver(self, send: Callable[[], None], stamp: int, has_truth: bool,
                timeout_s: float) -> bool:
        """
        Send a frame until it is answered, at most ``TRIES`` times.

        :param send: publishes it, with the same stamp each time
        :param stamp: ns
        :param has_truth: whether an evaluation is awaited too
        :param timeout_s: of each try
        :returns: whether it was answered
        """
        for tried in range(1, TRIES + 1):
            send()
            if self.wait_for_answer(stamp, has_truth, timeout_s):
                self._sole_publishers.check()
                return True
            self._logger.warning('no answer to frame {} within {:.1f} s of sending it, try {} '
                                 'of {}'.format(stamp, timeout_s, tried, TRIES))
        return False

    def wait_for_answer(self, stamp: int, has_truth: bool, timeout_s: float) -> bool:
        """Wait for the mask of a frame and, if it has truth, its evaluation; return success."""
        def is_answered() -> bool:
            return self._stamps[MASK] == stamp and (
                not has_truth or self._stamps[COUNTED] == stamp
                or not self._is_published(COUNTED))

        return self._spin_until(is_answered, timeout_s)

    def _on_mask(self, mask_msg: Any) -> None:
        self._stamps[MASK] = stamp_ns(mask_msg.header)

    def _on_counted(self, header: Any) -> None:
        self._stamps[COUNTED] = stamp_ns(header)

    def _is_published(self, topic: str) -> bool:
        """Return whether an answer's topic has a publisher."""
        return self._count_publishers(self._subs[topic].topic_name) > 0
