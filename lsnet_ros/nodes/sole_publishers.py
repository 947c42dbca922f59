# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Topics that should have one publisher each: with two, frames of different runs would mix."""

from typing import Any, List

from lsnet_ros.nodes.graph_check import name_of

SEVERAL = ('{topic} had {count} publishers ({names}) while {frames} frames were counted, some '
           'of which may be those of another run: stop all but one, and measure again')


class SolePublishers:
    """
    Notes whether topics have several publishers while frames are counted.

    ROS does not tell which of them a message came from. One that was killed stays known for some
    seconds; frames of that time count as doubtful too.

    :param node: asks for the publishers
    :param topics: full names
    """

    def __init__(self, node: Any, topics: List[str]) -> None:
        self._node, self._topics = node, topics
        self.clear()

    def clear(self) -> None:
        """Forget all."""
        self.frames = 0        # counted beside a second publisher
        self._mixed = ''       # topic that had several
        self._names: List[str] = []

    @property
    def problem(self) -> str:
        """The problem in one line, empty if there was none."""
        return SEVERAL.format(topic=self._mixed, count=len(self._names), frames=self.frames,
                              names=', '.join(self._names)) if self.frames else ''

    def check(self) -> None:
        """Look at the publishers, for each frame that is counted."""
        for topic in self._topics:
            if self._node.count_publishers(topic) > 1:
                found = self._node.get_publishers_info_by_topic(topic)
                if len(found) > 1:
                    self._mixed = topic
                    self._names = sorted(name_of(one) for one in found)
                    self.frames += 1
                    return
