"""Counterexamples for other reasons than those seen, until there are enough or no other is left."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

import z3

from verifier.diagnostics import InternalError
from verifier.solver.answers import Sat, Undecided, Unsat
from verifier.solver.completions import Always, Completions, Sometimes
from verifier.solver.preferences import polish
from verifier.solver.reasons import Reason, Reasons
from verifier.solver.recall import Record, as_recorded
from verifier.solver.search import Search
from verifier.verdict import Choice, Counterexample, Depends, Refuted

Show = Callable[[z3.ModelRef], Counterexample]
InWords = Callable[[Sequence[Choice]], tuple[Choice, ...]]


Found = tuple[Counterexample, tuple[Choice, ...] | None]
"""A counterexample and what its reason depends on (S-1); None: nobody could tell."""


class Further:
    """One question that is violated, looked at again and again, each time for another reason.

    Args:
        here: the assumptions of the world, and `violating`.
        show: what a model means, replayed.
        in_words: says an assignment as its reader would.
        verdict: with the counterexample that is known already; `record` is that of its model.
    """

    def __init__(
        self,
        search: Search,
        here: Sequence[z3.BoolRef],
        reasons: Reasons,
        show: Show,
        in_words: InWords,
        verdict: Refuted | Depends,
        record: Record,
    ) -> None:
        self.search, self.here, self.reasons, self.show = search, tuple(here), reasons, show
        self.in_words, self.verdict = in_words, verdict
        self._seen: dict[Reason, bool] = {}  # in order: the same input, the same answers
        self._spare: list[Counterexample] = []
        self._skipped = False
        self._given_up = 0
        self.exhaustive = False
        self.first = self._begun(record)

    def _begun(self, record: Record) -> Counterexample:
        """Return the counterexample of the verdict, with what its reason depends on."""
        shown = self.verdict.counterexample
        known = self.search.define("known", as_recorded(record, self.search.context.symbols))
        outcome = self.search.run([*self.here, known])
        if isinstance(outcome, Unsat):
            raise InternalError("a counterexample could not be found again")
        if isinstance(outcome, Undecided):
            self._skipped = True
            return shown
        _, conditions = self._noted(shown, outcome.model)
        if isinstance(self.verdict, Depends):
            conditions = self.verdict.assignment
        return replace(shown, conditions=conditions or ())

    def __iter__(self) -> Iterator[Counterexample]:
        """Yield counterexamples, each with a reason that none before it has; then see `exhaustive`.

        Raises:
            InternalError: the reference reading gives other reasons than the solver.
        """
        while isinstance(found := self._another(), tuple):
            shown, conditions = found
            if conditions is None:
                self._skipped = True
            else:
                yield replace(shown, conditions=conditions)
        yield from self._spare
        self.exhaustive = found is None and not self._skipped

    def _another(self) -> Found | Undecided | None:
        """Return a counterexample for another reason; None: there is none."""
        for other in self.reasons.others(self._seen)[self._given_up :]:
            assumptions = [*self.here, self.search.define("another", other)]
            match self.search.run(assumptions):
                case Sat(model=model):
                    model = polish(self.search, model, assumptions)
                    return self._noted(self.show(model), model)
                case Undecided() as undecided:
                    return undecided
                case Unsat():  # the more is seen, the less is left
                    self._given_up += 1
        return None

    def _noted(self, shown: Counterexample, model: z3.ModelRef) -> Found:
        reasons = self.reasons.shown_by(shown)
        fresh = self.reasons.fresh(reasons, self._seen)
        if not fresh:
            raise InternalError("the two readings disagree about the reason of a counterexample")
        conditions = self._conditions(fresh, model)
        for reason in reasons:
            self._seen.setdefault(reason, conditions == () and fresh == [reason])
        for other in self.reasons.alike(shown, model):
            its = self.reasons.shown_by(other)
            if not self.reasons.fresh(its, self._seen):
                continue
            if conditions == ():
                self._spare.append(other)
                self._seen |= dict.fromkeys(its, True)
            else:  # they would speak of somebody else
                self._skipped = True
        return shown, conditions

    def _conditions(self, new: Sequence[Reason], model: z3.ModelRef) -> tuple[Choice, ...] | None:
        """Return choices under which every completion has a violation for one of the `new` reasons."""
        search = self.search
        same = self.reasons.same(new, model)
        violation = search.terms.conjunction((search.question.violation, same))
        for_that = search.define("for_that", same)
        match Completions(search, violation).settle(model, [*self.here, for_that]):
            case Always():
                return ()
            case Sometimes(assignment=assignment):
                return self.in_words(assignment)
            case _:
                return None


def in_turn(begun: Sequence[Further]) -> Iterator[Counterexample]:
    """Yield the first counterexample of each question, then the others."""
    for further in begun:
        alone = further is begun[0] and isinstance(further.verdict, Depends)
        yield replace(further.first, conditions=()) if alone else further.first  # see `More`
    yield from chain.from_iterable(begun)
