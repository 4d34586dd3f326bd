"""Where reports go: `--format FMT[=FILE]`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO

import typer

from verifier.cli.edge import pipes
from verifier.diagnostics import Diagnostic, InputError, Span


def targets(formats: Sequence[str], known: Sequence[str]) -> list[tuple[str, str | None]]:
    """Return name and file of each format; None: standard output, which only one can have."""
    found = []
    for entry in formats:
        name, _, file = entry.partition("=")
        if name not in known:
            names = ", ".join(f"`{each}`" for each in known)
            raise typer.BadParameter(f"no format is called `{name}`: the formats are {names}")
        found.append((name, file or None))
    if sum(file is None for _, file in found) > 1:
        raise typer.BadParameter(
            "only one format can go to stdout: give the others a file, as in `json=report.json`"
        )
    return found


def open_target(file: str | None, stack: ExitStack) -> TextIO:
    """Return the file to write to, closed with `stack`; a reader of standard output may stop reading.

    Raises:
        InputError: the file cannot be written.
    """
    if file is None:
        stack.enter_context(pipes())
        return sys.stdout
    try:
        return stack.enter_context(Path(file).open("w", encoding="utf-8"))
    except OSError as error:
        raise InputError(
            [Diagnostic("cannot-write", Span(file), f"cannot be written: {error.strerror}")]
        ) from None


def print_faults(
    faults: Sequence[Diagnostic],
    wanted: Sequence[tuple[str, str | None]],
    write_json: Callable[[Sequence[Diagnostic], TextIO], None],
) -> None:
    """Say on stderr what is wrong with the input, and in the JSON that was asked for."""
    from verifier.render.diagnostics import print_diagnostics

    print_diagnostics(faults, sys.stderr)
    for name, file in wanted:
        if name == "json":
            try:
                with ExitStack() as stack:
                    write_json(faults, open_target(file, stack))
            except InputError as error:
                print_diagnostics([fault for fault in error.diagnostics if fault not in faults], sys.stderr)
