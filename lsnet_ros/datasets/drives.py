# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
The drive that a frame belongs to, found in its name by a regular expression of the user's.

Some expressions take years on a short name, such as ``(a+)+b``. So a child process searches, which
a time limit ends.
"""

import json
import subprocess
import sys
from typing import List, Optional, Sequence
from typing import Pattern as Regex

from lsnet_ros.datasets.labelled_files import DatasetError

TIME_S = 10.0
SEARCH = '''
import json, re, sys
pattern, names = json.load(sys.stdin)
found = (next(filter(None, map(re.compile(pattern).search, texts)), None) for texts in names)
json.dump([match and (match.group(1) or '') for match in found], sys.stdout)
'''


def find_drives(regex: Regex[str], names: Sequence[Sequence[str]]) -> List[Optional[str]]:
    """
    Return the text of an expression's first group for each frame, None where nothing matches.

    :param names: texts to search for each frame, of which the first that matches counts
    :raises DatasetError: if the search takes too long
    """
    request = json.dumps([regex.pattern, [list(texts) for texts in names]])
    try:
        done = subprocess.run([sys.executable, '-I', '-c', SEARCH], input=request.encode(),
                              stdout=subprocess.PIPE, check=True, timeout=TIME_S)
    except subprocess.TimeoutExpired as error:
        raise DatasetError(
            'splits.group is {!r}: its search took more than {:.0f} s on {} names: write it '
            'without repetitions within repetitions, such as ([^_]*)_'.format(
                regex.pattern, TIME_S, len(names))) from error
    found: List[Optional[str]] = json.loads(done.stdout.decode())
    return found
