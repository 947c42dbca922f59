# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The sources keep to the style that ruff.toml and mypy.ini configure, and name their licence."""

from pathlib import Path
import subprocess
import sys

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ('benchmarks', 'launch', 'lsnet_ros', 'test')
FILES = sorted(path for source in SOURCES for path in (ROOT / source).rglob('*.py'))
HEADER = ('# SPDX-FileCopyrightText: 2026 The lsnet_ros authors\n'
          '# SPDX-License-Identifier: Apache-2.0\n')


def run(module, *arguments):
    """Run a linter; returns what it prints and its exit status."""
    pytest.importorskip(module)
    process = subprocess.run([sys.executable, '-m', module] + list(arguments), cwd=str(ROOT),
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             universal_newlines=True)
    return process.stdout, process.returncode


def test_ruff_has_no_complaint():
    assert run('ruff', 'check', '--quiet', '--no-cache', '.') == ('', 0)


def test_mypy_has_no_complaint():
    output, status = run('mypy', '--config-file', 'mypy.ini', '--no-error-summary')
    assert (output, status) == ('', 0)


@pytest.mark.parametrize('path', FILES + [ROOT / 'setup.py'],
                         ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_names_its_license(path):
    assert path.read_text().startswith(HEADER)


def test_the_license_is_here_whole():
    text = (ROOT / 'LICENSE').read_text()
    assert 'Apache License' in text and 'END OF TERMS AND CONDITIONS' in text
