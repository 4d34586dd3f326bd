"""How a run ends."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """How a run ends (design.md section 8); never a count."""

    HELD = 0
    FAILED = 1
    BAD_INPUT = 2
    INCONCLUSIVE = 3
    INTERNAL_ERROR = 4
    INTERRUPTED = 130
