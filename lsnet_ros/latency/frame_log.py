# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Match images, masks and stage times by stamp; count answered, replaced and lost frames."""

from collections import OrderedDict
import threading
from typing import Any, Dict, List, NamedTuple, Optional

REMEMBERED = 100     # stamps of masks, and stages that came before their mask
WAITING = 1000       # frames whose mask may still come
STAGES_WAIT_S = 0.5  # wait of a mask for its stages, which may get lost


class AnsweredFrame(NamedTuple):
    """A frame whose mask came."""

    stamp_ns: int
    sent_s: Optional[float]       # arrival of the image, perf_counter; None if it was not seen
    received_s: float             # arrival of its mask, perf_counter
    age_s: float                  # of the mask by the node's clock
    is_warm_up: bool
    stages_ms: Dict[str, float]   # empty if they got lost

    @property
    def latency_s(self) -> Optional[float]:
        """Time from the image to its mask; None if the image was not seen."""
        return None if self.sent_s is None else self.received_s - self.sent_s


class FrameCounts(NamedTuple):
    """
    Numbers of frames of a run by their fate.

    sent = received + replaced + lost + pending. If the segmentation node does not report its
    replaced frames, replaced and lost cannot be distinguished and are None.
    """

    sent: int
    received: int            # masks
    replaced: Optional[int]  # in the segmentation node, by a newer frame, or skipped by max_rate
    lost: Optional[int]      # on the way there or back, or refused by the node
    unanswered: int          # replaced or lost
    pending: int             # newer than the latest mask; theirs may still come
    warm_up: int             # masks before the run, not among the others

    def as_json(self) -> Dict[str, Any]:
        """Return the fields by name."""
        return dict(self._asdict())


class FrameLog:
    """
    Matches images, masks and stage times by stamp.

    The run begins with the first mask after the warm-up; earlier frames are not counted. One
    thread may add while another takes.

    :param warm_up: number of masks before the run
    """

    def __init__(self, warm_up: int = 0) -> None:
        self._lock = threading.RLock()
        self._warm_up = warm_up
        self._sent: 'OrderedDict[int, float]' = OrderedDict()       # images without a mask
        self._waiting: 'OrderedDict[int, AnsweredFrame]' = OrderedDict()  # for their stages
        self._early: 'OrderedDict[int, Any]' = OrderedDict()        # stages before their mask
        self._answered: 'OrderedDict[int, bool]' = OrderedDict()    # whether the image was seen
        self._masks = self._received = self._unanswered = 0
        self._replaced: Optional[int] = None
        self._replaced_before: Optional[int] = None  # latest value of the node's counter
        self.first_sent_s: Optional[float] = None    # first image of the run, perf_counter
        self.last_sent_s: Optional[float] = None

    def on_image(self, stamp: int, now: float) -> None:
        """Record an image that came; ignore repeated stamps, also after their mask."""
        with self._lock:
            if stamp in self._sent or self._answered.get(stamp) is False:
                return
            self._sent[stamp] = self.last_sent_s = now
            if len(self._sent) > WAITING:
                self._sent.popitem(last=False)
                self._unanswered += self._received > 0

    def on_mask(self, stamp: int, now: float, clock_ns: int) -> None:
        """
        Record a mask that came.

        :param now: perf_counter, s
        :param clock_ns: time by the node's clock, ns
        """
        with self._lock:
            if stamp not in self._sent and stamp in self._answered:
                return  # the repeated mask of a repeated image
            is_seen = stamp in self._sent
            dropped = self._drop_before(stamp) if is_seen else 0
            self._masks += 1
            is_warm_up = self._masks <= self._warm_up
            frame = AnsweredFrame(
                stamp, self._sent.pop(stamp, None), now, (clock_ns - stamp) / 1e9, is_warm_up, {})
            _remember(self._answered, stamp, is_seen)
            if not is_warm_up:
                self._unanswered += dropped if self._received else 0  # not those before the run
                self._received += 1
                if self.first_sent_s is None:
                    self.first_sent_s = frame.sent_s
            self._waiting[stamp] = frame
            if stamp in self._early:
                self.on_stages(stamp, *self._early.pop(stamp))

    def on_stages(self, stamp: int, stages_ms: Dict[str, float],
                  frames_replaced: Optional[int]) -> None:
        """
        Record the duration of each stage of a frame.

        :param frames_replaced: number of frames that the segmentation node had replaced since
            its start when it began this one; None if it does not report it
        """
        with self._lock:
            frame = self._waiting.get(stamp)
            if frame is None:
                if stamp not in self._answered:
                    _remember(self._early, stamp, (stages_ms, frames_replaced))
                return
            self._waiting[stamp] = frame._replace(stages_ms=stages_ms)
            if frames_replaced is not None:
                self._count_replaced(frames_replaced, frame.is_warm_up)

    def take(self, now: Optional[float] = None) -> List[AnsweredFrame]:
        """
        Remove and return the frames whose stages came or are overdue, in order.

        :param now: perf_counter, s; None to take all
        """
        with self._lock:
            taken = []
            while self._waiting:
                stamp, frame = next(iter(self._waiting.items()))
                if now is not None and not frame.stages_ms and (
                        now < frame.received_s + STAGES_WAIT_S):
                    break
                taken.append(self._waiting.pop(stamp))
            return taken

    def counts(self) -> FrameCounts:
        """Return the numbers of frames so far."""
        with self._lock:
            pending = len(self._sent) if self._received else 0
            replaced, received = self._replaced, self._received
            unanswered = max(self._unanswered, replaced or 0)  # some images may have got lost here
            return FrameCounts(
                sent=received + unanswered + pending, received=received, replaced=replaced,
                lost=None if replaced is None else unanswered - replaced, unanswered=unanswered,
                pending=pending, warm_up=self._masks - received)

    def _drop_before(self, stamp: int) -> int:
        """Drop the images before the one with a stamp; return their number."""
        dropped = 0
        while next(iter(self._sent)) != stamp:
            self._sent.popitem(last=False)
            dropped += 1
        return dropped

    def _count_replaced(self, frames_replaced: int, is_warm_up: bool) -> None:
        """Count the frames replaced since the previous mask; a restarted node counts from 0."""
        before, self._replaced_before = self._replaced_before, frames_replaced
        if is_warm_up:
            return
        if self._replaced is None:
            self._replaced = 0  # those before the run are not counted
        else:
            before = before or 0
            self._replaced += frames_replaced - (before if before <= frames_replaced else 0)


def _remember(entries: OrderedDict, key: int, value: Any) -> None:
    """Add an entry; drop the oldest above ``REMEMBERED``."""
    entries[key] = value
    if len(entries) > REMEMBERED:
        entries.popitem(last=False)
