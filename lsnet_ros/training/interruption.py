# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""A wish to stop, from Ctrl+C or from the system, that is granted between two iterations."""

import signal
import threading
from types import FrameType
from typing import Any, Optional

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """
    While this context lasts, SIGINT and SIGTERM are noted in ``requested``.

    The second of a kind does at once what the first would have done without this. A signal
    that is ignored stays so. Outside the main thread, which alone may say what signals do,
    nothing is noted.
    """

    def __init__(self) -> None:
        self.requested = False
        self._before = {}

    def __enter__(self) -> 'Interruption':
        """Begin to note."""
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._note) for number in SIGNALS
                            if signal.getsignal(number) != signal.SIG_IGN}
        return self

    def __exit__(self, *error: Any) -> None:
        """Leave the signals as they were."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: Optional[FrameType]) -> None:
        self.requested = True
        signal.signal(number, self._before[number])
