"""The verdicts on the properties of one file: batch by batch, by as many processes as there may be."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from verifier.batches import batches
from verifier.cache import Store
from verifier.pieces import Contradictory, Found, Outcome, Piece, Task
from verifier.properties.spec.scope import Property
from verifier.remembered import Remembered
from verifier.report import Contradiction, PropertyResult
from verifier.workers import Tell, outcomes

if TYPE_CHECKING:
    from verifier.engine import Engine
    from verifier.several import Decided


@dataclass(frozen=True, slots=True)
class Findings:
    """What is found of the properties of one file, in their order."""

    results: tuple[PropertyResult, ...]
    contradictions: tuple[Contradiction, ...]
    all_contradictions: bool


def decide_all(task: Task, jobs: int, tell: Tell, store: Store | None = None) -> Findings:
    """Return what is found of the properties of a task; at most `jobs` processes look.

    Args:
        store: where earlier runs have kept what they found; None: nothing is taken or kept.

    Raises:
        InternalError: the two readings disagree.
        ProcessDiedError: a process has died.
    """
    work = _Work(task)
    pieces = work.pieces()
    done = _done(work, pieces, jobs, tell, None if store is None else Remembered(store, task))
    found = {
        prop.index: each
        for piece, outcome in zip(pieces, done, strict=True)
        for prop, each in zip(piece.batch, outcome.found, strict=True)
    }
    told = [outcome.contradictory for outcome in done if outcome.contradictory is not None]
    (contradictory,) = told or [Contradictory((), exhaustive=True)]
    span = task.one.span
    places = {prop.index: (prop.name, span(prop)) for prop in task.properties}
    return Findings(
        tuple(PropertyResult(prop, span(prop), **found[prop.index]._asdict()) for prop in task.properties),
        tuple(
            Contradiction(places[wanted], places[refused], flow)
            for wanted, refused, flow in contradictory.pairs
        ),
        contradictory.exhaustive,
    )


def _done(
    work: _Work, pieces: Sequence[Piece], jobs: int, tell: Tell, remembered: Remembered | None
) -> list[Outcome]:
    """Return what each piece comes to, as far as possible from what is remembered."""
    if remembered is None:
        return work.done(pieces, jobs, tell)
    known = list(remembered.all(pieces))
    changed = [
        place for place, piece in enumerate(pieces) if known[place] is None and not work.relates(piece)
    ]
    if changed:
        each = remembered.each([pieces[place] for place in changed], work.vocabulary)
        for place, outcome in zip(changed, each, strict=True):
            known[place] = outcome
    missing = [place for place, outcome in enumerate(known) if outcome is None]
    new = work.done([pieces[place] for place in missing], jobs, tell)
    for place, outcome in zip(missing, new, strict=True):
        known[place] = outcome
        if not work.relates(pieces[place]):
            remembered.keep(pieces[place], work.vocabulary, outcome)
    done = [outcome for outcome in known if outcome is not None]
    if missing:
        remembered.keep_all(pieces, done)
    return done


class _Work:
    """How the pieces of a task are done."""

    def __init__(self, task: Task) -> None:
        self._task = task

    @cached_property
    def _engine(self) -> Engine:
        from verifier.engine import Engine

        one, limits = self._task.one, self._task.limits
        return Engine(
            one.cluster,
            [prop.of_one_set for prop in self._task.of_one_set],
            new_namespaces_both=self._task.new_namespaces_both,
            megabytes=limits.megabytes,
        )

    @property
    def vocabulary(self) -> str:
        """The digest of what policies and properties mention."""
        return self._engine.vocabulary

    def relates(self, piece: Piece) -> bool:
        """Return whether a piece holds two sets of policies against each other."""
        return any(prop.relates for prop in piece.batch)

    def pieces(self) -> list[Piece]:
        """Return the work in pieces; each comes to the same whoever does it, and after whatever."""
        cut = batches(self._task.of_one_set, self._task.one.cluster)
        found = [Piece(batch, contradictions=len(cut) == 1) for batch in cut]
        if len(cut) > 1:
            found.append(Piece((), contradictions=True))
        return [*found, *(Piece((prop,)) for prop in self._task.properties if prop.relates)]

    def done(self, pieces: Sequence[Piece], jobs: int, tell: Tell) -> list[Outcome]:
        """Return what each of the pieces comes to."""
        if not all(map(self.relates, pieces)):
            self._engine.begin()  # what all processes share is made before there is more than one
        return outcomes([partial(self._do, piece) for piece in pieces], jobs, tell)

    def _do(self, piece: Piece, tell: Tell) -> Outcome:
        """Do one piece of work."""
        if self.relates(piece):
            return Outcome([self._related(prop, tell) for prop in piece.batch], None, None, compared=False)
        engine = self._engine
        engine.begin()
        with engine.at_work():
            found = [self._decided(prop, tell) for prop in piece.batch]
            contradictory = self._contradictory() if piece.contradictions else None
            if self._task.limits.counterexamples > 1:
                found = [self._with_more(*each) for each in found]
        asked = frozenset(engine.policies.asked) if engine.had_time else None
        return Outcome([each for each, _ in found], contradictory, asked, engine.policies.compared)

    def _related(self, prop: Property, tell: Tell) -> Found:
        from verifier.refinement import decide_relation

        tell(prop.name)
        begin = time.perf_counter()
        one, (seconds, megabytes, _) = self._task.one, self._task.limits
        verdicts = decide_relation(
            prop,
            one.cluster,
            one.others[prop.relation.than],
            seconds,
            megabytes,
            new_namespaces_both=self._task.new_namespaces_both,
        )
        return Found(verdicts, (), time.perf_counter() - begin)

    def _decided(self, prop: Property, tell: Tell) -> tuple[Found, Decided]:
        tell(prop.name)
        begin = time.perf_counter()
        limit = self._task.limits.seconds
        decided = self._engine.decided(prop, limit)
        notes = self._engine.notes(prop, decided.verdicts, limit - (time.perf_counter() - begin))
        return Found(decided.verdicts, notes, time.perf_counter() - begin), decided

    def _with_more(self, found: Found, decided: Decided) -> tuple[Found, Decided]:
        begin = time.perf_counter()
        verdicts = self._engine.with_more(decided, self._task.limits.counterexamples)
        seconds = found.seconds + time.perf_counter() - begin
        return found._replace(verdicts=verdicts, seconds=seconds), decided

    def _contradictory(self) -> Contradictory:
        found = self._engine.contradictions(self._task.of_one_set)
        pairs = ((each.required.index, each.refused.index, each.flow) for each in found.found)
        return Contradictory(tuple(pairs), found.exhaustive)
