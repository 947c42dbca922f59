# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The base class of all errors whose text is for the user, and their text."""

import re
from typing import Iterable, Match, Optional

# Control characters, those that turn the direction of text, and halves of characters.
HIDDEN = re.compile('[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069'
                    '\ud800-\udfff]')


SIMILAR = 0.8  # least likeness of a mistyped name to the one that may be meant, 0 to 1
EXTRAS = {'argcomplete': 'completion', 'rosbags': 'bags', 'openvino': 'openvino',
          'dask': 'fleet', 'distributed': 'fleet',
          'torch': 'train', 'onnx': 'train', 'matplotlib': 'train', 'pycocotools': 'train'}
"""By module, the extra of this package that brings it."""


class LsnetError(Exception):
    """
    The user's input is wrong; the text names the remedy.

    Each boundary has its own subclass, which also derives from a builtin:
    ``ModelError(LsnetError, ValueError)``. The command line prints the text as one line; any
    other exception is a bug of this package and keeps its traceback.
    """


class BackendError(LsnetError, RuntimeError):
    """A backend is unavailable, or its inputs do not fit its network."""


def visible(text: object, kept: str = '') -> str:
    """
    Return a text with control characters written as they are called, such as ESC.

    A terminal obeys them: a class name could clear the screen, or forge a line of results.

    :param kept: control characters to leave as they are
    """
    def name(found: Match[str]) -> str:
        character = found.group()
        return character if character in kept else character.encode('unicode_escape').decode()
    return HIDDEN.sub(name, str(text))


def one_line(text: object, limit: Optional[int] = 120) -> str:
    """Return a text on one line, cut after ``limit`` characters (None: whole), all visible."""
    words = visible(' '.join(str(text).split()))
    return words if limit is None or len(words) <= limit else words[:limit] + '...'


def not_known(kind: str, name: str, known: Iterable[str]) -> str:
    """
    Return the beginning of an error: a name is not known, and the known one that it resembles.

    :param kind: of thing that has the name, such as 'model'
    """
    import difflib  # 3 ms, which no start without a mistake has to take
    similar = difflib.get_close_matches(name, sorted(known), 1, SIMILAR)
    return '{} {!r} is not known{}'.format(
        kind, name, ' (did you mean {!r}?)'.format(similar[0]) if similar else '')


def missing_module(error: ModuleNotFoundError) -> str:
    """Return the error of a missing module, with the command that installs it."""
    module = (error.name or '').partition('.')[0]
    if module in EXTRAS:
        extra = EXTRAS[module]
        remedy = '{}pip install "lsnet_ros[{}]"'.format(
            '"make train" in the sources, or ' if extra == 'train' else '', extra)
    elif module == 'rclpy' or module.endswith(('_msgs', '_srvs', 'ament_index_python')):
        remedy = 'source ROS 2, or run "make demo" in the sources'
    else:
        remedy = '"rosdep install" with ROS, "make demo" in the sources, or pip install lsnet_ros'
    return 'the Python module {} is not installed: {}'.format(module, remedy)


def describe(error: Exception) -> str:
    """Return an error on one line; one that is no LsnetError is named by its type too."""
    if isinstance(error, LsnetError):
        return one_line(error, None)
    return '{}: {}'.format(type(error).__name__, one_line(error, None))
