# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Ages that are differences of clocks."""

import pytest

from lsnet_ros.nodes.clock_check import warn_of_clocks


@pytest.mark.parametrize('age_s', [None, -0.01, 0.0, 0.3, 59.0])
def test_ages_of_frames_are_no_warning(age_s):
    assert warn_of_clocks(age_s) == []


@pytest.mark.parametrize('age_s, text', [
    (1.8e9, 'latest image is from 1800000000.0 s ago; '),
    (-101.0, 'latest image is from 101.0 s ahead; ')])
def test_ages_that_no_frame_has_are_said_to_be_clocks_that_differ(age_s, text):
    warning, = warn_of_clocks(age_s)
    assert warning.startswith('the clocks differ') and text in warning
    assert 'chrony' in warning
