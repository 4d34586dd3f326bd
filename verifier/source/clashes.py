"""Keys that clash in one mapping of a YAML document."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from verifier.source.refusals import Spot


class Clash(StrEnum):
    """What can be wrong between the keys of one mapping."""

    DUPLICATE = "duplicate"
    OVERWRITTEN = "overwritten"  # by a `<<` that stands after it


@dataclass(frozen=True, slots=True)
class KeyClash:
    """A key that is given twice; spots count from 1, within the file."""

    kind: Clash
    key: str
    first: Spot
    again: Spot
