"""Which policies to keep, where clauses say what flows ask of that (S-14)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import z3

from verifier.deadline import Deadline
from verifier.encodings.terms import Terms
from verifier.solver.answers import is_unsatisfiable
from verifier.solver.search import LOGIC, truth


class Kept:
    """Sets of policies that meet every clause; a clause holds pairs (policy, whether it is kept)."""

    def __init__(self, deadline: Deadline) -> None:
        self._terms = Terms()
        self._deadline = deadline
        self._solver = self._terms.solver(LOGIC)
        self._known: dict[str, z3.BoolRef] = {}

    def take_in(self, clauses: Iterable[Iterable[tuple[str, bool]]]) -> None:
        """Have every clause met from now on."""
        for clause in clauses:
            literals = [self._literal(title, kept=kept) for title, kept in clause]
            self._solver.add(self._terms.disjunction(literals))

    def gone(self, titles: Sequence[str], within: frozenset[str] | None = None) -> frozenset[str] | None:
        """Return some of `titles`, at least one, that can go as far as is known; None: none can.

        `within`: only fewer than these, and no others.

        Raises:
            LimitError: nobody knows.
        """
        some = self._terms.boolean("some")
        without = [self._literal(title, kept=False) for title in titles]
        self._solver.add(self._terms.implication(some, self._terms.disjunction(without)))
        assumptions = [some]
        if within is not None:
            assumptions += [self._literal(title, kept=True) for title in titles if title not in within]
            fewer = self._terms.boolean(f"fewer[{len(within)}]")
            stay = self._terms.disjunction(self._literal(title, kept=True) for title in sorted(within))
            self._solver.add(self._terms.implication(fewer, stay))
            assumptions.append(fewer)
        if is_unsatisfiable(self._solver, self._deadline, assumptions):
            return None
        model = self._solver.model()
        return frozenset(title for title in titles if not truth(model, self._known[title]))

    def _literal(self, title: str, *, kept: bool) -> z3.BoolRef:
        known = self._known.get(title)
        if known is None:
            known = self._known[title] = self._terms.boolean(f"kept[{title}]")
        return known if kept else self._terms.negation(known)
