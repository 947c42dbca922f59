# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Publish the message that maps class ids to class names."""

from typing import Any, Dict, Optional

from lsnet_ros.labels.label_sets import LabelSet

CLASSES = 'classes'  # key of the report in diagnostics
NOT_PUBLISHED = 'not published, vision_msgs is not installed: "lsnet doctor" names the package'


def create_label_info_publisher(node: Any, topic: str) -> Any:
    """
    Return a publisher of class names, latched: of LabelInfo or, before Humble, of VisionInfo.

    :param topic: relative or full name
    :returns: None if vision_msgs is not installed
    """
    from rclpy.qos import DurabilityPolicy, QoSProfile
    try:
        import vision_msgs.msg
    except ImportError:
        return None
    return node.create_publisher(
        getattr(vision_msgs.msg, 'LabelInfo', None) or vision_msgs.msg.VisionInfo, topic,
        QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL))


def publish_label_info(node: Any, pub: Any, label_set: LabelSet) -> None:
    """
    Publish the class names.

    :param pub: as ``create_label_info_publisher`` returned it
    """
    import vision_msgs.msg
    make = label_info if hasattr(vision_msgs.msg, 'LabelInfo') else vision_info
    message = make(vision_msgs.msg, label_set)
    message.header.stamp = node.get_clock().now().to_msg()
    pub.publish(message)


def describe_label_info(label_set: LabelSet, pub: Optional[Any]) -> Dict[str, str]:
    """
    Return the class names for diagnostics, whether or not they are published.

    :param pub: as ``create_label_info_publisher`` returned it
    """
    return {CLASSES: list_classes(label_set),
            'label_info': NOT_PUBLISHED if pub is None else 'published as {}'.format(
                pub.msg_type.__name__)}


def list_classes(label_set: LabelSet) -> str:
    """Return ids and names in one line."""
    return ', '.join('{} {}'.format(label.train_id, label.name) for label in label_set.classes)


def label_info(messages: Any, label_set: LabelSet) -> Any:
    """Return a LabelInfo: one VisionClass per class."""
    return messages.LabelInfo(class_map=[
        messages.VisionClass(class_id=label.train_id, class_name=label.name)
        for label in label_set.classes])


def vision_info(messages: Any, label_set: LabelSet) -> Any:
    """Return a VisionInfo; it has no field for names, so they go in ``database_location``."""
    return messages.VisionInfo(
        method='semantic segmentation',
        database_location='{}: {}'.format(label_set.name, ', '.join(label_set.class_names)))
