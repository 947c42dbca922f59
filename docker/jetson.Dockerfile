# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

# A Jetson, on an image with the ROS 2 of its JetPack, see docs/install.md. From the root of the sources:
#   docker build -f docker/jetson.Dockerfile -t lsnet_ros .
#   docker run --rm --runtime nvidia --network host --shm-size 256m --device /dev/video0 lsnet_ros \
#     ros2 launch lsnet_ros segment.launch.py source:=/dev/video0
ARG BASE=dustynv/ros:foxy-pytorch-l4t-r32.7.1
# The base is pinned by the default and by the table in docs/install.md.
# hadolint ignore=DL3006
FROM ${BASE}
# The last for the Python of the base: 1.10.0 for 3.6, 1.16.3 for 3.8, 1.23.2 for 3.10.
ARG ONNXRUNTIME=1.10.0

SHELL ["/bin/bash", "-o", "pipefail", "-c"]
WORKDIR /opt/lsnet_ros
COPY . src/lsnet_ros
# ROS is built from source there: apt would bring a second one. OpenCV and PyTorch are JetPack's.
RUN pip3 install --no-cache-dir --no-deps "onnxruntime==${ONNXRUNTIME}" tqdm==4.64.1 \
    && source "/opt/ros/${ROS_DISTRO}/install/setup.bash" \
    && colcon build --packages-select lsnet_ros \
    && useradd --create-home --uid 1100 --groups video robot

USER 1100
HEALTHCHECK --interval=30s --timeout=20s --start-period=60s \
    CMD ["/opt/lsnet_ros/src/lsnet_ros/docker/entrypoint.sh", "ros2", "run", "lsnet_ros", "health_check"]
ENTRYPOINT ["/opt/lsnet_ros/src/lsnet_ros/docker/entrypoint.sh"]
CMD ["ros2", "launch", "lsnet_ros", "segment.launch.py"]
