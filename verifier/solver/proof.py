"""What a proof rests on: policies without any one of which it fails."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from verifier.diagnostics import InternalError
from verifier.encodings.network_policy import Guarded
from verifier.population import World
from verifier.solver.search import Outcome, Search, Undecided, Unsat

EXPLAINING_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Grounds:
    """Titles of policies, in order; `irreducible` unless time ran out before each had been tried."""

    titles: tuple[str, ...]
    irreducible: bool


def grounds(searches: Sequence[Search], world: World, plain: Collection[str]) -> Grounds | None:
    """Return what the proof of all `searches`, each known to be unsatisfiable in `world`, rests on together.

    Of several answers the one with more of the `plain` policies is taken: those without a rule, which do
    nothing but isolate. None: time ran out; the proof is done by now, so its explanation has its own limit.

    Raises:
        InternalError: one of the searches has a model after all.
    """
    for search in searches:
        search.deadline = search.deadline.at_most(EXPLAINING_SECONDS)
    needed: set[str] = set()
    for search in searches:
        own = _core(search, world, plain)
        if own is None:
            return None
        needed |= own
    irreducible = True
    for title in sorted(needed, key=lambda title: (title in plain, title)):
        if title not in needed:
            continue
        outcomes = [_without(search, world, needed - {title}) for search in searches]
        if all(isinstance(outcome, Unsat) for outcome in outcomes):
            needed = _named(searches, outcomes)
        elif any(isinstance(outcome, Undecided) for outcome in outcomes):
            irreducible = False
    return Grounds(tuple(sorted(needed)), irreducible)


def _core(search: Search, world: World, plain: Collection[str]) -> set[str] | None:
    if search.question.guarded is Guarded.ISOLATION:
        outcome = _without(search, world, set(plain))
        if isinstance(outcome, Unsat):
            return _named([search], [outcome])
    outcome = _without(search, world, set(search.guards))
    if isinstance(outcome, Undecided):
        return None
    if not isinstance(outcome, Unsat):
        raise InternalError("a proof could not be repeated")
    return _named([search], [outcome])


def _without(search: Search, world: World, kept: set[str]) -> Outcome:
    """Ask again with the guards of `kept` alone."""
    here = [search.snapshot] if world is World.SNAPSHOT else []
    return search.run([*here, search.violating], only=kept)


def _named(searches: Sequence[Search], outcomes: Sequence[Outcome]) -> set[str]:
    return {
        title
        for search, outcome in zip(searches, outcomes, strict=True)
        if isinstance(outcome, Unsat)
        for title, guard in search.guards.items()
        if guard.get_id() in outcome.core
    }
