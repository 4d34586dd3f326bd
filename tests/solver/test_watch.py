"""Who looks on from another thread touches nothing of the solver's."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator

import pytest

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


def _threads() -> list[str]:
    return [thread.name for thread in threading.enumerate()]
