# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Check that there is enough memory to build an engine."""

from pathlib import Path

MEMINFO = Path('/proc/meminfo')
# TensorRT takes 0.4 GB for cuBLAS and cuDNN on host and device, which share the memory of a
# Jetson, and PyTorch up to 1 GB for CUDA.
NEEDED = 2.0  # GiB, in addition to running programs


def advise(always: bool = False) -> str:
    """
    Return one line of advice how to free memory, '' if there is enough.

    :param always: return it even if there is enough
    """
    try:
        entries = dict(line.split(':') for line in MEMINFO.read_text().splitlines())
        free, swap = (int(entries[name].split()[0]) / 2.0 ** 20
                      for name in ('MemAvailable', 'SwapFree'))
    except (OSError, KeyError, ValueError, IndexError):
        return ''  # not Linux
    if free + swap >= NEEDED and not always:
        return ''
    return ('{:.1f} GiB of memory and {:.1f} GiB of swap are free, a build takes about {:.0f}: '
            'close the desktop and other programs, or add swap with "sudo fallocate -l 4G '
            '/swapfile && sudo chmod 600 /swapfile && sudo mkswap /swapfile && sudo swapon '
            '/swapfile"'.format(free, swap, NEEDED))
