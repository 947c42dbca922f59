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
"""The names of the classes, once for all who ask: the message that maps class ids to names."""

from typing import Any

from lsnet_ros.labels import LabelSet


def publish_label_info(node: Any, topic: str, label_set: LabelSet) -> Any:
    """
    Publish the class names, kept for subscribers that come later, where vision_msgs is installed.

    It is a LabelInfo where vision_msgs has one (Humble and newer) and a VisionInfo before.

    :returns: the publisher; None without vision_msgs
    """
    from rclpy.qos import DurabilityPolicy, QoSProfile
    try:
        import vision_msgs.msg
    except ImportError:
        return None
    make = label_info if hasattr(vision_msgs.msg, 'LabelInfo') else vision_info
    message = make(vision_msgs.msg, label_set)
    message.header.stamp = node.get_clock().now().to_msg()
    pub = node.create_publisher(
        type(message), topic, QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL))
    pub.publish(message)
    return pub


def label_info(messages: Any, label_set: LabelSet) -> Any:
    """Return a LabelInfo: one VisionClass for each class of the set."""
    return messages.LabelInfo(class_map=[
        messages.VisionClass(class_id=label.train_id, class_name=label.name)
        for label in label_set.classes])


def vision_info(messages: Any, label_set: LabelSet) -> Any:
    """Return a VisionInfo, which has no place for names but for where to find them."""
    return messages.VisionInfo(
        method='semantic segmentation',
        database_location='{}: {}'.format(label_set.name, ', '.join(label_set.class_names)))
