# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Resources that a process holds and has used, from Linux's files on it."""

import os
from pathlib import Path
from typing import NamedTuple, Union


class ProcessUse(NamedTuple):
    """Resources of a process."""

    memory_mb: float   # resident
    threads: int
    descriptors: int
    cpu_s: float       # of all cores, since its start


def read_process_use(pid: Union[int, str] = 'self') -> ProcessUse:
    """
    Return the resources of a process.

    :param pid: number of the process; by default this one
    :raises OSError: if there is no such process
    """
    folder = Path('/proc') / str(pid)
    fields = dict(line.split(':', 1) for line in (folder / 'status').read_text().splitlines())
    # The name, in brackets, may hold blanks; user and system time follow 11 fields after it.
    ticks = (folder / 'stat').read_text().rpartition(')')[2].split()[11:13]
    return ProcessUse(int(fields['VmRSS'].split()[0]) / 1024, int(fields['Threads']),
                      len(os.listdir(str(folder / 'fd'))),
                      sum(map(int, ticks)) / os.sysconf('SC_CLK_TCK'))
