# Copyright 2026 The lsnet_ros authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.
"""Values of command-line arguments that several commands take."""

import argparse
import re
from typing import Tuple


def size(text: str) -> Tuple[int, int]:
    """Return (height, width) of a text like 1024x2048; raises what argparse expects."""
    match = re.match(r'([1-9][0-9]{0,4})x([1-9][0-9]{0,4})$', text)
    if not match:
        raise argparse.ArgumentTypeError(
            '{!r} is no size: give HEIGHTxWIDTH in pixels such as 1024x2048'.format(text))
    return (int(match.group(1)), int(match.group(2)))


def count(text: str) -> int:
    """Return a whole number above 0; raises what argparse expects."""
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError('{!r} is not a whole number above 0'.format(text))
    return int(text)


def positive(text: str) -> float:
    """Return a number above 0; raises what argparse expects."""
    return _above_0(text, 'not a number above 0')


def duration(text: str) -> float:
    """Return a duration above 0; raises what argparse expects."""
    return _above_0(text, 'no time in milliseconds above 0')


def _above_0(text: str, problem: str) -> float:
    """Return a number above 0; raises what argparse expects, with what the text is."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value < 1e6:
        raise argparse.ArgumentTypeError('{!r} is {}'.format(text, problem))
    return value
