"""Who looks on from another thread touches nothing of the solver's."""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Iterator

import pytest
import z3

from verifier.deadline import Deadline
from verifier.encodings.terms import Terms
from verifier.solver.watch import Memory, Watch, watching


@pytest.fixture
def collectors() -> Iterator[set[str]]:
    """The names of the threads in which the collector has run, while it runs whenever it can."""
    found: set[str] = set()

    def note(_phase: str, _info: object) -> None:
        found.add(threading.current_thread().name)

    thresholds = gc.get_threshold()
    gc.callbacks.append(note)
    gc.set_threshold(1, 1, 1)
    yield found
    gc.set_threshold(*thresholds)
    gc.callbacks.remove(note)


def test_the_onlooker_collects_no_garbage(collectors: set[str]) -> None:
    """The collector would give back, in that thread, terms of a solver at work in this one."""
    terms, memory = Terms(), Memory(10_000)
    for _ in range(50):
        with Watch(terms, memory).over(Deadline(60)):
            time.sleep(0.01)
    with watching():
        for _ in range(10):
            with Watch(terms, memory).over(Deadline(60)):
                time.sleep(0.02)
            time.sleep(0.02)

    assert "netqed-watch" not in collectors
    assert "MainThread" in collectors
    assert gc.isenabled()


def test_nobody_looks_on_when_nothing_is_watched() -> None:
    with watching(), Watch(Terms(), Memory(10_000)).over(Deadline(60)):
        assert "netqed-watch" in _threads()
        assert not gc.isenabled()

    assert "netqed-watch" not in _threads()
    assert gc.isenabled()


class Freed:
    """What complains when it is freed."""

    def __init__(self, complaint: Exception) -> None:
        self.complaint = complaint

    def __del__(self) -> None:
        raise self.complaint


@pytest.mark.parametrize(
    ("complaint", "stopped", "told"),
    [
        (z3.Z3Exception(b"canceled"), True, False),
        (z3.Z3Exception(b"canceled"), False, True),
        (ValueError("else"), True, True),
    ],
)
def test_what_is_freed_while_it_is_interrupted_is_not_told(
    complaint: Exception, stopped: bool, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: heard.append(unraisable.exc_value))
    deadline = Deadline(60)

    with Watch(Terms(), Memory(10_000)).over(deadline):
        if stopped:
            deadline.stop("enough")
        Freed(complaint)

    assert heard == ([complaint] if told else [])


def _threads() -> list[str]:
    return [thread.name for thread in threading.enumerate()]
