# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The lifecycle of a managed segmentation_node, for rclpy of Humble and newer."""

from typing import Any

from lsnet_ros.errors import describe
from lsnet_ros.nodes.parameter_ranges import ParameterError

try:
    from rclpy.lifecycle import LifecycleNodeMixin, TransitionCallbackReturn
except ImportError:  # Foxy
    LifecycleNodeMixin: Any = object  # type: ignore[no-redef]


class Managed(LifecycleNodeMixin):
    """
    Opens, switches and closes a node at the transitions of its lifecycle, once that has begun.

    For a class that derives from rclpy's Node too, and has open, wait_until_open, switch and
    close. A model that does not open fails "configure", and the node stays unconfigured.
    """

    def begin_lifecycle(self: Any) -> None:
        """
        Offer the services of a lifecycle, unconfigured at first.

        :raises ParameterError: if this rclpy has none
        """
        if LifecycleNodeMixin is object:
            raise ParameterError('parameter managed is true, but this rclpy has no lifecycle '
                                 '(Foxy): use the service ~/enable')
        LifecycleNodeMixin.__init__(self)

    def on_configure(self: Any, state: Any) -> 'TransitionCallbackReturn':
        """Open the model of the parameters, and wait for it."""
        self.open()
        try:
            self.wait_until_open()
        except Exception as error:  # the manager decides what to do, whatever it was
            self.get_logger().error('not configured: {}'.format(describe(error)))
            self.close()
            return TransitionCallbackReturn.FAILURE
        return TransitionCallbackReturn.SUCCESS

    def on_activate(self: Any, state: Any) -> 'TransitionCallbackReturn':
        """Segment from now on."""
        self.switch(True)
        return TransitionCallbackReturn.SUCCESS

    def on_deactivate(self: Any, state: Any) -> 'TransitionCallbackReturn':
        """Receive no image any more; the model stays open."""
        self.switch(False)
        return TransitionCallbackReturn.SUCCESS

    def on_cleanup(self: Any, state: Any) -> 'TransitionCallbackReturn':
        """Release the model; "configure" may open another."""
        self.switch(False)
        return TransitionCallbackReturn.SUCCESS if self.close() else TransitionCallbackReturn.ERROR

    def on_shutdown(self: Any, state: Any) -> 'TransitionCallbackReturn':
        """Release the model for good; the process goes on until it is interrupted."""
        return self.on_cleanup(state)

    def on_error(self: Any, state: Any) -> 'TransitionCallbackReturn':
        """Give up a node whose worker does not end."""
        self.get_logger().error('the worker does not end: restart the node')
        return TransitionCallbackReturn.FAILURE
