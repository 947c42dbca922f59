# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The messages of freespace_node."""

from typing import Any, Optional

import numpy as np

from lsnet_ros.freespace.scan import FreeSpace, FreeSpaceFinder, GroundPoints

OFFSETS = {'x': 0, 'y': 4, 'z': 8, 'class_id': 12, 'confidence': 16}  # bytes, of each field
POINT = np.dtype({'names': list(OFFSETS), 'formats': ['<f4', '<f4', '<f4', 'u1', '<f4'],
                  'offsets': list(OFFSETS.values()), 'itemsize': 20})


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
    cloud = np.zeros((1, len(points.x)), POINT)
    cloud['x'], cloud['y'] = points.x, points.y
    cloud['class_id'] = class_ids.ravel()[points.pixels]
    cloud['confidence'] = (np.nan if confidence is None
                           else confidence.ravel()[points.pixels] / np.float32(255))
    return _to_point_cloud(cloud, header)


def make_aligned_cloud(points: np.ndarray, header: Any) -> Any:
    """
    Return a sensor_msgs/PointCloud2 with x, y and z for each pixel of the mask.

    :param points: (H, W, 3) float32, NaN where there is none
    """
    return _to_point_cloud(points.view([(name, '<f4') for name in 'xyz'])[..., 0], header)


def _to_point_cloud(cloud: np.ndarray, header: Any) -> Any:
    """Return a structured array (H, W) of float32 and uint8 fields as a PointCloud2."""
    from sensor_msgs.msg import PointCloud2, PointField
    kinds = {np.dtype('<f4'): PointField.FLOAT32, np.dtype('u1'): PointField.UINT8}
    fields = [PointField(name=name, offset=field[1], count=1, datatype=kinds[field[0]])
              for name, field in (cloud.dtype.fields or {}).items()]
    height, width = cloud.shape
    cloud_msg = PointCloud2(
        header=header, height=height, width=width, fields=fields, is_bigendian=False,
        point_step=cloud.itemsize, row_step=cloud.itemsize * width,
        is_dense=bool(np.isfinite(cloud['x']).all()))
    cloud_msg.data.frombytes(np.ascontiguousarray(cloud).view(np.uint8))
    return cloud_msg
