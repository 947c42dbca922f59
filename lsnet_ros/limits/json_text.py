# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""JSON as its standard has it: Python's own reader also takes NaN."""

import json
from typing import Any, Union

from lsnet_ros.errors import one_line
from lsnet_ros.limits.bounds import FormatError


def parse_json(text: Union[str, bytes]) -> Any:
    """
    Return the value of a JSON text.

    :param text: bytes are UTF-8
    :raises FormatError: if it is not JSON, or nested too deep to be read
    """
    try:
        return json.loads(text.decode('utf-8') if isinstance(text, bytes) else text,
                          parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise FormatError('it is not JSON ({})'.format(one_line(error))) from error


def parse_json_object(text: Union[str, bytes]) -> dict:
    """
    Return the value of a JSON text that is an object.

    :raises FormatError: as ``parse_json``, or if it is a list, a number or the like
    """
    value = parse_json(text)
    if not isinstance(value, dict):
        raise FormatError('it is {}, expected a JSON object'.format(one_line(repr(value))))
    return value


def _refuse(name: str) -> Any:
    raise ValueError('{} is no number of JSON'.format(name))
