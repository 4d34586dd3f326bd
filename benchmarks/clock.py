"""CPU time within this process."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import process_time

_SELDOM = (100_000, 50, 100)  # as the program itself sets it


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU time of `work`; what it made is given back afterwards, and does not count."""
    gc.collect()
    begin = process_time()
    made = work()
    seconds = process_time() - begin
    del made
    return seconds


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Collect garbage as seldom as the program does: among many objects each time is dear."""
    before = gc.get_threshold()
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
