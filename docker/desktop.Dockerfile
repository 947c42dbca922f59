# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

# A desktop or server with ROS 2: ROS_DISTRO is humble, jazzy or kilted. From the root of the sources:
#   docker build -f docker/desktop.Dockerfile --build-arg ROS_DISTRO=jazzy -t lsnet_ros .
#   docker run --rm --network host --shm-size 256m lsnet_ros
ARG ROS_DISTRO=jazzy
FROM ros:${ROS_DISTRO}-ros-base
ARG ROS_DISTRO

# The repositories of ROS and Ubuntu keep the latest version of a package alone.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        python3-colcon-common-extensions \
        python3-numpy \
        python3-opencv \
        python3-pil \
        python3-pip \
        python3-tqdm \
        python3-yaml \
        "ros-${ROS_DISTRO}-vision-msgs" \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/lsnet_ros
COPY . src/lsnet_ros
# Ubuntu 24.04 refuses pip outside of an environment; ONNX Runtime alone replaces nothing.
ENV PIP_BREAK_SYSTEM_PACKAGES=1
RUN pip3 install --no-cache-dir --no-deps \
        --constraint src/lsnet_ros/requirements/runtime.txt onnxruntime \
    && . "/opt/ros/${ROS_DISTRO}/setup.sh" \
    && colcon build --packages-select lsnet_ros \
    && useradd --create-home --uid 1100 --groups video robot

USER 1100
HEALTHCHECK --interval=30s --timeout=20s --start-period=60s \
    CMD ["/opt/lsnet_ros/src/lsnet_ros/docker/entrypoint.sh", "ros2", "run", "lsnet_ros", "health_check"]
ENTRYPOINT ["/opt/lsnet_ros/src/lsnet_ros/docker/entrypoint.sh"]
CMD ["ros2", "launch", "lsnet_ros", "segment.launch.py"]
