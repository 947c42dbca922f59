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
import pytest

from lsnet_ros.training.schedules import poly


@pytest.mark.parametrize('iteration, expected', [(0, 1.0), (50, 0.5 ** 0.9), (100, 0.0)])
def test_poly_falls_from_one_to_zero(iteration, expected):
    assert poly(iteration, 100) == pytest.approx(expected)


def test_warm_up_rises_linearly():
    factors = [poly(iteration, 10 ** 9, warm_up=4) for iteration in range(5)]
    assert factors == pytest.approx([0.25, 0.5, 0.75, 1.0, 1.0], abs=1e-6)
