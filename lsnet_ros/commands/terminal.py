# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Standard output and error, on which no word from a file can steer the terminal."""

from contextlib import contextmanager
import os
import sys
from typing import Any, Iterator

from lsnet_ros.errors import visible

KEPT = '\n\r\t'  # control characters of our own: lines, and progress within one


class SafeOutput:
    """
    A stream that writes the names of control characters, such as ESC.

    So are characters that the stream's encoding does not have.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text."""
        encoding = self._stream.encoding or 'utf-8'
        self._stream.write(visible(text, KEPT).encode(encoding, 'backslashreplace').decode(
            encoding))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def safe_output() -> Iterator[None]:
    """Make standard output and error safe; text for a closed one is dropped."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (SafeOutput(_open(stream, number))
                              for number, stream in enumerate(before, 1))
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def _open(stream: Any, number: int) -> Any:
    """Return a stream; in place of one that was closed before the start, one to nowhere."""
    if stream is not None:
        return stream
    nowhere = os.open(os.devnull, os.O_WRONLY)
    if nowhere != number:  # else the next file that is opened would get what others print
        os.dup2(nowhere, number)
        os.close(nowhere)
    return open(number, 'w', closefd=False)
