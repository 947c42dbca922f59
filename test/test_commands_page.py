# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""docs/commands.md is what the parsers say."""

from pathlib import Path
import subprocess
import sys

DOCS = Path(__file__).resolve().parents[1] / 'docs'


def test_the_page_is_that_of_the_parsers():
    made = subprocess.check_output([sys.executable, str(DOCS / 'make_commands.py')])
    assert made.decode() == (DOCS / 'commands.md').read_text(), (
        'write it anew: python3 docs/make_commands.py > docs/commands.md')
