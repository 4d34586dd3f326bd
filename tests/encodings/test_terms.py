"""Every term means what its name says: compared with plain truth over all values of small variables."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest
import z3

from verifier.encodings.terms import Terms, truth, value
from verifier.solver.search import LOGIC

WIDTH = 2
VALUES = range(1 << WIDTH)


def holds(terms: Terms, term: z3.BoolRef, *given: z3.BoolRef) -> bool:
    """Return whether `term` is true where `given` are; they leave no choice."""
    assert terms.solver(LOGIC).check(*given, term) != terms.solver(LOGIC).check(*given, terms.negation(term))
    return terms.solver(LOGIC).check(*given, term) == z3.sat


@pytest.mark.parametrize(("low", "high"), list(product(range(6), repeat=2)))
def test_between_includes_its_bounds(low: int, high: int) -> None:
    terms = Terms()
    variable = terms.bits("variable", WIDTH)
    inside = terms.between(variable, low, high)

    found = [value for value in VALUES if holds(terms, inside, terms.equals(variable, value))]

    assert found == [value for value in VALUES if low <= value <= high]


@pytest.mark.parametrize(("value", "length"), list(product(VALUES, range(WIDTH + 1))))
def test_a_prefix_is_the_first_bits(value: int, length: int) -> None:
    terms = Terms()
    variable = terms.bits("variable", WIDTH)
    inside = terms.has_prefix(variable, value, length)

    found = [other for other in VALUES if holds(terms, inside, terms.equals(variable, other))]

    assert found == [other for other in VALUES if f"{other:02b}"[:length] == f"{value:02b}"[:length]]


@pytest.mark.parametrize(
    ("name", "truth"),
    [
        ("implication", lambda one, other: other or not one),
        ("same_truth", lambda one, other: one is other),
        ("choice", lambda one, other, third: other if one else third),
    ],
)
def test_connectives(name: str, truth: Callable[..., bool]) -> None:
    """With variables and with the constants, which are folded at once."""
    terms = Terms()
    variables = [terms.boolean(letter) for letter in "abc"][: truth.__code__.co_argcount]
    for values in product((False, True), repeat=len(variables)):
        given = [v if value else terms.negation(v) for v, value in zip(variables, values, strict=True)]
        constants = [terms.constant(value) for value in values]
        for arguments in product(*zip(variables, constants, strict=True)):
            assert holds(terms, getattr(terms, name)(*arguments), *given) is truth(*values)


def test_what_a_model_says_of_wide_and_of_free_variables() -> None:
    terms = Terms()
    wide, free, stated = terms.bits("wide", 128), terms.bits("free", 16), terms.boolean("stated")
    solver = terms.solver(LOGIC)
    solver.add(terms.equals(wide, 2**127 + 5), stated)

    assert solver.check() == z3.sat
    model = solver.model()
    assert (value(model, wide), value(model, free)) == (2**127 + 5, 0)
    assert (truth(model, stated), truth(model, terms.negation(stated))) == (True, False)
    assert truth(model, terms.boolean("free")) is False
