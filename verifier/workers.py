"""Work done by several processes at once, with the same outcome as by one.

The processes are forked when everything they need has been read, and tell what they find through pipes. A
unit of work is given to whoever is free; the outcomes are returned in the order of the units.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from verifier.diagnostics import ProcessDiedError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

T = TypeVar("T")

Tell = Callable[[str], None]
"""Told the name of each piece of a unit of work before it is begun."""

Unit = Callable[[Tell], T]


def default_jobs() -> int:
    """Return how many processes can run at once here."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def outcomes(units: Sequence[Unit[T]], jobs: int, tell: Tell) -> list[T]:
    """Return what each of `units` comes to, worked on by at most `jobs` processes.

    One process does everything itself, here, and so does one of several threads: a process that has threads
    cannot be forked safely.

    Raises:
        ProcessDiedError: a process has died.
    """
    jobs = min(jobs, len(units))
    forks = sys.platform == "linux" and threading.active_count() == 1
    if jobs <= 1 or not forks:
        return [unit(tell) for unit in units]
    with _workers(units, jobs) as workers:
        return _collected(workers, len(units), tell)


class _Worker(NamedTuple):
    process: BaseProcess
    pipe: Connection


class _Begun(NamedTuple):
    name: str


class _Done(NamedTuple):
    outcome: Any


class _Failed(NamedTuple):
    error: BaseException


@contextmanager
def _workers(units: Sequence[Unit[T]], jobs: int) -> Iterator[list[_Worker]]:
    from multiprocessing import get_context  # takes a while to load, and most runs need one process only

    context = get_context("fork")
    workers: list[_Worker] = []
    gc.freeze()  # a collection would touch every object, and so copy all memory that the processes share
    try:
        with _no_interrupts():
            for _ in range(jobs):
                ours, theirs = context.Pipe()
                own = [worker.pipe for worker in workers] + [ours]
                process = context.Process(target=_work, args=(units, theirs, own), daemon=True)
                process.start()
                theirs.close()
                workers.append(_Worker(process, ours))
        gc.unfreeze()
        yield workers
    finally:
        gc.unfreeze()
        for worker in workers:
            worker.pipe.close()
            worker.process.kill()  # one that is stopped would not hear anything less
        for worker in workers:
            worker.process.join()


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """Have Ctrl-C wait until each process knows what to make of it."""
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def _work(units: Sequence[Unit[T]], pipe: Connection, not_ours: Sequence[Connection]) -> None:
    """Do one unit after the other, as they are asked for, until nobody asks any more."""
    for other in not_ours:  # so that each process notices when the one it works for is gone
        other.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all, and the first one ends the others
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    try:
        while True:
            unit = units[pipe.recv()]
            try:
                answer: _Done | _Failed = _Done(unit(lambda name: pipe.send(_Begun(name))))
            except Exception as error:
                error.add_note(traceback.format_exc())
                answer = _Failed(error)
            pipe.send(answer)
    except (EOFError, BrokenPipeError, ConnectionResetError, KeyboardInterrupt):
        return


def _collected(workers: Sequence[_Worker], count: int, tell: Tell) -> list[Any]:
    from multiprocessing.connection import wait

    waiting = iter(range(count))
    by_pipe = {worker.pipe: worker for worker in workers}
    at_work: dict[Connection, int] = {}
    found: dict[int, Any] = {}

    def give(pipe: Connection) -> None:
        unit = next(waiting, None)
        if unit is not None:
            at_work[pipe] = unit
            pipe.send(unit)

    for pipe in by_pipe:
        give(pipe)
    while at_work:
        ready = wait(list(at_work))
        for pipe in [pipe for pipe in by_pipe if pipe in ready]:
            match _received(by_pipe[pipe]):
                case _Begun(name=name):
                    tell(name)
                case _Done(outcome=outcome):
                    found[at_work.pop(pipe)] = outcome
                    give(pipe)
                case _Failed(error=error):
                    raise error
    return [found[unit] for unit in range(count)]


def _received(worker: _Worker) -> _Begun | _Done | _Failed:
    try:
        message: _Begun | _Done | _Failed = worker.pipe.recv()
    except (EOFError, ConnectionResetError):
        worker.process.join()
        code = worker.process.exitcode
        how = f"was ended by signal {-code}" if code is not None and code < 0 else f"ended with code {code}"
        raise ProcessDiedError(
            f"a process that decided properties {how}; `--jobs 1` needs less memory"
        ) from None
    return message
