"""How a search ends when its time is up or somebody interrupts it."""

from __future__ import annotations

import pytest

from verifier.deadline import OUT_OF_MEMORY, OUT_OF_TIME, Deadline
from verifier.solver.answers import given_up


def test_no_time_is_left_after_the_moment() -> None:
    assert Deadline(-10).milliseconds_left() == 0
    assert Deadline(60).at_most(-10).milliseconds_left() == 0
    assert Deadline(-10).at_most(60).milliseconds_left() == 0


def test_what_is_left_is_in_milliseconds() -> None:
    assert 50_000 < Deadline(60).milliseconds_left() <= 60_000
    assert 50_000 < Deadline(6_000).at_most(60).milliseconds_left() <= 60_000
    assert Deadline(10**9).milliseconds_left() == 2**31 - 1


class _Solver:
    """What is asked of a solver that gave up."""

    def __init__(self, word: str) -> None:
        self.word = word

    def reason_unknown(self) -> str:
        return self.word


@pytest.mark.parametrize("word", ["interrupted from keyboard", "canceled"])
def test_who_interrupts_means_to_stop(word: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        given_up(_Solver(word), Deadline(60))


def test_other_reasons_are_said() -> None:
    deadline = Deadline(60)
    assert given_up(_Solver("timeout"), deadline.share(0.3)) == OUT_OF_TIME
    assert deadline.was_met  # so nobody takes what comes of it for all that there is
    assert given_up(_Solver("incomplete"), Deadline(60)) == "the solver gave up: incomplete"


def test_a_limit_that_is_reached_comes_first() -> None:
    over = Deadline(60)
    over.stop(OUT_OF_MEMORY)

    assert given_up(_Solver("interrupted"), over) == OUT_OF_MEMORY
    assert given_up(_Solver("canceled"), over) == OUT_OF_MEMORY
    with pytest.raises(KeyboardInterrupt):  # who means to stop means it then, too
        given_up(_Solver("interrupted from keyboard"), over)
