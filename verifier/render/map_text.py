"""A map for people: a table of rows, what some of them depend on, and what is left out."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TextIO

from verifier.analyses.map.told import Matrix
from verifier.diagnostics import one_line
from verifier.mapper import MapReport
from verifier.render.map_words import HEADINGS, Line, head, lines, notes, outside

_WIDEST = 44
_GAP = "   "
_PERHAPS = "depending on what the manifests leave open:"
_STRANGERS = "pods that no manifest shows, as far as one side lets them through:"


def print_map(report: MapReport, out: TextIO) -> None:
    """Write the report to `out`."""
    out.write(f"{head(report)}\n")
    for warning in report.made.cluster.warnings:
        out.write(f"warning: {one_line(str(warning.span), 4096)}: {one_line(warning.message, 400)}\n")
    if report.matrix is not None:
        _print_matrix(report.matrix, out)
    else:
        every = lines(report)
        _print_table("", [line for line in every if line.shown and not line.depends], out)
        _print_table(_PERHAPS, [line for line in every if line.shown and line.depends], out)
        _print_table(_STRANGERS, [line for line in every if not line.shown], out)
    out.write("\n")
    out.writelines(f"{note}\n" for note in notes(report))


def _print_table(title: str, rows: Sequence[Line], out: TextIO) -> None:
    if not rows:
        return
    out.write(f"\n{title}\n\n" if title else "\n")
    cells = [(row.source, row.destination, row.ports) for row in rows]
    headings = [heading.upper() for heading in HEADINGS[:3]]
    widths = [_width([row[place] for row in cells], heading) for place, heading in enumerate(headings)]
    _print_line(headings, widths, out)
    for row, columns in zip(rows, cells, strict=True):
        folded = [_folded(items, width) for items, width in zip(columns, widths, strict=True)]
        for place in range(max(map(len, folded))):
            _print_line([column[place] if place < len(column) else "" for column in folded], widths, out)
        out.writelines(f"    depends on {each}\n" for each in row.depends)


def _width(column: Sequence[Sequence[str]], heading: str) -> int:
    """Return how wide a column is: as its longest line, unless that goes beyond all measure."""
    widest = max(len(line) for items in column for line in _folded(items, _WIDEST))
    return max(len(heading), widest)


def _folded(items: Sequence[str], width: int) -> list[str]:
    """Return the items in lines, with commas between them; a name is never cut."""
    return textwrap.wrap(", ".join(items), width, break_long_words=False, break_on_hyphens=False)


def _print_line(cells: Sequence[str], widths: Sequence[int], out: TextIO) -> None:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    out.write(f"{_GAP.join(padded).rstrip()}\n")


def _print_matrix(matrix: Matrix, out: TextIO) -> None:
    """Write who reaches whom: rows are FROM, columns TO, by number."""
    names = [f"{number} {outside(name)}" for number, name in enumerate(matrix.names, start=1)]
    columns = [str(number) for number in range(1, len(names) + 1)]
    widths = [max(map(len, (*names, "FROM")))]
    widths += [
        max(len(heading), *(len(row[place]) for row in matrix.cells)) for place, heading in enumerate(columns)
    ]
    out.write("\n")
    _print_line(["FROM", *columns], widths, out)
    for name, row in zip(names, matrix.cells, strict=True):
        _print_line([name, *row], widths, out)
