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
"""The progress bar of long work."""

from typing import Iterable, Optional, TypeVar

Item = TypeVar('Item')


def progress(items: Iterable[Item], total: Optional[int], unit: str) -> Iterable[Item]:
    """
    Return the items, with a progress bar where tqdm is installed and people are watching.

    :param total: number of items, None where it is not known
    :param unit: what an item is called, such as 'frames'
    """
    try:
        from tqdm import tqdm
    except ImportError:
        return items
    # disable=None: no bar where the output is no terminal.
    return tqdm(items, total=total, unit=' ' + unit, disable=None)
