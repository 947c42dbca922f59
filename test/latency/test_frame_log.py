# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Sequences of images, masks and stages by hand, and what became of each frame."""

from lsnet_ros.latency.frame_log import FrameCounts, FrameLog, REMEMBERED, STAGES_WAIT_S, WAITING

STAGES = {'network_ms': 20.0}


def answer(log, stamp, now, replaced=None):
    """Let a mask and its stages come; the node's clock is at 1000 ns."""
    log.on_mask(stamp, now, 1000)
    log.on_stages(stamp, STAGES, replaced)


def test_a_frame_has_its_latency_age_and_stages():
    log = FrameLog()
    log.on_image(400, 5.0)
    answer(log, 400, 5.25, replaced=0)
    frame, = log.take(5.25)
    assert (frame.latency_s, frame.age_s, frame.stages_ms) == (0.25, 600e-9, STAGES)
    assert log.take() == []
    assert log.counts() == FrameCounts(1, 1, 0, 0, 0, 0, 0)


def test_replaced_lost_and_pending_frames_are_told_apart():
    log = FrameLog()
    for stamp in range(1, 11):
        log.on_image(stamp, float(stamp))
    answer(log, 1, 11.0, replaced=7)   # 7 were replaced before there was anybody to count
    answer(log, 4, 12.0, replaced=9)   # 2 and 3
    answer(log, 7, 13.0, replaced=10)  # 5 or 6; the other never arrived
    assert log.counts() == FrameCounts(sent=10, received=3, replaced=3, lost=1, unanswered=4,
                                       pending=3, warm_up=0)
    assert (log.first_sent_s, log.last_sent_s) == (1.0, 10.0)


def test_a_node_that_does_not_say_what_it_replaced_leaves_none():
    log = FrameLog()
    for stamp in (1, 2, 3):
        log.on_image(stamp, 0.0)
    answer(log, 1, 1.0)
    answer(log, 3, 2.0)
    assert log.counts() == FrameCounts(3, 2, None, None, 1, 0, 0)


def test_the_warm_up_is_no_part_of_the_run():
    log = FrameLog(warm_up=2)
    for stamp in range(1, 9):
        log.on_image(stamp, float(stamp))
    answer(log, 2, 9.0, replaced=1)
    answer(log, 4, 9.5, replaced=2)
    assert log.counts() == FrameCounts(0, 0, None, None, 0, 0, 2)
    answer(log, 6, 10.0, replaced=3)  # the first of the run: 5 was before it
    answer(log, 8, 11.0, replaced=4)  # 7 was replaced
    assert log.counts() == FrameCounts(3, 2, 1, 0, 1, 0, 2)
    assert [frame.is_warm_up for frame in log.take()] == [True, True, False, False]
    assert log.first_sent_s == 6.0


def test_a_node_that_starts_anew_counts_on():
    log = FrameLog()
    for index, replaced in enumerate((5, 6, 2)):
        for stamp in (10 * index, 10 * index + 1, 10 * index + 2):
            log.on_image(stamp, 0.0)
        answer(log, 10 * index, 1.0, replaced=replaced)
    assert log.counts().replaced == 3  # one, and the two of the new node


def test_a_frame_that_is_sent_and_answered_twice_is_one():
    log = FrameLog()
    log.on_image(1, 1.0)
    log.on_image(1, 2.0)
    answer(log, 1, 3.0, replaced=0)
    answer(log, 1, 4.0, replaced=0)
    assert log.counts() == FrameCounts(1, 1, 0, 0, 0, 0, 0)
    assert [frame.latency_s for frame in log.take()] == [2.0]


def test_a_bag_in_a_loop_has_each_stamp_again():
    log = FrameLog()
    for now in (1.0, 2.0, 3.0):
        log.on_image(7, now)
        answer(log, 7, now + 0.5, replaced=0)
        assert [frame.latency_s for frame in log.take()] == [0.5]
    assert log.counts().received == 3


def test_an_image_that_was_not_seen_or_comes_late_was_sent_all_the_same():
    log = FrameLog()
    answer(log, 1, 1.0, replaced=0)
    log.on_image(1, 1.1)  # after its mask
    answer(log, 2, 2.0, replaced=3)
    assert log.counts() == FrameCounts(sent=5, received=2, replaced=3, lost=0, unanswered=3,
                                       pending=0, warm_up=0)
    assert [frame.latency_s for frame in log.take()] == [None, None]


def test_stages_may_come_before_their_mask_or_never():
    log = FrameLog()
    log.on_stages(1, STAGES, 0)
    log.on_mask(1, 1.0, 1000)
    log.on_mask(2, 1.1, 1000)
    log.on_mask(3, 1.2, 1000)
    log.on_stages(3, STAGES, 0)
    assert [frame.stamp_ns for frame in log.take(1.3)] == [1]  # 3 is not written before 2
    assert [frame.stages_ms for frame in log.take(1.1 + STAGES_WAIT_S)] == [{}, STAGES]
    log.on_stages(2, STAGES, 0)  # too late
    assert log.take() == []


def test_nothing_grows_without_end():
    log = FrameLog()
    log.on_image(0, 0.0)
    answer(log, 0, 0.0, replaced=0)
    for stamp in range(1, 3 * WAITING):
        log.on_image(stamp, 0.0)
        log.on_stages(10**9 + stamp, STAGES, 0)
    assert (len(log._sent), len(log._early)) == (WAITING, REMEMBERED)
    assert log.counts() == FrameCounts(
        3 * WAITING, 1, 0, 2 * WAITING - 1, 2 * WAITING - 1, WAITING, 0)
