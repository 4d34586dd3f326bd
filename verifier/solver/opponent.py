"""Who looks for a completion without the violations found so far: the other side of the game (S-1)."""

from __future__ import annotations

from collections.abc import Sequence

import z3

from verifier.deadline import LimitError
from verifier.encodings.symbolic_readings import pin_readings
from verifier.solver.answers import given_up
from verifier.solver.facts import Facts, Holder, facts_of, not_shared, not_taken
from verifier.solver.search import LOGIC, Search


class Opponent:
    """A solver over the readings and the `facts` of all who have been met.

    What is asserted in it is what a completion without violations must meet.
    """

    def __init__(self, search: Search) -> None:
        self.search = search
        symbols = search.context.symbols
        self.solver = symbols.terms.solver(LOGIC)
        self.solver.add(*pin_readings(symbols.terms, symbols.readings, search.readings))
        self.facts: dict[Holder, Facts] = {}

    def facts_of(self, holder: Holder) -> Facts:
        """Return the facts of `holder`, met now if not before."""
        found = self.facts.get(holder)
        if found is None:
            context = self.search.context
            found = self.facts[holder] = facts_of(holder, context.symbols, context.universe)
            self.solver.add(found.domain)
        return found

    def move(self, given: Sequence[z3.BoolRef]) -> z3.ModelRef | None:
        """Return a completion in which `given` holds and nobody has a known address of others; None: none.

        Raises:
            LimitError: no time is left.
        """
        deadline = self.search.deadline
        while True:
            answer = self.solver.check_within(deadline, given)
            if answer == z3.unsat:
                return None
            if answer == z3.unknown:
                raise LimitError(given_up(self.solver, deadline))
            model = self.solver.model()
            if not self._assert_not_taken(model):
                return model

    def _assert_not_taken(self, model: z3.ModelRef) -> bool:
        """Assert that nobody has an address of others; return whether in `model` somebody had."""
        universe = self.search.context.universe
        every = self.facts.values()
        clauses = [clause for facts in every for clause in not_taken(facts, model, universe)]
        clauses += not_shared(every, model, universe)
        self.solver.add(*clauses)
        return bool(clauses)
