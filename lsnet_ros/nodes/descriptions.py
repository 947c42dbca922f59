# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Descriptions of all parameters, for "ros2 param describe"; docs/topics.md has the same."""

DESCRIPTIONS = {
    'model': (
        'name of an installed model ("lsnet models"), or path of a model folder; may change '
        'while segmentation_node runs'),
    'groups': (
        'groups of classes to publish in place of the classes: drivable, or a YAML file; may '
        'change while segmentation_node runs'),
    'backend': (
        'runtime of the network: tensorrt, openvino, onnx, openvino-int8, onnx-int8, torch; auto '
        'takes the fastest'),
    'cameras': (
        'namespaces of the cameras, such as front,left: each has its own image and results; '
        'empty for one camera in the namespace of the node'),
    'output_size': (
        'size of the mask: input for that of the image, network for that of the model\'s input, '
        'or WxH in px; may change while the node runs'),
    'image_transport': 'raw subscribes to image, compressed to image/compressed',
    'undistort': (
        'true to rectify the images by their camera_info first, as image_proc does; masks and '
        'segmentation/camera_info are then of the rectified image'),
    'roi': (
        'part of the image to segment, x,y,width,height in px, of the rectified one with '
        'undistort; empty for all'),
    'max_pixels': 'largest image, px; a larger one is dropped before it is decoded',
    'overlay_alpha': (
        'weight of the class colours in segmentation/overlay, from 0 (camera image only) to 1 '
        '(colours only); may change while the node runs'),
    'max_rate': (
        'largest number of frames to segment per second, on average; 0 for no limit; may change '
        'while the node runs'),
    'managed': 'true for a lifecycle (configure, activate, deactivate, cleanup), as the lifecycle '
               'manager of Nav2 drives it; autostart does not count then',
    'autostart': 'true to segment from the start, false to wait for the service ~/enable',
    'watchdog_s': (
        'longest time of one frame, s; after it the program ends with status 70, and the launch '
        'files start it again; 0 to wait for ever'),
    'ignore': 'values of the targets to leave out besides 255, separated by commas, such as 0,11',
    'map': (
        'YAML file with the class name of each value of the targets; empty if the values are '
        'class ids'),
    'report_path': (
        'JSON file for IoU and accuracy, written every 10 s and at the end; empty for none'),
    'drivable': 'classes or groups that are free space, separated by commas',
    'camera_height': 'height of the camera above the ground, m; has to be given',
    'camera_tilt': 'tilt of the optical axis below the horizontal, rad',
    'rectified': 'true if the segmented image is a rectified one, such as image_rect',
    'max_range': 'range of free_space and of the points, m',
    'min_confidence': 'least confidence of a pixel, from 0 to 1; pixels below it are unknown',
    'ground_frame': 'frame of the results; its origin is on the ground below the camera',
    'latency_folder': (
        'folder for latency.json, frames.csv, board.csv and, at the end, report.html; it '
        'replaces those of an earlier run'),
    'warm_up': 'number of masks at the beginning that the figures leave out',
    'deadline_ms': (
        'longest time from image to mask, ms; slower frames are counted as misses; 0 for none'),
    'board_root': 'folder with sys and proc of the board; in a container perhaps /host',
    'source': (
        'street_scene:SEED, camera (/dev/video0), GStreamer pipeline, video file, folder of '
        'images, or rosbag'),
    'rate': (
        'frames per second; 0 for the source\'s own pace, which is 10 if it has none. A step of '
        'more than 10 s or backwards in the stamps of a bag is played as one frame period'),
    'frames': 'number of frames after which the node ends; 0 for the end of the source',
    'loop': 'true to start again at the end of the source',
    'lockstep': (
        'true to wait for the mask of each frame before the next one; with truth and an '
        'evaluation_node, until the frame is counted'),
    'lockstep_timeout_s': (
        'time without an answer after which a frame is sent again, at most 3 times, s'),
    'frame_id': 'frame_id of the published messages',
    'height': 'height of a street scene, px',
    'width': 'width of a street scene, px',
    'image_topic': 'topic of the images in a rosbag',
    'target_topic': 'topic of the truth in a rosbag (mono8 class ids); empty for none',
    'camera_info_topic': 'topic of the calibration in a rosbag; empty for none',
    'prepared': 'number of frames of the source that are held in memory and shown in turn',
    'subscribers': 'number of subscribers of image to wait for before the first frame',
    'playback_report': (
        'JSON file for the rate that was reached, written at the end; empty for none'),
}
