"""What there is to find out about the properties of one file, in pieces, and what that comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from verifier.flow import Flow
from verifier.properties.spec.scope import Property, World
from verifier.property_file import PropertySet
from verifier.verdict import Verdict


class Limits(NamedTuple):
    """For each property: how long, and how many counterexamples; for all of them, how much memory."""

    seconds: float
    megabytes: float
    counterexamples: int


class Task(NamedTuple):
    """Some properties of one file, and what deciding them may take."""

    one: PropertySet
    properties: Sequence[Property]
    limits: Limits

    @property
    def of_one_set(self) -> list[Property]:
        """The properties that are about one set of policies."""
        return [prop for prop in self.properties if not prop.relates]

    @property
    def new_namespaces_both(self) -> bool:
        """Whether both ends of a flow may be in new namespaces."""
        return self.one.file.spec.new_namespaces == "both"


class Piece(NamedTuple):
    """Work for one process: properties in order and, if so, which of all properties contradict each other."""

    batch: Sequence[Property]
    contradictions: bool = False


class Found(NamedTuple):
    """What is found of one property, wherever it stands in its file."""

    verdicts: Mapping[World, Verdict]
    notes: tuple[str, ...]
    seconds: float


class Contradictory(NamedTuple):
    """Pairs of properties, by index, that cannot both hold, with a flow; `exhaustive`: there is no other."""

    pairs: tuple[tuple[int, int, Flow], ...]
    exhaustive: bool


class Outcome(NamedTuple):
    """What one piece of work comes to.

    `asked`: the namespaces whose policies were asked about, which is all that it hangs on besides the
    properties, the tiers and who exists (S-8, S-10); None: it hangs on more, or on how much time there was.
    `compared`: and how open all namespaces are, which says where is looked first.
    """

    found: Sequence[Found]
    contradictory: Contradictory | None
    asked: frozenset[str] | None
    compared: bool
