# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The messages of freespace_node."""

from typing import Any, Optional

import numpy as np

from lsnet_ros.freespace.scan import FreeSpace, FreeSpaceFinder, GroundPoints

POINT = np.dtype([('x', '<f4'), ('y', '<f4'), ('z', '<f4'), ('class_id', 'u1'), ('', 'V3'),
                  ('confidence', '<f4')])


def make_laser_scan(found: FreeSpace, finder: FreeSpaceFinder, max_range: float,
                    header: Any) -> Any:
    """
    Return a sensor_msgs/LaserScan; by REP 117, inf is free up to the greatest range, NaN unknown.

    :param max_range: m
    """
    from sensor_msgs.msg import LaserScan
    return LaserScan(
        header=header, angle_min=finder.angle_min, angle_max=finder.angle_max,
        angle_increment=finder.beam, range_min=finder.range_min, range_max=max_range,
        ranges=found.ranges.tolist())


def make_point_cloud(points: GroundPoints, class_ids: np.ndarray, confidence: Optional[np.ndarray],
                     header: Any) -> Any:
    """
    Return a sensor_msgs/PointCloud2 with x, y, z, class_id and confidence.

    :param class_ids: (H, W) uint8, the mask
    :param confidence: (H, W) uint8, 255 for 1; None: the field is NaN
    """
    from sensor_msgs.msg import PointCloud2, PointField
    cloud = np.zeros(len(points.x), POINT)
    cloud['x'], cloud['y'] = points.x, points.y
    cloud['class_id'] = class_ids.ravel()[points.pixels]
    cloud['confidence'] = (np.nan if confidence is None
                           else confidence.ravel()[points.pixels] / np.float32(255))
    fields = [PointField(name=name, offset=POINT.fields[name][1], count=1,
                         datatype=PointField.UINT8 if name == 'class_id' else PointField.FLOAT32)
              for name in ('x', 'y', 'z', 'class_id', 'confidence')]
    cloud_msg = PointCloud2(
        header=header, height=1, width=len(cloud), fields=fields, is_bigendian=False,
        point_step=POINT.itemsize, row_step=POINT.itemsize * len(cloud), is_dense=True)
    cloud_msg.data.frombytes(cloud.tobytes())
    return cloud_msg
