"""Do two scopes have a flow in common, whatever the input leaves open? No policy has a say in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import z3

from verifier.deadline import Deadline
from verifier.encodings.network_policy import Guarded
from verifier.encodings.question import Question
from verifier.encodings.symbolic_flow import Kind, Role
from verifier.encodings.terms import Terms, truth
from verifier.solver.answers import Sat, Undecided, Unsat
from verifier.solver.completions import Completions
from verifier.solver.context import Context
from verifier.solver.preferences import polish
from verifier.solver.search import Search

MOST_PAIRS = 100  # that are looked at one at a time


@dataclass(frozen=True, slots=True)
class Scope:
    """What a question speaks of; `narrow`: among the pods shown only."""

    question: Question
    narrow: bool


@dataclass(frozen=True, slots=True)
class Shared:
    """A flow, as a model, that is in the scope with the index `left` and in that with the index `right`."""

    left: int
    right: int
    model: z3.ModelRef


@dataclass(frozen=True, slots=True)
class Overlaps:
    """Pairs of scopes that have a flow in common in every completion; `exhaustive`: no other pair has."""

    found: tuple[Shared, ...]
    exhaustive: bool


def overlaps(
    context: Context,
    readings: Mapping[str, bool | str],
    lefts: Sequence[Scope],
    rights: Sequence[Scope],
    deadline: Deadline,
    most: int,
) -> Overlaps:
    """Return pairs of one of `lefts` and one of `rights`, at most `most`.

    All pairs are asked about at once, and one at a time only those that overlap: mostly there is none.
    """
    terms = context.symbols.terms
    search = Search(context, _either(terms, [*lefts, *rights]), dict(readings), deadline)
    left_literals = [search.define("left", _spoken_of(scope, search)) for scope in lefts]
    right_literals = [search.define("right", _spoken_of(scope, search)) for scope in rights]
    somewhere = [
        search.define("any", terms.disjunction(literals)) for literals in (left_literals, right_literals)
    ]
    found: list[Shared] = []
    for _ in range(MOST_PAIRS):
        match search.run(somewhere):
            case Unsat():
                return Overlaps(tuple(found), exhaustive=True)
            case Undecided():
                return Overlaps(tuple(found), exhaustive=False)
            case Sat(model=model):
                if len(found) == most:
                    return Overlaps(tuple(found), exhaustive=False)
                left, right = (_first(model, literals) for literals in (left_literals, right_literals))
                pair = [left_literals[left], right_literals[right]]
                both = terms.conjunction((lefts[left].question.scope, rights[right].question.scope))
                if Completions(search, both, policies=False).in_all(model, pair):
                    found.append(Shared(left, right, polish(search, model, pair)))
                search.solver.add(terms.disjunction(terms.negation(literal) for literal in pair))
    return Overlaps(tuple(found), exhaustive=False)


def _first(model: z3.ModelRef, literals: Sequence[z3.BoolRef]) -> int:
    return next(index for index, literal in enumerate(literals) if truth(model, literal))


def _spoken_of(scope: Scope, search: Search) -> z3.BoolRef:
    world = search.snapshot if scope.narrow else search.terms.true
    return search.terms.conjunction((scope.question.scope, world))


def _either(terms: Terms, scopes: Sequence[Scope]) -> Question:
    """Return a question about whatever any of `scopes` speaks of."""
    kinds: dict[Role, frozenset[Kind]] = dict.fromkeys(Role, frozenset())
    namespaces: dict[Role, frozenset[int]] = dict.fromkeys(Role, frozenset())
    for scope in scopes:
        for role, own in scope.question.kinds:
            kinds[role] |= own
        for role, where in scope.question.namespaces.items():
            namespaces[role] |= where
    return Question(
        scope=terms.true,
        violation=terms.true,
        guarded=Guarded.ISOLATION,
        harmless=False,
        kinds=tuple(kinds.items()),
        namespaces=namespaces,
    )
