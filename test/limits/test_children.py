# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

from pathlib import Path
import subprocess
import sys

from lsnet_ros.limits.children import module_command

PACKAGE = Path(__file__).resolve().parents[2] / 'lsnet_ros'
TRAP = '''
from pathlib import Path
Path(__file__).with_suffix('.ran').touch()
raise SystemExit(9)
'''


def test_no_module_of_the_current_folder_is_run(tmp_path):
    for name in ('numpy', 'json', 'yaml', 'runpy', 'cv2', 'lsnet_ros'):
        (tmp_path / (name + '.py')).write_text(TRAP)
    output = subprocess.check_output(
        module_command('lsnet_ros.cli') + ['models', '--json', 'x.json'], cwd=str(tmp_path),
        universal_newlines=True)
    assert 'fpn-lite0-camvid' in output
    assert not list(tmp_path.glob('*.ran')) and (tmp_path / 'x.json').is_file()


def test_a_file_of_the_current_folder_would_be_run_otherwise(tmp_path):
    (tmp_path / 'numpy.py').write_text(TRAP)
    process = subprocess.run([sys.executable, '-m', 'lsnet_ros.cli', 'models'],
                             cwd=str(tmp_path), stderr=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL)
    assert process.returncode == 9 and (tmp_path / 'numpy.ran').is_file()


def test_every_child_is_started_so():
    started = [path for path in PACKAGE.rglob('*.py') if 'sys.executable' in path.read_text()]
    assert [path.relative_to(PACKAGE).as_posix() for path in sorted(started)] == [
        # The first removes the folder itself, the second is isolated from it by -I.
        'benchmark_ros/metadata.py', 'datasets/drives.py', 'limits/children.py']
