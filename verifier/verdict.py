"""What is said of a property, and on what grounds (soundness.md S-1, S-2, S-12)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from verifier.flow import Decision, Direction, Flow, Ground, Pod, RuleRef, Surroundings
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
class Admission:
    """A rule that lets a flow through, and in words the peer and the port of it that do."""

    rule: RuleRef
    text: str


@dataclass(frozen=True, slots=True)
class WrittenPolicy:
    """A NetworkPolicy that somebody may write, as a manifest."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Overlooked:
    """A policy that selects a pod, and in words why it does not isolate it in this direction."""

    policy: str
    direction: Direction
    text: str


Json = str | int | bool | None | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One step of a JSON patch (RFC 6902): `add`, `replace` or `remove` what is at `path`; `-` appends."""

    op: Literal["add", "replace", "remove"]
    path: tuple[str | int, ...]
    value: Json = None

    @property
    def pointer(self) -> str:
        """The path as a JSON pointer (RFC 6901)."""
        return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in self.path)


@dataclass(frozen=True, slots=True)
class Change:
    """The smallest change by which one side would let a refused flow through, whatever the input leaves open.

    `patch` is what to do to the manifest of the policy called `policy`, in its rule `rule` if it is one that
    is there already; `manifest` is a new policy, where no policy is to be changed. `text` says it in words,
    up to the place.
    """

    direction: Direction
    text: str
    policy: str | None = None
    rule: RuleRef | None = None
    patch: tuple[Operation, ...] = ()
    manifest: Json = None


@dataclass(frozen=True, slots=True)
class Contrast:
    """What a policy of one of two sets, or a rule of it, does about a flow that they treat differently.

    `text` says it with its place; `version` is `this` set or the `other`.
    """

    version: Literal["this", "other"]
    text: str


@dataclass(frozen=True, slots=True)
class FlowCounterexample:
    """A flow that violates the property, replayed by the reference reading, and what that says of both sides.

    `readings` is the completion's choice where the property leaves some free, `surroundings` what it says of
    orders, names and nodes; `written` are the NetworkPolicies that there are, in the world where there may
    be any, None in others. Of a flow that should be allowed `nearest` holds, for each side that refuses, the
    rule that comes nearest; `changes`, for each of them, what would let the flow through (nothing where that
    cannot be said, or hangs on what the input leaves open). Of one that should not be, `admissions` are what
    lets it through, and `overlooked` what might have closed a side.
    `conditions`: see `More`. `supposes`: what is left open and must be so for this flow to be a violation;
    where it is not so, another is. Where two sets of
    policies are held against each other, `contrasts` are what makes them differ.
    """

    flow: Flow
    decision: Decision
    readings: Readings
    nearest: tuple[NearMiss, ...] = ()
    changes: tuple[Change, ...] = ()
    admissions: tuple[Admission, ...] = ()
    overlooked: tuple[Overlooked, ...] = ()
    surroundings: Surroundings = field(default_factory=Surroundings)
    written: tuple[WrittenPolicy, ...] | None = None
    conditions: tuple[Choice, ...] = ()
    supposes: tuple[Choice, ...] = ()
    contrasts: tuple[Contrast, ...] = ()


@dataclass(frozen=True, slots=True)
class PodCounterexample:
    """A pod that no NetworkPolicy isolates in `direction`, replayed by the reference reading."""

    pod: Pod
    direction: Direction
    readings: Readings
    overlooked: tuple[Overlooked, ...] = ()
    conditions: tuple[Choice, ...] = ()
    supposes: tuple[Choice, ...] = ()


Counterexample = FlowCounterexample | PodCounterexample


@dataclass(frozen=True, slots=True)
class More:
    """All the counterexamples that were asked for, each for a reason that none before it has.

    The first is that of the verdict. In every completion in which its `conditions` hold, something violates
    the property for the reason that a counterexample shows; without conditions, in every completion (S-1).
    The first one of a `Depends` has none: the verdict's assignment stands for them. `exhaustive`: whatever
    else violates the property, in whatever completion, does so for these reasons.
    """

    counterexamples: tuple[Counterexample, ...]
    exhaustive: bool


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
    """Every completion violates the property; one violation is shown, or `more` where they were asked for."""

    counterexample: Counterexample
    more: More | None = None
    word: Word = Word.REFUTED


DOMAIN_NAMES_ITEM = "CNP-9"
"""The item of facts that no input can state: which addresses a domain name has."""


class ChoiceKind(StrEnum):
    """What a choice is about: a point that the specification leaves open, or one that the input does.

    Which of two policies of equal priority comes first is left open by both.
    """

    READING = "reading"
    FACT = "fact"
    ORDER = "order"


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
    violation in one of these completions. `more`: as many as were asked for.
    """

    assignment: tuple[Choice, ...]
    counterexample: Counterexample
    irreducible: bool = True
    more: More | None = None
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
