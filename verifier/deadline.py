"""How long a judgement may take and how much memory it may use: asked wherever much is made."""

from __future__ import annotations

import time
from typing import Final

DEFAULT_SECONDS: Final = 30.0
DEFAULT_MEGABYTES: Final = 2048.0

OUT_OF_TIME: Final = "the time limit is reached"
OUT_OF_MEMORY: Final = "the memory limit is reached"

_MOST_MILLISECONDS: Final = 2**31 - 1  # a solver's time limit is a number of 32 bits


class LimitError(Exception):
    """A judgement may use no more time, or no more memory; `reason` says which."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Deadline:
    """A moment after which no more is made and no more is asked. Seconds on the monotonic clock.

    It comes at once where somebody calls `stop`, and what was over stays so.
    """

    def __init__(self, seconds: float, within: Deadline | None = None) -> None:
        end = time.monotonic() + seconds
        self._end: float = end if within is None else min(end, within._end)
        self._within = within
        self._stopped: str | None = None
        self.was_met = False
        """Whether it was ever found to be over, or one that was made from it."""

    def at_most(self, seconds: float) -> Deadline:
        """Return this deadline, or that in `seconds` if it is earlier."""
        return Deadline(seconds, within=self)

    def share(self, part: float) -> Deadline:
        """Return the deadline for a piece of work that may take this part of the time that is left."""
        return self.at_most(part * max(0.0, self._end - time.monotonic()))

    def stop(self, reason: str) -> None:
        """End it now, for that reason."""
        self._stopped = self._stopped or reason
        self._note()

    @property
    def reason(self) -> str | None:
        """Why it is over; None: it is not."""
        if self._stopped is None and self._within is not None:
            self._stopped = self._within.reason
        if self._stopped is None and time.monotonic() >= self._end:
            self._stopped = OUT_OF_TIME
        if self._stopped is not None:
            self._note()
        return self._stopped

    def _note(self) -> None:
        self.was_met = True
        if self._within is not None:
            self._within._note()

    def check(self) -> None:
        """Go on.

        Raises:
            LimitError: it is over.
        """
        reason = self.reason
        if reason is not None:
            raise LimitError(reason)

    def seconds_over(self) -> float:
        """Return how long ago the moment was, below 0 if it is still to come."""
        return time.monotonic() - self._end

    def milliseconds_left(self) -> int:
        """Return what is left, at least 0."""
        if self.reason is not None:
            return 0
        return int(max(1, min((self._end - time.monotonic()) * 1000, _MOST_MILLISECONDS)))
