"""One mistake on trial: the tests run in a process of their own, in which one module has it."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Sequence
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType

import pytest

# What was loaded before the processes parted, pytest did not rewrite; it need not.
OPTIONS = ("-xq", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning")
SECONDS = 120.0  # of processor time that one test may take before it counts as failed
BYTES = 4 * 2**30  # of memory


class _Watch:
    """Tells the other process which test fails, and ends this one if a test does not."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe

    def pytest_runtest_logstart(self) -> None:
        signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            os.write(self._pipe, report.nodeid.encode())

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            os.write(self._pipe, report.nodeid.encode())


def trial(tests: Sequence[str], file: Path | None = None, code: CodeType | None = None) -> str:
    """Return which of `tests` fails where `file` holds `code`, "" if none does; nothing else comes of it."""
    read, write = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(read)
        if code is not None:
            _replace(file, code)
        log = os.open(
            os.environ.get("NETQED_MUTATION_LOG", os.devnull), os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        )
        os.dup2(log, 1)
        os.dup2(log, 2)
        signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
        resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
        plugins = [_Watch(write)]
        os._exit(any(pytest.main([*OPTIONS, test], plugins=plugins) for test in tests))
    os.close(write)
    with os.fdopen(read) as pipe:
        failed = pipe.read()
    end = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    if end == -signal.SIGVTALRM:
        return "a test that does not end"
    return failed or ("" if end == 0 else f"the end of the process with {end}")


def _replace(file: Path | None, code: CodeType) -> None:
    """From now on the module of `file` is made of `code`."""
    usual = SourceFileLoader.get_code

    def get_code(self: SourceFileLoader, fullname: str) -> CodeType | None:
        return code if Path(self.path).resolve() == file else usual(self, fullname)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign,assignment]
