# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The window of ``lsnet segment --show``, by tkinter of Python's standard library."""

from types import TracebackType
from typing import Any, Optional, Type

import numpy as np

from lsnet_ros.errors import LsnetError, one_line

CLOSING_KEYS = ('<Escape>', 'q')


class WindowError(LsnetError):
    """A window cannot be opened here."""


class Window:
    """
    A window for pictures, open until the user closes it or the ``with`` statement ends.

    :raises WindowError: if tkinter is not installed, or there is no display
    """

    def __init__(self) -> None:
        try:
            import tkinter
        except ImportError as error:
            raise WindowError('a window needs tkinter ({}): apt install python3-tk'.format(
                one_line(error))) from error
        self._tkinter: Any = tkinter
        try:
            self._root = tkinter.Tk()
        except tkinter.TclError as error:
            raise WindowError('no window can be opened ({}): leave --show out to write files '
                              'instead'.format(one_line(error))) from error
        self._label = tkinter.Label(self._root)
        self._label.pack()
        self.is_open = True
        self._root.protocol('WM_DELETE_WINDOW', self._close)
        for key in CLOSING_KEYS:
            self._root.bind(key, lambda _: self._close())

    def __enter__(self) -> 'Window':
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        self._root.destroy()

    def show(self, image: np.ndarray, title: str) -> None:
        """
        Show a picture in place of the one before, and take the keys that were pressed.

        :param image: (H, W, 3) uint8 RGB
        """
        header = 'P6 {} {} 255 '.format(image.shape[1], image.shape[0]).encode()
        # An attribute, since a picture that nobody refers to vanishes from the window.
        self._picture = self._tkinter.PhotoImage(
            master=self._root, data=header + image.tobytes(), format='PPM')
        self._label.configure(image=self._picture)
        self._root.title(title)
        self._root.update()

    def _close(self) -> None:
        self.is_open = False
