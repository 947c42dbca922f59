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
"""Send a frame, wait for what was made of it, then send the next: nothing is dropped."""

from typing import Any, Callable

from lsnet_ros.nodes.messages import stamp_ns

MASK, COUNTED = 'segmentation/mask', 'evaluation/counted'
EVALUATION_START_S = 15.0  # how long a source with truth waits for an evaluation_node to appear
TRIES = 3                  # times that a frame is sent
LOG_PERIOD_S = 5.0


class Lockstep:
    """
    Knows which frames were answered: by a mask and, where there is truth, by evaluation_node.

    :param node: subscribes to the answers
    :param spin_until: called with a condition and seconds; lets callbacks run until either is
        over and returns whether the condition holds
    """

    def __init__(self, node: Any, spin_until: Callable[[Callable[[], bool], float], bool]) -> None:
        from sensor_msgs.msg import Image
        from std_msgs.msg import Header
        self._logger = node.get_logger()
        self._spin_until = spin_until
        self._stamps = {MASK: None, COUNTED: None}  # ns, of the latest answer
        self._subs = {
            MASK: node.create_subscription(Image, MASK, self._on_mask, 10),
            COUNTED: node.create_subscription(Header, COUNTED, self._on_counted, 10)}
        self._count_publishers = node.count_publishers

    def wait_for_listeners(self, image_pub: Any, has_truth: bool) -> None:
        """
        Wait until somebody segments the frames, however long that takes.

        With truth, wait for evaluation_node too, for a while: it may not be wanted.
        """
        while not self._spin_until(lambda: self.is_segmented(image_pub), LOG_PERIOD_S):
            self._logger.warning('waiting for segmentation_node: lockstep needs a subscriber of '
                                 '{} and a publisher of {}'.format(
                                     image_pub.topic_name, self._subs[MASK].topic_name))
        if has_truth and not self._spin_until(
                lambda: self._is_published(COUNTED), EVALUATION_START_S):
            self._logger.warning('no evaluation_node within {:.0f} s: going on without'.format(
                EVALUATION_START_S))

    def is_segmented(self, image_pub: Any) -> bool:
        """Return whether somebody takes the frames and somebody gives masks."""
        return image_pub.get_subscription_count() > 0 and self._is_published(MASK)

    def deliver(self, send: Callable[[], None], stamp: int, has_truth: bool,
                timeout_s: float) -> bool:
        """
        Send a frame until it is answered, at most ``TRIES`` times.

        :param send: sends it, with the same stamp each time
        :param stamp: ns
        :param timeout_s: for each try
        :returns: whether it was answered
        """
        for tried in range(1, TRIES + 1):
            send()
            if self.wait_for_answer(stamp, has_truth, timeout_s):
                return True
            self._logger.warning('no answer to frame {} within {:.1f} s of sending it, try {} '
                                 'of {}'.format(stamp, timeout_s, tried, TRIES))
        return False

    def wait_for_answer(self, stamp: int, has_truth: bool, timeout_s: float) -> bool:
        """Wait for the mask of a frame and, where it has truth, for its evaluation."""
        def is_answered():
            return self._stamps[MASK] == stamp and (
                not has_truth or self._stamps[COUNTED] == stamp
                or not self._is_published(COUNTED))

        return self._spin_until(is_answered, timeout_s)

    def _on_mask(self, mask_msg: Any) -> None:
        self._stamps[MASK] = stamp_ns(mask_msg.header)

    def _on_counted(self, header: Any) -> None:
        self._stamps[COUNTED] = stamp_ns(header)

    def _is_published(self, topic: str) -> bool:
        """Return whether anybody publishes one of the answers."""
        return self._count_publishers(self._subs[topic].topic_name) > 0
