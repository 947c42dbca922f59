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
"""The sources keep to ROS 2's style."""

from pathlib import Path
import subprocess
import sys

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ['lsnet_ros', 'launch', 'test', 'setup.py']
FILES = sorted(path for source in SOURCES for path in (
    [ROOT / source] if source.endswith('.py') else (ROOT / source).rglob('*.py')))
HEADER = ''.join((ROOT / 'lsnet_ros' / 'files.py').read_text().splitlines(True)[:13])


def run(module, *arguments):
    """Run a linter; returns what it complains of."""
    pytest.importorskip(module)
    process = subprocess.run([sys.executable, '-m', module] + list(arguments), cwd=str(ROOT),
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             universal_newlines=True)
    return process.stdout


def test_flake8_has_no_complaint():
    assert run('flake8', *SOURCES) == ''


def test_docstrings_keep_to_the_ament_convention():
    assert run('pydocstyle', 'lsnet_ros', 'launch', 'setup.py') == ''


def test_the_header_is_the_apache_license():
    assert 'Licensed under the Apache License, Version 2.0' in HEADER
    assert 'WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND' in HEADER


@pytest.mark.parametrize('path', FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_starts_with_the_license_header(path):
    assert path.read_text().startswith(HEADER)
