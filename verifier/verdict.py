"""What is said of a property, and on what grounds (soundness.md S-1, S-2, S-12)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from verifier.flow import Decision, Direction, Flow, Pod
from verifier.readings import Readings


class Word(StrEnum):
    """A verdict in one word, as in reports and `expect:`."""

    PROVED = "proved"
    REFUTED = "refuted"
    VACUOUS = "vacuous"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class FlowCounterexample:
    """A flow that violates the property, replayed by the reference reading, and what that says of both sides.

    `readings` is the completion's choice where the property leaves some free.
    """

    flow: Flow
    decision: Decision
    readings: Readings


@dataclass(frozen=True, slots=True)
class PodCounterexample:
    """A pod that no NetworkPolicy isolates in `direction`, replayed by the reference reading."""

    pod: Pod
    direction: Direction
    readings: Readings


Counterexample = FlowCounterexample | PodCounterexample


@dataclass(frozen=True, slots=True)
class Proved:
    """The property holds, in every completion.

    `rests_on` names policies: without any one of them the proof fails. They are those whose isolation the
    proof needs or, for a `require`, whose rules; all other policies may do what they like. None: nobody asked
    (only the world that the property asks for is explained), or time ran out. `irreducible` is False where
    time ran out before each had been tried.
    """

    rests_on: tuple[str, ...] | None = None
    irreducible: bool = False
    word: Word = Word.PROVED


@dataclass(frozen=True, slots=True)
class Refuted:
    """Every completion violates the property; one violation is shown."""

    counterexample: Counterexample
    word: Word = Word.REFUTED


@dataclass(frozen=True, slots=True)
class Vacuous:
    """The property speaks of nothing: `reason` says which end nobody stands at."""

    reason: str
    word: Word = Word.VACUOUS


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing can be said, for `reason`. A violation in some completion is shown where there is one."""

    reason: str
    counterexample: Counterexample | None = None
    depends_on: tuple[str, ...] = ()
    word: Word = Word.UNKNOWN


Verdict = Proved | Refuted | Vacuous | Unknown
