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
"""What the tests of several networks share."""

import pytest
import torch


@pytest.fixture
def statistics_drawn():
    """Give the batch norms of a network statistics and weights far from their initial ones."""
    def draw(network):
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                torch.nn.init.uniform_(module.weight, 0.5, 1.5)
                torch.nn.init.normal_(module.bias, 0.0, 0.2)
                torch.nn.init.normal_(module.running_mean, 0.0, 0.2)
                torch.nn.init.uniform_(module.running_var, 0.5, 1.5)
        return network

    return draw
