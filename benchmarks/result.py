"""What a benchmark says: two interleaved series of CPU times and the ratio between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Result:
    """CPU seconds (user and system) of a base and of what is compared with it, one pair for each round.

    The rounds are interleaved, so that a busy machine slows both: a ratio is that of one round, never one of
    medians.
    """

    measured: str
    base: str
    base_seconds: tuple[float, ...]
    measured_seconds: tuple[float, ...]
    target: float | None = None

    @property
    def ratios(self) -> Sequence[float]:
        """The ratio of each round."""
        return [b / a for a, b in zip(self.base_seconds, self.measured_seconds, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of the ratios."""
        return median(self.ratios)

    @property
    def met(self) -> bool | None:
        """Whether the median meets the target; None: there is no target."""
        return None if self.target is None else self.ratio <= self.target

    def as_json(self) -> Mapping[str, object]:
        """Return everything measured and everything derived, as plain data."""
        return {
            **asdict(self),
            "base_median": median(self.base_seconds),
            "measured_median": median(self.measured_seconds),
            "ratio_median": self.ratio,
            "ratio_min": min(self.ratios),
            "ratio_max": max(self.ratios),
            "met": self.met,
        }


def in_seconds(measured: str, seconds: Sequence[float], target: float | None = None) -> Result:
    """Return a result whose base is one second, so that the ratio is the time, and the target too."""
    return Result(measured, "one second", (1.0,) * len(seconds), tuple(seconds), target)


@dataclass(frozen=True, slots=True)
class Count:
    """How many of how many: the same in every round."""

    measured: str
    count: int
    total: int

    @property
    def met(self) -> None:
        """There is no target."""

    def as_json(self) -> Mapping[str, object]:
        """Return everything counted, as plain data."""
        return {**asdict(self), "target": None, "met": None}


@dataclass(frozen=True, slots=True)
class Peak:
    """The most memory that a whole process held, in MiB; it hardly varies, so that there is one figure."""

    measured: str
    mebibytes: float
    target: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the figure meets the target; None: there is no target."""
        return None if self.target is None else self.mebibytes <= self.target

    def as_json(self) -> Mapping[str, object]:
        """Return everything measured, as plain data."""
        return {**asdict(self), "met": self.met}


Row = Result | Peak | Count
"""One line of the table."""
