# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The variables added to an environment, and the arrival of large frames with them."""

import os
from pathlib import Path
from xml.etree import ElementTree

import pytest

from lsnet_ros.launching import transport
from lsnet_ros.launching.transport import params_file, prepare_transport, transport_environment


def test_both_middlewares_get_their_profile():
    added = transport_environment({})
    assert sorted(added) == ['CYCLONEDDS_URI', 'FASTDDS_DEFAULT_PROFILES_FILE']
    assert Path(added['FASTDDS_DEFAULT_PROFILES_FILE']).name.startswith('fastdds_')
    assert added['CYCLONEDDS_URI'].startswith('file:///')
    assert added['CYCLONEDDS_URI'].endswith('cyclonedds_large_images.xml')


@pytest.mark.parametrize('distribution', ['foxy', 'humble', 'jazzy'])
def test_older_fast_dds_gets_the_name_that_it_reads(distribution):
    added = transport_environment({'ROS_DISTRO': distribution})
    assert added['FASTRTPS_DEFAULT_PROFILES_FILE'] == added['FASTDDS_DEFAULT_PROFILES_FILE']


@pytest.mark.parametrize('name', [
    'FASTDDS_DEFAULT_PROFILES_FILE', 'FASTRTPS_DEFAULT_PROFILES_FILE',
    'FASTDDS_BUILTIN_TRANSPORTS'])
def test_what_the_user_chose_for_fast_dds_is_left_alone(name):
    assert sorted(transport_environment({name: 'mine'})) == ['CYCLONEDDS_URI']


def test_what_the_user_chose_for_cyclone_dds_is_left_alone():
    assert 'CYCLONEDDS_URI' not in transport_environment({'CYCLONEDDS_URI': 'mine'})


@pytest.mark.parametrize('distribution, expected', [('foxy', False), ('humble', True)])
def test_cyclone_dds_that_does_not_know_the_profile_is_left_alone(distribution, expected):
    assert ('CYCLONEDDS_URI' in transport_environment({'ROS_DISTRO': distribution})) == expected


@pytest.mark.parametrize('free, profile', [
    (560 * 10 ** 6, 'fastdds_large_images.xml'), (560 * 10 ** 6 - 1, 'fastdds_small_memory.xml'),
    (0, 'fastdds_small_memory.xml')])
def test_the_profile_of_fast_dds_fits_the_free_shared_memory(free, profile, monkeypatch):
    monkeypatch.setattr(transport, 'free_bytes', lambda: free)
    added = transport_environment({})
    assert added['FASTDDS_DEFAULT_PROFILES_FILE'] == str(params_file(profile))


@pytest.mark.parametrize('name', ['fastdds_large_images.xml', 'fastdds_small_memory.xml',
                                  'cyclonedds_large_images.xml'])
def test_profiles_are_well_formed(name):
    root = ElementTree.parse(str(params_file(name))).getroot()  # noqa: S314  our own file
    assert root.tag.startswith('{http')


def test_a_missing_file_is_named_with_the_places_of_the_folder():
    with pytest.raises(FileNotFoundError, match='nothing.xml not found in .*params'):
        params_file('nothing.xml')


def test_launch_files_of_users_find_both_by_the_former_name():
    from lsnet_ros import transport as former
    assert former.transport_environment is transport_environment
    assert former.params_file is params_file


def test_hundred_large_best_effort_frames_all_arrive_in_another_process():
    pytest.importorskip('rclpy')
    from lsnet_ros.launching.frame_check import count_frames
    environ = {name: value for name, value in os.environ.items()
               if not name.startswith(('FASTDDS_', 'FASTRTPS_', 'CYCLONEDDS_'))}
    counted = count_frames(100, dict(environ, **prepare_transport(environ)))
    assert (counted.sent, counted.received) == (100, 100)


def test_large_frames_arrive_with_little_shared_memory_too():
    if 'fastrtps' not in pytest.importorskip('rclpy').get_rmw_implementation_identifier():
        pytest.skip('the profile is one of Fast DDS')
    from lsnet_ros.launching.frame_check import count_frames
    profile = str(params_file('fastdds_small_memory.xml'))
    counted = count_frames(20, dict(os.environ, FASTDDS_DEFAULT_PROFILES_FILE=profile))
    assert (counted.sent, counted.received) == (20, 20)
