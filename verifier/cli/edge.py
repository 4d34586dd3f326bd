"""The outermost edge: every way a run can end becomes an exit code and a message."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

from verifier.diagnostics import Diagnostic, InputError, InternalError, ProcessDiedError, one_line
from verifier.exit_code import ExitCode

DEBUG = "NETQED_DEBUG"


@contextmanager
def exit_codes(on_bad_input: Callable[[tuple[Diagnostic, ...]], None]) -> Iterator[None]:
    """Turn what is raised inside into messages on stderr and the exit codes of `ExitCode`."""
    try:
        yield
    except InputError as error:
        on_bad_input(error.diagnostics)
        raise typer.Exit(ExitCode.BAD_INPUT) from None
    except (typer.Exit, KeyboardInterrupt, BrokenPipeError):
        raise
    except Exception as error:  # an exit code of 1 would read as "refuted"
        raise typer.Exit(our_mistake(error)) from None


def our_mistake(error: Exception) -> int:
    """Say on stderr that netqed is at fault; return the exit code for that."""
    if os.environ.get(DEBUG):
        traceback.print_exception(error)
    disagree = isinstance(error, InternalError)
    message = f"the two readings disagree: {error}" if disagree else f"{type(error).__name__}: {error}"
    print(f"internal error: {one_line(message, 500)}", file=sys.stderr)
    if isinstance(error, ProcessDiedError):
        return ExitCode.INTERNAL_ERROR
    print(
        f"  this is a mistake of netqed, not of your input; {DEBUG}=1 shows where it happened",
        file=sys.stderr,
    )
    return ExitCode.INTERNAL_ERROR


@contextmanager
def pipes() -> Iterator[None]:
    """A reader that stops reading is no error: `verify … | head` ends with the verdict's exit code."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def leave(end: SystemExit) -> None:
    """End the process with the exit code of `end`, not tearing down term by term what the solver holds."""
    if not (end.code is None or isinstance(end.code, int)):
        raise end
    with pipes():
        sys.stderr.flush()
    os._exit(end.code or 0)
