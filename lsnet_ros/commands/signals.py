# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Ctrl+C and SIGTERM end a command: it stops its children, and its exit status says so."""

import signal
import threading
from types import FrameType
from typing import Any, Dict, Optional

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Ending:
    """
    Turns both signals into KeyboardInterrupt while it is open, and remembers the last.

    A library may swallow the exception, or make another of it. A signal that is ignored, as by
    "nohup", stays so; outside of the main thread nothing is turned.
    """

    def __init__(self) -> None:
        self.signal = 0  # number, 0 for none
        self._before: Dict[int, Any] = {}

    def __enter__(self) -> 'Ending':
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._interrupt) for number in SIGNALS
                            if signal.getsignal(number) != signal.SIG_IGN}
        return self

    def __exit__(self, *error: Any) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def status(self, status: int) -> int:
        """Return the exit status of a command, as a shell tells it after a signal."""
        return 128 + self.signal if self.signal else status

    def _interrupt(self, number: int, frame: Optional[FrameType]) -> None:
        self.signal = number
        raise KeyboardInterrupt
