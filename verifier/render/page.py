"""Where lines for people go: to a terminal in colour, anywhere else as they are."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console

_MAY_MEAN_A_TERMINAL = ("FORCE_COLOR", "TTY_COMPATIBLE")


class Page:
    """Lines on `out`. `width`: the columns of the terminal; None: there is none, and lines are never broken.

    What draws on terminals is imported where there is one.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._console: Console | None = None
        if out.isatty() or any(os.environ.get(name) for name in _MAY_MEAN_A_TERMINAL):
            from verifier.render.diagnostics import PlainConsole

            console = PlainConsole(file=out, highlight=False, markup=False, emoji=False, soft_wrap=True)
            self._console = console if console.is_terminal else None
        self.width = None if self._console is None else self._console.width

    def line(self, before: str, styled: str = "", style: str = "", after: str = "") -> None:
        """Write one line; `styled` is the part of it that has a colour."""
        if self._console is None:
            self._out.write(f"{before}{styled}{after}\n")
        else:
            from rich.text import Text

            self._console.print(Text.assemble(before, (styled, style), after))
