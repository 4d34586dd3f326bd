"""A map for people: a table of rows, what some of them depend on, and what is left out."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TextIO

from verifier.diagnostics import one_line
from verifier.mapper import ConnectionMap, MapRow
from verifier.render.map_words import head, notes, party, ports, reason

_WIDEST = 44
_GAP = "   "
_HEADINGS = ("FROM", "TO", "PORTS")


def print_map(made: ConnectionMap, rows: Sequence[MapRow], out: TextIO) -> None:
    """Write the rows to `out`."""
    out.write(f"{head(made, rows)}\n")
    for warning in made.cluster.warnings:
        out.write(f"warning: {one_line(str(warning.span), 4096)}: {one_line(warning.message, 400)}\n")
    cells = [(party(r.source, made), party(r.destination, made), ports(r.ports)) for r in rows]
    widths = [_width([row[place] for row in cells], heading) for place, heading in enumerate(_HEADINGS)]
    sure = [number for number, row in enumerate(rows) if not row.depends]
    perhaps = [number for number, row in enumerate(rows) if row.depends]
    if sure:
        out.write("\n")
        _print_line(_HEADINGS, widths, out)
    for number in sure:
        _print_row(cells[number], widths, out)
    if perhaps:
        out.write("\nonly where more is known than the manifests say:\n\n")
        _print_line(_HEADINGS, widths, out)
    for number in perhaps:
        _print_row(cells[number], widths, out)
        for each in rows[number].depends:
            out.write(f"    depends on {reason(each)}\n")
    out.write("\n")
    for note in notes(made):
        out.write(f"{note}\n")


def _width(column: Sequence[Sequence[str]], heading: str) -> int:
    """Return how wide a column is: as its longest line, unless that goes beyond all measure."""
    widest = max((len(line) for items in column for line in _folded(items, _WIDEST)), default=0)
    return max(len(heading), min(widest, _WIDEST))


def _print_row(cells: Sequence[Sequence[str]], widths: Sequence[int], out: TextIO) -> None:
    columns = [_folded(items, width) for items, width in zip(cells, widths, strict=True)]
    for place in range(max(map(len, columns))):
        _print_line([column[place] if place < len(column) else "" for column in columns], widths, out)


def _print_line(cells: Sequence[str], widths: Sequence[int], out: TextIO) -> None:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    out.write(f"{_GAP.join(padded).rstrip()}\n")


def _folded(items: Sequence[str], width: int) -> list[str]:
    """Return the items in lines, with commas between them; a name is never cut."""
    return textwrap.wrap(", ".join(items), width, break_long_words=False, break_on_hyphens=False)
