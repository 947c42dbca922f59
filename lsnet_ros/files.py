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
"""Write files so that a crash, a kill or a full disk leaves what was there before whole."""

import contextlib
import os
import tempfile
from pathlib import Path
from typing import BinaryIO, Iterator, Union


@contextlib.contextmanager
def replacing(path: Union[str, Path]) -> Iterator[BinaryIO]:
    """
    Open a file for writing that takes the place of ``path`` when the block ends well.

    The bytes go to a file beside it, are flushed to the disk and renamed over ``path``; if
    anything fails, the file beside it is removed and ``path`` stays as it was. Folders that
    are missing are made. A link is followed, and a device or a pipe is written to as it is.

    :raises OSError: if the file cannot be written
    """
    path = Path(os.path.realpath(str(path)))
    if path.exists() and not path.is_file():
        with path.open('wb') as file:
            yield file
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=str(path.parent), prefix=path.name + '.', suffix='.part')
    try:
        with os.fdopen(handle, 'wb') as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, 0o666 & ~_umask())
        os.replace(beside, str(path))
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        if isinstance(error, OSError) and error.filename is None:  # such as a full disk
            raise OSError(error.errno, error.strerror + ', what was there before is whole',
                          str(path)) from error
        raise


def _umask() -> int:
    """Return the process's umask; the system only tells it when it is set."""
    umask = os.umask(0)
    os.umask(umask)
    return umask
