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
"""Learning rate of each iteration."""


def poly(iteration: int, iterations: int, power: float = 0.9, warm_up: int = 0) -> float:
    """
    Return the factor on the base learning rate: (1 - iteration / iterations) ** power.

    Liu et al., "ParseNet", 2015; rising linearly from 1 / warm_up over the first ``warm_up``
    iterations.
    """
    rise = min(1.0, (iteration + 1) / warm_up) if warm_up else 1.0
    return rise * (1 - iteration / iterations) ** power
