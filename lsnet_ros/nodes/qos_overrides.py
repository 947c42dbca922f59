# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""QoS of a subscription by parameters: ``qos_overrides./image.subscription.reliability``."""

from typing import Any, Callable, Dict

from lsnet_ros.nodes.parameter_ranges import ParameterError

UNUSABLE = (RuntimeError, TypeError, ValueError)  # rclpy's own errors, of an end, derive from them


def subscribe_overridable(subscribe: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """
    Return a subscription whose QoS the parameters of ROS override, where rclpy knows them.

    :param subscribe: takes ``arguments``, ``options`` and those of create_subscription
    :raises ParameterError: if a parameter is no QoS
    """
    try:
        from rclpy.qos_overriding_options import QoSOverridingOptions
    except ImportError:  # Foxy
        return subscribe(*arguments, **options)
    overriding: Dict[str, Any] = {
        'qos_overriding_options': QoSOverridingOptions.with_default_policies()}
    try:
        return subscribe(*arguments, **options, **overriding)
    except (RuntimeError, TypeError, ValueError) as error:
        if type(error) not in UNUSABLE:
            raise
        raise ParameterError('a parameter qos_overrides of the images is no QoS ({})'.format(
            error)) from error
