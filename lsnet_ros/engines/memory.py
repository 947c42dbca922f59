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
"""Whether there is memory to build an engine with."""

from pathlib import Path

MEMINFO = Path('/proc/meminfo')
# TensorRT takes 0.4 GB for cuBLAS and cuDNN on each side, which is the same memory on a Jetson,
# PyTorch up to 1 GB for CUDA.
NEEDED = 2.0  # GiB, beside what runs already


def advice(always: bool = False) -> str:
    """
    Say in one line what to do about memory, '' if there is enough.

    :param always: also where there is enough now
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
