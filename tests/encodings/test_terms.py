"""Every term means what its name says: compared with plain truth over all values of small variables."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import combinations, product

import pytest
import z3

from verifier.deadline import Deadline, LimitError
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


def pigeons(terms: Terms, holes: int) -> z3.BoolRef:
    """One pigeon more than there are holes, each in a hole of its own: hard to refute."""
    seats = [terms.bits(f"pigeon {number}", 5) for number in range(holes + 1)]
    apart = (terms.negation(terms.same(one, other)) for one, other in combinations(seats, 2))
    return terms.conjunction((*(terms.between(seat, 0, holes - 1) for seat in seats), *apart))


def test_a_check_ends_at_its_deadline_and_easy_ones_are_answered_after() -> None:
    terms = Terms()
    solver = terms.solver(LOGIC)
    hard = terms.boolean("hard")
    solver.add(terms.implication(hard, pigeons(terms, 13)))

    begin = time.monotonic()
    assert solver.check_within(Deadline(1.5), [hard]) == z3.unknown
    assert 1.0 < time.monotonic() - begin < 20
    assert solver.check_within(Deadline(60), []) == z3.sat
    assert solver.check_within(Deadline(60), [terms.negation(hard), hard]) == z3.unsat


def test_a_limit_of_steps_is_none_of_what_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifier.encodings.terms._STEPS", 1)
    terms = Terms()
    solver = terms.solver(LOGIC)

    assert solver.check_within(Deadline(60), [pigeons(terms, 5)]) == z3.unsat
    assert solver.check_within(Deadline(60), []) == z3.sat


def test_what_is_over_is_not_asked() -> None:
    terms = Terms()

    with pytest.raises(LimitError):
        terms.solver(LOGIC).check_within(Deadline(0), [])
