# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Warnings about the other nodes: publishers that do not fit a subscription, equal names."""

from typing import Any, List

UNKNOWN = '_NODE_NAME_UNKNOWN_'  # rmw's word for a node that is not discovered yet
MANY = ('{topic} has {count} publishers ({names}): their frames mix; stop all but one, or remap '
        'image')
TYPE = '{name} publishes {topic} as {found}, not as {expected}: remap one of both'
QOS = ('{name} publishes {topic} with best effort, and this node asks for reliable: nothing '
       'arrives; set its reliability to reliable')
NAMES = '{count} nodes are called {name}: stop all but one, or give it another __node or __ns'


def name_of(endpoint: Any) -> str:
    """Return the name of an endpoint's node, which ROS may learn later than the endpoint."""
    return 'not known yet' if endpoint.node_name == UNKNOWN else endpoint.node_name


def warn_of_publishers(node: Any, subscription: Any, is_single: bool) -> List[str]:
    """
    Return warnings about the publishers of a subscription's topic.

    :param is_single: whether more than one publisher is a mistake
    """
    topic = subscription.topic_name
    package, _, kind = subscription.msg_type.__module__.partition('.')
    expected = '{}/{}/{}'.format(package, kind.split('.')[0], subscription.msg_type.__name__)
    publishers, warnings = node.get_publishers_info_by_topic(topic), []
    fitting = [one for one in publishers if one.topic_type == expected]
    if is_single and len(fitting) > 1:
        warnings.append(MANY.format(topic=topic, count=len(fitting), names=', '.join(
            name_of(one) for one in fitting)))
    for one in publishers:
        policies = (subscription.qos_profile.reliability.name, one.qos_profile.reliability.name)
        if one.topic_type != expected:
            warnings.append(TYPE.format(
                name=name_of(one), topic=topic, found=one.topic_type, expected=expected))
        elif policies == ('RELIABLE', 'BEST_EFFORT'):
            warnings.append(QOS.format(name=name_of(one), topic=topic))
    return warnings


def warn_of_equal_names(node: Any) -> List[str]:
    """Return a warning if another node has the name of this one."""
    own = (node.get_name(), node.get_namespace())
    count = node.get_node_names_and_namespaces().count(own)
    full_name = own[1].rstrip('/') + '/' + own[0]
    return [NAMES.format(count=count, name=full_name)] if count > 1 else []
