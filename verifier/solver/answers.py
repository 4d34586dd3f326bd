"""What a solver answers, where it may not know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import z3

from verifier.deadline import OUT_OF_TIME, Deadline, LimitError
from verifier.encodings.terms import Solver


@dataclass(frozen=True, slots=True)
class Sat:
    """A model; of a search, one in which everything picked was asserted."""

    model: z3.ModelRef


@dataclass(frozen=True, slots=True)
class Unsat:
    """No model; `core` are assumptions that suffice for that, by their ids."""

    core: frozenset[int]


@dataclass(frozen=True, slots=True)
class Undecided:
    """Nobody knows: a limit is reached, or the solver gave up; `reason` says so in words."""

    reason: str


Outcome = Sat | Unsat | Undecided


class GivesReasons(Protocol):
    """A solver, as far as it can say why it does not know."""

    def reason_unknown(self) -> str:
        """Return its own word for that."""


def given_up(solver: GivesReasons, deadline: Deadline) -> str:
    """Return why `solver` does not know.

    Raises:
        KeyboardInterrupt: z3 catches Ctrl-C itself and calls it an unknown; the person meant to stop.
    """
    word = solver.reason_unknown()
    if "keyboard" in word:
        raise KeyboardInterrupt
    if deadline.reason is not None:
        return deadline.reason
    if "interrupted" in word or word == "canceled":
        raise KeyboardInterrupt
    if word == "timeout":  # perhaps a moment early, for the solver counts whole milliseconds
        deadline.stop(OUT_OF_TIME)
        return OUT_OF_TIME
    return f"the solver gave up: {word}"


def outcome(solver: Solver, deadline: Deadline, assumptions: Iterable[z3.BoolRef]) -> Outcome:
    """Ask a solver once, with what is asserted now.

    Raises:
        LimitError: the deadline has come before.
    """
    answer = solver.check_within(deadline, assumptions)
    if answer == z3.unsat:
        return Unsat(solver.core())
    if answer == z3.unknown:
        return Undecided(given_up(solver, deadline))
    return Sat(solver.model())


def is_unsatisfiable(solver: Solver, deadline: Deadline, assumptions: Iterable[z3.BoolRef]) -> bool:
    """Return whether no model of what is asserted meets the assumptions.

    Raises:
        LimitError: nobody knows.
    """
    answer = solver.check_within(deadline, assumptions)
    if answer == z3.unknown:
        raise LimitError(given_up(solver, deadline))
    return bool(answer == z3.unsat)
