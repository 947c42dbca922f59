# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Child processes that run this package, and no code of the folder they are started in.

``python -m`` searches the current folder first: a ``numpy.py`` that lies there would be run.
"""

from pathlib import Path
import sys
from typing import List

# The child imports the very package that runs here, then searches where this Python searches.
RUN_MODULE = '''
import sys
del sys.argv[0]
parent = sys.argv.pop(0)
sys.path[:] = [parent] + [path for path in sys.path if path]
import lsnet_ros
del sys.path[0]
import runpy
runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)
'''
PARENT = str(Path(__file__).resolve().parents[2])


def module_command(module: str) -> List[str]:
    """
    Return the command that runs a module of this package; its arguments follow.

    :param module: full name, such as 'lsnet_ros.cli'
    """
    return [sys.executable, '-c', RUN_MODULE, PARENT, module]
