"""The fewest of some sets of flows that hold another one between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import z3

from verifier.deadline import Deadline
from verifier.encodings.terms import Solver
from verifier.solver.answers import is_unsatisfiable

Key = TypeVar("Key")


def fewest(
    solver: Solver, deadline: Deadline, inside: Sequence[z3.BoolRef], outside: Mapping[Key, z3.BoolRef]
) -> tuple[Key, ...] | None:
    """Return the keys of `outside` of which none can be left out; None: not even all of them suffice.

    Args:
        inside: literals that put the flow into the set in question.
        outside: for each of the other sets a literal that keeps the flow out of it.

    Raises:
        LimitError: nobody knows.
    """
    if not is_unsatisfiable(solver, deadline, [*inside, *outside.values()]):
        return None
    core = solver.core()
    needed = [key for key, literal in outside.items() if literal.get_id() in core]
    for key in list(needed):
        fewer = [other for other in needed if other != key]
        if is_unsatisfiable(solver, deadline, [*inside, *(outside[other] for other in fewer)]):
            needed = fewer
    return tuple(needed)
