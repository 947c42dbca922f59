# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import pytest

from lsnet_ros.limits.bounds import FormatError
from lsnet_ros.limits.json_text import parse_json, parse_json_object


def test_json_is_read():
    assert parse_json('{"a": [1, 2.5, null, "\\u00fc"]}') == {'a': [1, 2.5, None, 'ü']}
    assert parse_json('"ü"'.encode('utf-8')) == 'ü'
    assert parse_json_object(b'{}') == {}


@pytest.mark.parametrize('text', ['', '{', '[NaN]', '[Infinity]', '[-Infinity]', b'\xff',
                                  '[' * 100000])
def test_what_is_no_json_is_refused_with_one_error(text):
    with pytest.raises(FormatError, match='it is not JSON'):
        parse_json(text)


@pytest.mark.parametrize('text', ['[1]', '1', 'null', '"a"'])
def test_what_is_no_object_is_refused_where_one_is_expected(text):
    with pytest.raises(FormatError, match='expected a JSON object'):
        parse_json_object(text)
