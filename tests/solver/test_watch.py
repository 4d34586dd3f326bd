"""Who looks on from another thread touches nothing of the solver's."""

from __future__ import annotations

import gc
import threading
import time

from verifier.deadline import Deadline
from verifier.encodings.terms import Terms
from verifier.solver.watch import Memory, Watch


def test_the_onlooker_collects_no_garbage() -> None:
    """The collector would give back, in that thread, terms of a solver at work in this one."""
    collectors: set[str] = set()

    def note(_phase: str, _info: object) -> None:
        collectors.add(threading.current_thread().name)

    thresholds = gc.get_threshold()
    gc.callbacks.append(note)
    gc.set_threshold(1, 1, 1)
    try:
        with Watch(Terms(), Memory(10_000)).over(Deadline(60)):
            time.sleep(0.4)
    finally:
        gc.set_threshold(*thresholds)
        gc.callbacks.remove(note)

    assert "netqed-watch" not in collectors
    assert gc.isenabled()
