# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Run the tests of what runs on the robot with the robot's Python, as a stage of "make test".

A test belongs to it unless the table says why it does not, or skips itself.
"""

import os
import sys

import pytest

DESK = 'training is done at the desk, with Python 3.10'
EXPORT = 'exporting is done at the desk, and this PyTorch takes minutes for it'
BAGS = 'rosbags is for Python 3.10'
LEFT_OUT = {
    'test/test_cli.py::test_a_missing_module_says_what_installs_it': DESK,
    'test/commands/test_evaluate_bag.py': BAGS,
    'test/commands/test_expand.py': DESK,
    'test/commands/test_import_model.py': DESK,
    'test/commands/test_quantize.py': DESK,
    'test/commands/test_train.py': DESK,
    'test/datasets': DESK,
    'test/expansion': DESK,
    'test/networks/test_configurations.py::test_it_trains': DESK,
    'test/networks/test_lrnnet.py::test_export_computes_the_same': EXPORT,
    'test/networks/test_lsnet.py::test_a_new_network_learns_at_the_papers_rate': DESK,
    'test/bags': BAGS,
    'test/evaluation/test_fleet.py': BAGS,
    'test/evaluation/test_pictures.py': 'plots are drawn at the desk, with matplotlib',
    'test/evaluation/test_run_report.py': DESK,
    'test/models/test_checkpoint_process.py': DESK,
    'test/models/test_export.py': EXPORT,
    'test/models/test_foreign.py': DESK,
    'test/models/test_quantize.py': DESK,
    'test/test_own_data_page.py': DESK,
    'test/test_package.py': 'it is about the environment that "make" makes',
    'test/test_python36.py': 'it compares both Pythons',
    'test/test_readme.py': 'it is about commands of the desk',
    'test/models/test_save_model.py::test_blocks_that_do_not_fuse_are_saved_as_they_are': EXPORT,
    'test/test_shipped_models.py::test_the_card_tells_the_accuracy': 'it takes minutes',
    'test/test_style.py': 'style is the same for every Python',
    'test/training': DESK,
}


def main() -> int:
    """Run the stage; returns pytest's exit status."""
    # The threads of this PyTorch turn while they wait: on a busy machine, most of the time.
    os.environ.setdefault('OMP_WAIT_POLICY', 'PASSIVE')
    import numpy
    import torch
    print('The robot\'s tests with Python {}, torch {}, numpy {}:'.format(
        sys.version.split()[0], torch.__version__, numpy.__version__), flush=True)
    return pytest.main(['--quiet', '--numprocesses', '2'] + [
        ('--deselect=' if '::' in name else '--ignore=') + name for name in LEFT_OUT])


if __name__ == '__main__':
    sys.exit(main())
