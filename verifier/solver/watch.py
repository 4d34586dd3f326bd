"""What looks at clock and memory from outside: the solver looks at the clock itself, but not everywhere."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import Final

import z3
from z3 import z3core

from verifier.deadline import OUT_OF_MEMORY, Deadline, LimitError
from verifier.encodings.terms import Terms

TICK_SECONDS: Final = 0.05
_GRACE_SECONDS: Final = 0.1  # the solver is given the chance to end in its own way
_MEGABYTE: Final = 2**20


class Memory:
    """What the judgements of a run may use, in megabytes besides what is in use already."""

    def __init__(self, megabytes: float) -> None:
        self._most = in_use() + megabytes

    def is_full(self) -> bool:
        """Return whether it is used up."""
        return in_use() > self._most


class Watch:
    """Ends judgements over `terms` when their deadline has passed, or when memory is full."""

    def __init__(self, terms: Terms, memory: Memory) -> None:
        self._terms = terms
        self._memory = memory

    @contextmanager
    def over(self, deadline: Deadline) -> Iterator[None]:
        """Have what happens inside end at `deadline`.

        Raises:
            LimitError: it went on too long, or memory ran out.
        """
        self._terms.deadline = deadline
        try:
            with _onlooker().watching(self, deadline), _quiet(deadline):
                yield
        except MemoryError:
            deadline.stop(OUT_OF_MEMORY)
            raise LimitError(OUT_OF_MEMORY) from None
        except z3.Z3Exception as error:  # so says what was interrupted outside of a check
            if "out of memory" in str(error):
                deadline.stop(OUT_OF_MEMORY)
            if deadline.reason is None:
                raise
            raise LimitError(deadline.reason) from None

    def look(self, deadline: Deadline) -> None:
        """Stop what goes on too long or has grown too large; called by another thread."""
        if self._memory.is_full():
            deadline.stop(OUT_OF_MEMORY)
        if deadline.reason == OUT_OF_MEMORY or deadline.seconds_over() > _GRACE_SECONDS:
            self._terms.context.interrupt()


@contextmanager
def _quiet(deadline: Deadline) -> Iterator[None]:
    """Say nothing of terms that are freed in the moment of an interruption: z3 complains, nothing is lost."""
    hook = sys.unraisablehook

    def tell(unraisable: sys.UnraisableHookArgs) -> None:
        if not isinstance(unraisable.exc_value, z3.Z3Exception) or deadline.reason is None:
            hook(unraisable)

    sys.unraisablehook = tell
    try:
        yield
    finally:
        sys.unraisablehook = hook


class _Onlooker:
    """One thread for all judgements that go on in this process; there is none while nobody is watched.

    While it lives the collector rests: it runs in whatever thread comes by, and would give back there what
    belongs to a solver at work in another.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watched: dict[Deadline, Watch] = {}
        self._needed = 0
        self._thread: threading.Thread | None = None
        self._over = threading.Event()
        self._collecting = False

    @contextmanager
    def present(self) -> Iterator[None]:
        """Have the thread live, and the collector rest, while what is inside goes on."""
        with self._lock:
            self._needed += 1
            self._collecting = self._collecting or gc.isenabled()
            gc.disable()
            if self._thread is None or not self._thread.is_alive():  # threads do not survive a fork
                self._over = threading.Event()
                self._thread = threading.Thread(
                    target=self._look_on, args=(self._over,), name="netqed-watch", daemon=True
                )
                self._thread.start()
        try:
            yield
        finally:
            self._leave()

    def _leave(self) -> None:
        with self._lock:
            self._needed -= 1
            if self._needed:
                return
            thread, self._thread = self._thread, None
            self._over.set()
        if thread is not None:
            thread.join()
        with self._lock:
            if not self._needed and self._collecting:
                self._collecting = False
                gc.enable()

    @contextmanager
    def watching(self, watch: Watch, deadline: Deadline) -> Iterator[None]:
        """Look at `watch` from time to time while what is inside goes on, and never after."""
        with self.present():
            with self._lock:
                self._watched[deadline] = watch
            try:
                yield
            finally:
                with self._lock:
                    del self._watched[deadline]

    def _look_on(self, over: threading.Event) -> None:
        while not over.wait(TICK_SECONDS):
            with self._lock:  # who is let go is not interrupted any more
                for deadline, watch in self._watched.items():
                    watch.look(deadline)


def watching() -> AbstractContextManager[None]:
    """Keep what looks on from one judgement to the next: for who makes many, it comes and goes once."""
    return _onlooker().present()


@cache
def _onlooker() -> _Onlooker:
    return _Onlooker()


def in_use() -> float:
    """Return how many megabytes this process has in memory or, where nobody can tell, the solver in it."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / _MEGABYTE
    except OSError:
        return z3core.Z3_get_estimated_alloc_size() / _MEGABYTE
