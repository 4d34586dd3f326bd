"""What a proof rests on: isolations or rules without any one of which it fails."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from verifier.diagnostics import InternalError
from verifier.encodings.network_policy import Guarded, own_node
from verifier.flow import Direction, Ground, RuleRef
from verifier.population import World
from verifier.solver.answers import Outcome, Undecided, Unsat
from verifier.solver.search import Chosen, Search

EXPLAINING_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a proof rests on, in order; `irreducible` unless time ran out before each had been tried.

    It is so twice over: of the policies, none can be left out, though the others keep all that they do; of
    what the others do, nothing that is listed. `without_rule` are the sides that a proof about rules needs
    none on, each with whether that is so because nobody is isolated there (and not as a pod's own node).
    """

    items: tuple[Ground, ...]
    irreducible: bool
    without_rule: tuple[tuple[Direction, bool], ...] = ()


def grounds(searches: Sequence[Search], world: World, plain: Collection[str]) -> Grounds | None:
    """Return what the proof of all `searches`, each known to be unsatisfiable in `world`, rests on together.

    Of several answers the one with more of the `plain` policies is taken: those without a rule, which do
    nothing but isolate. None: time ran out; the proof is done by now, so its explanation has its own limit.

    Raises:
        InternalError: one of the searches has a model after all.
    """
    for search in searches:
        search.deadline = search.deadline.at_most(EXPLAINING_SECONDS)
    needed: set[Ground] = set()
    for search in searches:
        own = _core(search, world, plain)
        if own is None:
            return None
        needed |= own
    tried = _Tried(searches, world, needed)
    for title in sorted(_policies(needed), key=lambda title: (title in plain, title)):
        if tried.is_over():
            break
        tried.with_policies(_policies(tried.needed) - {title})
    for item in sorted(tried.needed, key=_order):
        if tried.is_over():
            break
        # The only thing that a policy is needed for is needed as the policy is.
        if sum(other.policy == item.policy for other in tried.needed) > 1:
            tried.with_items(tried.needed - {item})
    items = tuple(sorted(tried.needed, key=_order))
    return Grounds(items, tried.irreducible, _without_rule(searches, world, items))


class _Tried:
    """What is needed as far as is known: a proof stands on it, and on nothing less that was tried."""

    def __init__(self, searches: Sequence[Search], world: World, needed: set[Ground]) -> None:
        self.searches = searches
        self.world = world
        self.needed = needed
        self.irreducible = True

    def is_over(self) -> bool:
        """Return whether no time is left to try more."""
        over = any(search.deadline.reason is not None for search in self.searches)
        self.irreducible = self.irreducible and not over
        return over

    def with_policies(self, titles: set[str]) -> None:
        """Make do with all that these policies do, if that will do and is less."""
        if titles < _policies(self.needed):
            self._with(lambda ground: ground.policy in titles)

    def with_items(self, items: set[Ground]) -> None:
        """Make do with these, if they will do and are fewer."""
        if items < self.needed:
            self._with(items.__contains__)

    def _with(self, chosen: Chosen) -> None:
        outcomes = [_asked(search, self.world, chosen) for search in self.searches]
        if all(isinstance(outcome, Unsat) for outcome in outcomes):
            self.needed = _named(self.searches, outcomes)
        elif any(isinstance(outcome, Undecided) for outcome in outcomes):
            self.irreducible = False


def _policies(items: Collection[Ground]) -> set[str]:
    return {item.policy for item in items}


def _order(item: Ground) -> tuple[str, Direction, int]:
    return item.policy, item.direction, item.index if isinstance(item, RuleRef) else 0


def _core(search: Search, world: World, plain: Collection[str]) -> set[Ground] | None:
    if search.question.guarded is Guarded.ISOLATION:
        outcome = _asked(search, world, lambda ground: ground.policy in plain)
        if isinstance(outcome, Unsat):
            return _named([search], [outcome])
    outcome = _asked(search, world, lambda _: True)
    if isinstance(outcome, Undecided):
        return None
    if not isinstance(outcome, Unsat):
        raise InternalError("a proof could not be repeated")
    return _named([search], [outcome])


def _asked(search: Search, world: World, chosen: Chosen) -> Outcome:
    """Ask again with the guards of what is chosen alone."""
    here = [search.snapshot] if world is World.SNAPSHOT else []
    return search.run([*here, search.violating], only=chosen)


def _named(searches: Sequence[Search], outcomes: Sequence[Outcome]) -> set[Ground]:
    return {
        ground
        for search, outcome in zip(searches, outcomes, strict=True)
        if isinstance(outcome, Unsat)
        for ground, guard in search.guards.items()
        if guard.get_id() in outcome.core
    }


def _without_rule(
    searches: Sequence[Search], world: World, items: Sequence[Ground]
) -> tuple[tuple[Direction, bool], ...]:
    found = []
    for search in searches:
        if search.question.guarded is Guarded.RULES:
            here = [search.snapshot] if world is World.SNAPSHOT else []
            for role in search.question.roles:
                if not any(item.direction is role.direction for item in items):
                    lets_in = search.new_literal("own_node")
                    search.solver.add(
                        search.terms.implication(lets_in, own_node(search.context.symbols, role))
                    )
                    found.append((role.direction, isinstance(search.run([*here, lets_in]), Unsat)))
    return tuple(found)
