# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Whether masks have the classes that they are taken for, as their publisher says."""

from typing import Any, Iterator, NamedTuple

from lsnet_ros.errors import LsnetError
from lsnet_ros.labels.label_sets import LabelSet
from lsnet_ros.nodes.label_info import CLASSES, list_classes

VIEW = 'view'  # key of a diagnostic status: how the image was changed, if it was
DIFFERENT = ('{name} publishes masks of the classes {found}, not {expected}: give both nodes the '
             'same model and groups{remedy}')


class MaskPublisher(NamedTuple):
    """Status of a node that publishes masks."""

    name: str     # full, without the first /
    classes: str  # as of ``list_classes``
    model: str
    view: str     # how the images were changed before; '' if they were not


def list_mask_publishers(node: Any, topic: str, array_msg: Any) -> Iterator[MaskPublisher]:
    """
    Yield the nodes in a diagnostic_msgs/DiagnosticArray that publish masks.

    :param topic: full name of the topic of the masks
    """
    for status in array_msg.status:
        classes = [entry.value for entry in status.values if entry.key == CLASSES]
        name = status.name.partition(': ')[0].lstrip('/')
        if classes and name in {(one.node_namespace + '/' + one.node_name).lstrip('/')
                                for one in node.get_publishers_info_by_topic(topic)}:
            view = ''.join(entry.value for entry in status.values if entry.key == VIEW)
            yield MaskPublisher(name, classes[0], status.hardware_id, view)


class MaskError(LsnetError, ValueError):
    """Masks do not belong to those counted before, or to their classes."""


class MaskClasses:
    """
    Compares the classes of masks with those expected; a mask does not tell them itself.

    :param node: that takes the masks
    :param topic: full name of the topic of the masks
    :param label_set: expected
    :param remedy: end of the message
    :param view_remedy: advice if the images were rectified or cropped first; '' to accept that
    """

    def __init__(self, node: Any, topic: str, label_set: LabelSet, remedy: str = '',
                 view_remedy: str = '') -> None:
        self._node, self._topic = node, topic
        self._remedy, self._view_remedy = remedy, view_remedy
        self._expected = list_classes(label_set)
        self.problem = ''  # stays until the masks counted so far are forgotten

    def on_diagnostics(self, array_msg: Any) -> None:
        """Read the classes that publishers of masks name in a diagnostic_msgs/DiagnosticArray."""
        for found in list_mask_publishers(self._node, self._topic, array_msg):
            if found.classes != self._expected:
                self.problem = DIFFERENT.format(
                    name=found.name, found=found.classes, expected=self._expected,
                    remedy=self._remedy)
            elif found.view and self._view_remedy:
                self.problem = '{} publishes masks of another view of the images ({}): {}'.format(
                    found.name, found.view, self._view_remedy)

    def clear(self) -> None:
        """Forget the problem, with the masks."""
        self.problem = ''

    def check(self) -> None:
        """Raise a MaskError if masks of other classes may have been counted."""
        if self.problem:
            raise MaskError(self.problem)
