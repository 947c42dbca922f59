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
    'test/commands/test_evaluate_bag.py': BAGS,
    'test/commands/test_expand.py': DESK,
    'test/commands/test_train.py': DESK,
    'test/datasets': DESK,
    'test/expansion': DESK,
    'test/networks/test_configurations.py::test_it_trains': DESK,
    'test/networks/test_lrnnet.py::test_export_computes_the_same': EXPORT,
    'test/networks/test_lsnet.py::test_a_new_network_learns_at_the_papers_rate': DESK,
    'test/test_bags.py': BAGS,
    'test/test_evaluation_plots.py': 'plots are drawn at the desk, with matplotlib',
    'test/test_export.py': EXPORT,
    'test/test_package.py': 'it is about the environment that "make" makes',
    'test/test_python36.py': 'it compares both Pythons',
    'test/test_readme.py': 'it is about commands of the desk',
    'test/test_save_model.py::test_blocks_that_do_not_fuse_are_saved_as_they_are': EXPORT,
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
    return pytest.main(['--quiet'] + [
        ('--deselect=' if '::' in name else '--ignore=') + name for name in LEFT_OUT])


if __name__ == '__main__':
    sys.exit(main())
