# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Draw the report of a run in a child process: matplotlib stays out of the caller."""

from pathlib import Path
import subprocess

from lsnet_ros.errors import LsnetError, one_line
from lsnet_ros.latency.page import COMMAND, PAGE
from lsnet_ros.limits.children import module_command

TIMEOUT_S = 40.0  # of drawing, which takes a Jetson Nano some seconds


class PageError(LsnetError, RuntimeError):
    """The report of a run was not drawn."""


def draw_page(folder: Path, timeout_s: float = TIMEOUT_S) -> str:
    """
    Draw the report of a run in a child process.

    The child is out of reach of a Ctrl+C, whose second one would leave half a report.

    :returns: path of the page, and the sentence about missing diagrams if there is one
    :raises PageError: if the child fails or exceeds the time limit
    """
    command = module_command('lsnet_ros.latency_page') + [str(folder)]
    try:
        process = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 timeout=timeout_s, start_new_session=True)
    except subprocess.TimeoutExpired:
        raise PageError(_advise('drawing took over {:.0f} s'.format(timeout_s), folder)) from None
    except OSError as error:
        raise PageError(_advise(one_line(error), folder)) from error
    errors = process.stderr.decode('utf-8', 'replace').strip()
    if process.returncode:
        last = (errors or 'status {}'.format(process.returncode)).splitlines()[-1]
        raise PageError(_advise(last, folder))
    page = process.stdout.decode('utf-8', 'replace').strip()
    return ' '.join([page] + [line for line in errors.splitlines() if 'no diagrams' in line])


def _advise(problem: str, folder: Path) -> str:
    """Return a problem and the remedy."""
    return '{} was not drawn ({}): run "{} {}"'.format(PAGE, problem, COMMAND, folder)
