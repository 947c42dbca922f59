# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Optional readings of jetson-stats."""

import threading
from typing import Any, Callable, Dict, List, Optional, Union

StatsByName = Dict[str, Union[None, bool, int, float, str]]

ANSWER_S = 3.0  # longest wait for an answer of its service


class JetsonStats:
    """
    Readings of jetson-stats, where it is installed and its service answers.

    It is not a dependency: its licence is the AGPL, and its version must be that of the host's
    service. Any of its many failures ends its use, a call that takes over ``answer_s`` too; the
    kernel's own files remain.

    :param answer_s: longest wait for its service
    """

    def __init__(self, answer_s: float = ANSWER_S) -> None:
        self._answer_s = answer_s
        self._client: Any = None
        try:
            self._client = call_within(answer_s, _connect)
        except Exception:  # noqa: S110
            pass

    def read(self) -> Optional[StatsByName]:
        """Return the numbers and texts of its flat view; None if it does not run."""
        client = self._client
        if client is None:
            return None
        try:
            stats = call_within(self._answer_s, lambda: dict(client.stats))
        except Exception:
            self.close()
            return None
        return {key: value for key, value in stats.items()
                if value is None or isinstance(value, (bool, int, float, str))}

    def power_mode(self) -> Optional[str]:
        """Return the name of the power mode; None if it is unknown."""
        mode = (self.read() or {}).get('nvp model')
        return str(mode) if mode else None

    def close(self) -> None:
        """Disconnect from the service."""
        client, self._client = self._client, None
        try:
            if client is not None:
                call_within(self._answer_s, client.close)
        except Exception:  # noqa: S110
            pass


def call_within(seconds: float, function: Callable[[], Any]) -> Any:
    """
    Call a function in a thread of its own and return its result.

    :raises TimeoutError: if it takes longer; the thread is left behind, and ends with the program
    :raises Exception: any error of the function
    """
    results: List[Any] = []
    errors: List[Exception] = []

    def run() -> None:
        try:
            results.append(function())
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=run, name='jetson-stats', daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        raise TimeoutError('no answer within {} s'.format(seconds))
    return results[0]


def _connect() -> Any:
    """Return a client of the service that has started."""
    from jtop import jtop
    client = jtop(interval=1)
    client.start()
    return client
