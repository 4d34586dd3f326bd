"""Whole processes, measured from outside: CPU time of a process and all its children, and its peak memory."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from tempfile import TemporaryDirectory

from verifier.cache import CACHE_DIR

_KIB_PER_MIB = 1024
# A process begins with the peak of who started it, which is not to be this one, with all that it generates.
_LAUNCHER = """
import os, sys
quiet = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0) for stream in (1, 2)]
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
_, status, usage = os.wait4(child, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
"""


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


def run_python(
    arguments: Sequence[str], expected_codes: Sequence[int] = (0,), kept: str | None = None
) -> Usage:
    """Return what Python with `arguments` used, with compiled files, as an installed program finds them.

    Args:
        kept: the folder in which earlier runs have kept what they found; None: it is a first run.

    Raises:
        RuntimeError: the process ended with another exit code than one of `expected_codes`.
    """
    return run_program([sys.executable, *arguments], expected_codes, kept)


def run_program(
    command: Sequence[str], expected_codes: Sequence[int] = (0,), kept: str | None = None
) -> Usage:
    """Return what a program used; what it writes is lost. Otherwise as `run_python`."""
    launcher = [sys.executable, "-S", "-c", _LAUNCHER, *command]
    with TemporaryDirectory(prefix="netqed-benchmarks-") as nothing_kept:
        environment = {**_environment(), CACHE_DIR: kept or nothing_kept}
        told = subprocess.run(launcher, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    code, seconds, kibibytes = told.stdout.split()
    if int(code) not in expected_codes:
        raise RuntimeError(f"`{' '.join(command[:3])}` ended with exit code {code}")
    return Usage(float(seconds), int(kibibytes) / _KIB_PER_MIB)
