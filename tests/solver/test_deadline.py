"""A moment in the past leaves no time, and none leaves more than a solver can be told."""

from __future__ import annotations

from verifier.solver.search import Deadline


def test_no_time_is_left_after_the_moment() -> None:
    assert Deadline(-10).milliseconds_left() == 0
    assert Deadline(60).at_most(-10).milliseconds_left() == 0
    assert Deadline(-10).at_most(60).milliseconds_left() == 0


def test_what_is_left_is_in_milliseconds() -> None:
    assert 50_000 < Deadline(60).milliseconds_left() <= 60_000
    assert 50_000 < Deadline(6_000).at_most(60).milliseconds_left() <= 60_000
    assert Deadline(10**9).milliseconds_left() == 2**31 - 1
