"""How a search ends when its time is up or somebody interrupts it."""

from __future__ import annotations

import pytest

from verifier.solver.search import Deadline, _reason


def test_no_time_is_left_after_the_moment() -> None:
    assert Deadline(-10).milliseconds_left() == 0
    assert Deadline(60).at_most(-10).milliseconds_left() == 0
    assert Deadline(-10).at_most(60).milliseconds_left() == 0


def test_what_is_left_is_in_milliseconds() -> None:
    assert 50_000 < Deadline(60).milliseconds_left() <= 60_000
    assert 50_000 < Deadline(6_000).at_most(60).milliseconds_left() <= 60_000
    assert Deadline(10**9).milliseconds_left() == 2**31 - 1


@pytest.mark.parametrize("word", ["interrupted from keyboard", "canceled"])
def test_who_interrupts_means_to_stop(word: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        _reason(word)


def test_other_reasons_are_the_solvers_own() -> None:
    assert _reason("timeout") == "timeout"
