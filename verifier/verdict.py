"""What is said of a property, and on what grounds (soundness.md S-1, S-2, S-12)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from verifier.flow import Decision, Direction, Flow, Ground, Pod, RuleRef
from verifier.readings import Readings


class Word(StrEnum):
    """A verdict in one word, as in reports and `expect:`."""

    PROVED = "proved"
    REFUTED = "refuted"
    DEPENDS = "depends"
    VACUOUS = "vacuous"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class NearMiss:
    """The rule that comes nearest to a refused flow, and in words the part of it that does not match."""

    rule: RuleRef
    text: str


@dataclass(frozen=True, slots=True)
class FlowCounterexample:
    """A flow that violates the property, replayed by the reference reading, and what that says of both sides.

    `readings` is the completion's choice where the property leaves some free. `nearest` holds, for each side
    that refuses, the rule that comes nearest.
    """

    flow: Flow
    decision: Decision
    readings: Readings
    nearest: tuple[NearMiss, ...] = ()


@dataclass(frozen=True, slots=True)
class PodCounterexample:
    """A pod that no NetworkPolicy isolates in `direction`, replayed by the reference reading."""

    pod: Pod
    direction: Direction
    readings: Readings


Counterexample = FlowCounterexample | PodCounterexample


@dataclass(frozen=True, slots=True)
class Basis:
    """An isolation or a rule that a proof rests on; `pods` says in words whom its policy selects."""

    ground: Ground
    pods: str


@dataclass(frozen=True, slots=True)
class OpenSide:
    """A side that is open without a rule: `unisolated` since no policy isolates anybody there.

    Otherwise some of them may be isolated, and let their own node in all the same.
    """

    direction: Direction
    unisolated: bool


@dataclass(frozen=True, slots=True)
class Proved:
    """The property holds, in every completion.

    `grounds` are what it rests on: without any one of them the proof fails. They are the isolations that the
    proof needs or, for a `require`, the rules. None: nobody asked (only the world that the property asks for
    is explained), or time ran out. `irreducible` is False where time ran out before each had been tried.
    `open_sides` are those on which a `require` needs no rule.
    """

    grounds: tuple[Basis, ...] | None = None
    irreducible: bool = False
    open_sides: tuple[OpenSide, ...] = ()
    word: Word = Word.PROVED

    @property
    def rests_on(self) -> tuple[str, ...] | None:
        """The policies among the grounds, each once; without any one of them the proof fails."""
        if self.grounds is None:
            return None
        return tuple(dict.fromkeys(basis.ground.policy for basis in self.grounds))


@dataclass(frozen=True, slots=True)
class Refuted:
    """Every completion violates the property; one violation is shown."""

    counterexample: Counterexample
    word: Word = Word.REFUTED


class ChoiceKind(StrEnum):
    """What a choice is about: a point that the specification leaves open, or one that the input does."""

    READING = "reading"
    FACT = "fact"


@dataclass(frozen=True, slots=True)
class Choice:
    """One literal of a partial completion.

    `item` is that of the specification, `about` what is chosen (a reading's name, `the IPv4 address of …`),
    `value` what it is chosen to be (`10.0.0.0/16`, `!10.0.0.0/16` for outside of it), `text` that in words.
    """

    kind: ChoiceKind
    item: str
    about: str
    value: bool | str | None
    text: str


@dataclass(frozen=True, slots=True)
class Depends:
    """Some completions violate the property and some do not (S-1).

    `assignment`: every completion in which these choices are made violates it, and no fewer of them will do,
    unless `irreducible` is False: then time ran out before each had been tried. `counterexample` is a
    violation in one of these completions.
    """

    assignment: tuple[Choice, ...]
    counterexample: Counterexample
    irreducible: bool = True
    word: Word = Word.DEPENDS


@dataclass(frozen=True, slots=True)
class Vacuous:
    """The property speaks of nothing: `reason` says which end has nobody, `hints` what there is instead."""

    reason: str
    hints: tuple[str, ...] = ()
    word: Word = Word.VACUOUS


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing can be said, for `reason`. A violation in some completion is shown where there is one."""

    reason: str
    counterexample: Counterexample | None = None
    depends_on: tuple[str, ...] = ()
    word: Word = Word.UNKNOWN


Verdict = Proved | Refuted | Depends | Vacuous | Unknown
