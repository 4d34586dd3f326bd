"""The verdicts on the properties of one file: batch by batch, by as many processes as there may be."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from verifier.batches import batches
from verifier.engine import Engine
from verifier.flow import Flow
from verifier.properties.spec.scope import Property, World
from verifier.property_file import PropertySet
from verifier.refinement import decide_relation
from verifier.report import Contradiction, PropertyResult
from verifier.several import Decided
from verifier.verdict import Verdict
from verifier.workers import Tell, outcomes


class Limits(NamedTuple):
    """For each property: how long, and how many counterexamples; for all of them, how much memory."""

    seconds: float
    megabytes: float
    counterexamples: int


@dataclass(frozen=True, slots=True)
class Findings:
    """What is found of the properties of one file, in their order."""

    results: tuple[PropertyResult, ...]
    contradictions: tuple[Contradiction, ...]
    all_contradictions: bool


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
    """What one piece of work comes to."""

    found: Sequence[Found]
    contradictory: Contradictory | None


class Piece(NamedTuple):
    """Work for one process: properties in order and, if so, which of all properties contradict each other."""

    batch: Sequence[Property]
    contradictions: bool = False


def decide_all(
    one: PropertySet, properties: Sequence[Property], limits: Limits, jobs: int, tell: Tell
) -> Findings:
    """Return what is found of `properties`, which are of `one` file; at most `jobs` processes look.

    Raises:
        InternalError: the two readings disagree.
        WorkerError: a process has died.
    """
    work = _Work(one, properties, limits)
    pieces = work.pieces()
    done = outcomes([partial(work.do, piece) for piece in pieces], jobs, tell)
    found = dict(_by_index(pieces, done))
    told = [outcome.contradictory for outcome in done if outcome.contradictory is not None]
    (contradictory,) = told or [Contradictory((), exhaustive=True)]
    places = {prop.index: (prop.name, one.span(prop)) for prop in properties}
    return Findings(
        tuple(PropertyResult(prop, one.span(prop), **found[prop.index]._asdict()) for prop in properties),
        tuple(
            Contradiction(places[wanted], places[refused], flow)
            for wanted, refused, flow in contradictory.pairs
        ),
        contradictory.exhaustive,
    )


def _by_index(pieces: Sequence[Piece], done: Sequence[Outcome]) -> Iterator[tuple[int, Found]]:
    for piece, outcome in zip(pieces, done, strict=True):
        for prop, found in zip(piece.batch, outcome.found, strict=True):
            yield prop.index, found


class _Work:
    """All that is to be found of some properties of one file."""

    def __init__(self, one: PropertySet, properties: Sequence[Property], limits: Limits) -> None:
        self._one, self._limits = one, limits
        self._both = one.file.spec.new_namespaces == "both"
        self._relations = [prop for prop in properties if prop.relates]
        self._of_one_set = [prop for prop in properties if not prop.relates]
        statements = [prop.of_one_set for prop in self._of_one_set]
        # Made before there is more than one process: all share what it read and indexed.
        self._engine = Engine(
            one.cluster, statements, new_namespaces_both=self._both, megabytes=limits.megabytes
        )

    def pieces(self) -> list[Piece]:
        """Return the work in pieces; each comes to the same whoever does it, and after whatever."""
        cut = batches(self._of_one_set, self._one.cluster)
        found = [Piece(batch, contradictions=len(cut) == 1) for batch in cut]
        if len(cut) > 1:
            found.append(Piece((), contradictions=True))
        return [*found, *(Piece((prop,)) for prop in self._relations)]

    def do(self, piece: Piece, tell: Tell) -> Outcome:
        """Do one piece of work."""
        if any(prop.relates for prop in piece.batch):
            return Outcome([self._related(prop, tell) for prop in piece.batch], None)
        engine = self._engine
        engine.begin()
        with engine.at_work():
            found = [self._decided(prop, tell) for prop in piece.batch]
            contradictory = self._contradictory() if piece.contradictions else None
            if self._limits.counterexamples > 1:
                found = [self._with_more(*each) for each in found]
        return Outcome([each for each, _ in found], contradictory)

    def _related(self, prop: Property, tell: Tell) -> Found:
        tell(prop.name)
        begin = time.perf_counter()
        other = self._one.others[prop.relation.than]
        seconds, megabytes, _ = self._limits
        verdicts = decide_relation(
            prop, self._one.cluster, other, seconds, megabytes, new_namespaces_both=self._both
        )
        return Found(verdicts, (), time.perf_counter() - begin)

    def _decided(self, prop: Property, tell: Tell) -> tuple[Found, Decided]:
        tell(prop.name)
        begin = time.perf_counter()
        decided = self._engine.decided(prop, self._limits.seconds)
        left = self._limits.seconds - (time.perf_counter() - begin)
        notes = self._engine.notes(prop, decided.verdicts, left)
        return Found(decided.verdicts, notes, time.perf_counter() - begin), decided

    def _with_more(self, found: Found, decided: Decided) -> tuple[Found, Decided]:
        begin = time.perf_counter()
        verdicts = self._engine.with_more(decided, self._limits.counterexamples)
        seconds = found.seconds + time.perf_counter() - begin
        return found._replace(verdicts=verdicts, seconds=seconds), decided

    def _contradictory(self) -> Contradictory:
        found = self._engine.contradictions(self._of_one_set)
        pairs = ((each.required.index, each.refused.index, each.flow) for each in found.found)
        return Contradictory(tuple(pairs), found.exhaustive)
