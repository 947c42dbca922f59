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
"""Which frames were answered by a mask, and when; which were replaced, and which got lost."""

from collections import OrderedDict
import threading
from typing import Any, Dict, List, NamedTuple, Optional

REMEMBERED = 100    # stamps of masks, and stages that came before their mask
WAITING = 1000      # frames whose mask may still come
STAGES_WAIT_S = 0.5  # that a mask waits for its stages: they may get lost


class Frame(NamedTuple):
    """One frame that was answered."""

    stamp_ns: int
    sent_s: Optional[float]       # when the image came, perf_counter; None if it was not seen
    received_s: float             # when its mask came
    age_s: float                  # of the mask by the node's clock
    is_warm_up: bool
    stages_ms: Dict[str, float]   # empty where they got lost

    @property
    def latency_s(self) -> Optional[float]:
        """From the image to its mask."""
        return None if self.sent_s is None else self.received_s - self.sent_s


class Counts(NamedTuple):
    """
    What became of the frames of a run.

    sent = received + replaced + lost + pending. Without a word from the segmentation node,
    replaced and lost cannot be told apart and are None.
    """

    sent: int
    received: int            # masks
    replaced: Optional[int]  # by a newer frame, before the segmentation node came to them
    lost: Optional[int]      # on their way there or back, or refused
    unanswered: int          # replaced or lost
    pending: int             # newer than the latest mask, whose own may still come
    warm_up: int             # masks before the run, not among the others


class FrameLog:
    """
    Brings together images, masks and stages by their stamps.

    The run begins with the first mask after the warm-up; of frames before, nothing is counted.
    One thread may add while another takes out.

    :param warm_up: how many masks to leave out at the beginning
    """

    def __init__(self, warm_up: int = 0) -> None:
        self._lock = threading.RLock()
        self._warm_up = warm_up
        self._sent: 'OrderedDict[int, float]' = OrderedDict()       # not answered yet
        self._waiting: 'OrderedDict[int, Frame]' = OrderedDict()    # for their stages
        self._early: 'OrderedDict[int, Any]' = OrderedDict()        # stages before their mask
        self._answered: 'OrderedDict[int, bool]' = OrderedDict()    # whether the image was seen
        self._masks = self._received = self._unanswered = 0
        self._replaced: Optional[int] = None
        self._replaced_before: Optional[int] = None  # what the node's counter said last
        self.first_sent_s: Optional[float] = None    # of the run
        self.last_sent_s: Optional[float] = None

    def on_image(self, stamp: int, now: float) -> None:
        """Take down that an image came; the same again, or after its mask, is no other frame."""
        with self._lock:
            if stamp in self._sent or self._answered.get(stamp) is False:
                return
            self._sent[stamp] = self.last_sent_s = now
            if len(self._sent) > WAITING:
                self._sent.popitem(last=False)
                self._unanswered += self._received > 0

    def on_mask(self, stamp: int, now: float, clock_ns: int) -> None:
        """
        Take down that a mask came.

        :param now: perf_counter, s
        :param clock_ns: the node's clock, ns
        """
        with self._lock:
            if stamp not in self._sent and stamp in self._answered:
                return  # sent again and answered again
            is_seen = stamp in self._sent
            passed = self._pass_over(stamp) if is_seen else 0
            self._masks += 1
            is_warm_up = self._masks <= self._warm_up
            frame = Frame(stamp, self._sent.pop(stamp, None), now, (clock_ns - stamp) / 1e9,
                          is_warm_up, {})
            _remember(self._answered, stamp, is_seen)
            if not is_warm_up:
                self._unanswered += passed if self._received else 0  # those before it began
                self._received += 1
                if self.first_sent_s is None:
                    self.first_sent_s = frame.sent_s
            self._waiting[stamp] = frame
            if stamp in self._early:
                self.on_stages(stamp, *self._early.pop(stamp))

    def on_stages(self, stamp: int, stages_ms: Dict[str, float],
                  frames_replaced: Optional[int]) -> None:
        """
        Take down how long each stage of a frame took.

        :param frames_replaced: how many frames the segmentation node had ever replaced when it
            began with this one; None if it does not say
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

    def take(self, now: Optional[float] = None) -> List[Frame]:
        """
        Take out the frames that are complete, or wait for their stages no longer, in order.

        :param now: perf_counter, s; None takes all
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

    def counts(self) -> Counts:
        """Return what became of the frames so far."""
        with self._lock:
            pending = len(self._sent) if self._received else 0
            replaced, received = self._replaced, self._received
            unanswered = max(self._unanswered, replaced or 0)  # some may not have been seen here
            return Counts(
                sent=received + unanswered + pending, received=received, replaced=replaced,
                lost=None if replaced is None else unanswered - replaced, unanswered=unanswered,
                pending=pending, warm_up=self._masks - received)

    def _pass_over(self, stamp: int) -> int:
        """Drop the images before one that was answered; returns how many."""
        passed = 0
        while next(iter(self._sent)) != stamp:
            self._sent.popitem(last=False)
            passed += 1
        return passed

    def _count_replaced(self, frames_replaced: int, is_warm_up: bool) -> None:
        """Count what the node replaced since the frame before; it starts anew when it does."""
        before, self._replaced_before = self._replaced_before, frames_replaced
        if is_warm_up:
            return
        if self._replaced is None:
            self._replaced = 0  # those before the first frame of the run are not of it
        else:
            self._replaced += frames_replaced - (before if before <= frames_replaced else 0)


def _remember(entries: OrderedDict, key: int, value: Any) -> None:
    """Add an entry, and forget the oldest of too many."""
    entries[key] = value
    if len(entries) > REMEMBERED:
        entries.popitem(last=False)
