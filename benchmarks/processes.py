"""Whole processes, measured from outside: CPU time of a process and all its children, and its peak memory."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from tempfile import TemporaryDirectory

_KIB_PER_MIB = 1024


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds, user and system, and the most memory in MiB that the process held at one time."""

    seconds: float
    mebibytes: float


@cache
def _compiled() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="netqed-benchmarks-")


def _environment() -> dict[str, str]:
    """What is compiled lies in a folder of its own, whatever the environment says; the first run fills it."""
    own = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**own, "PYTHONPYCACHEPREFIX": _compiled().name}


def run_python(arguments: Sequence[str], expected_codes: Sequence[int] = (0,)) -> Usage:
    """Return what Python with `arguments` used, with compiled files, as an installed program finds them.

    Raises:
        RuntimeError: the process ended with another exit code than one of `expected_codes`.
    """
    return run_program([sys.executable, *arguments], expected_codes)


def run_program(command: Sequence[str], expected_codes: Sequence[int] = (0,)) -> Usage:
    """Return what a program used; what it writes is lost.

    Raises:
        RuntimeError: the process ended with another exit code than one of `expected_codes`.
    """
    quiet = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0) for stream in (1, 2)]
    child = os.posix_spawn(command[0], list(command), _environment(), file_actions=quiet)
    _, status, usage = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in expected_codes:
        raise RuntimeError(f"`{' '.join(command[:3])}` ended with exit code {code}")
    return Usage(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / _KIB_PER_MIB)
