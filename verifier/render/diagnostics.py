"""Faults of the input for people, and the console that all reports are written to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from rich.console import Console
from rich.text import Text

from verifier.diagnostics import Diagnostic, one_line

_MOST_FAULTS = 1000


class PlainConsole(Console):
    """A console that leaves it to its caller what a closed pipe means."""

    def on_broken_pipe(self) -> None:
        """Let the error through."""
        raise  # noqa: PLE0704  (called while the BrokenPipeError is handled)


def print_diagnostics(diagnostics: Iterable[Diagnostic], out: TextIO) -> None:
    """Write faults of the input to `out`, one a line, and below each what to do about it."""
    console = PlainConsole(file=out, highlight=False, markup=False, emoji=False, soft_wrap=True)
    every = list(diagnostics)
    for diagnostic in every[:_MOST_FAULTS]:
        place, _, message = str(diagnostic).partition(f"{diagnostic.severity}[")
        style = "red" if diagnostic.severity == "error" else "yellow"
        console.print(
            Text.assemble(one_line(place, 4096), (f"{diagnostic.severity}[", style), one_line(message, 2000))
        )
        if diagnostic.help:
            console.print(Text(f"  help: {one_line(diagnostic.help, 2000)}"))
    if len(every) > _MOST_FAULTS:
        console.print(Text(f"and {len(every) - _MOST_FAULTS} more: `--format json` lists them all"))
