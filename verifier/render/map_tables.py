"""A map as tables that other programs show: CSV for spreadsheets, Markdown for comments."""

from __future__ import annotations

import csv
from typing import TextIO

from verifier.mapper import MapReport
from verifier.render.map_words import HEADINGS, head, lines, notes, outside
from verifier.render.markdown import cell, code_cell

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def print_map_csv(report: MapReport, out: TextIO) -> None:
    """Write one line for each row; what stands in one cell is parted by semicolons."""
    writer = csv.writer(out, lineterminator="\n")
    if report.matrix is not None:
        writer.writerow(("from \\ to", *(_plain(outside(name)) for name in report.matrix.names)))
        for name, row in zip(report.matrix.names, report.matrix.cells, strict=True):
            writer.writerow((_plain(outside(name)), *row))
        return
    writer.writerow(HEADINGS)
    for line in lines(report):
        cells = (line.source, line.destination, line.ports, line.depends)
        writer.writerow([_plain("; ".join(items)) for items in cells])


def _plain(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


def print_map_markdown(report: MapReport, out: TextIO) -> None:
    """Write one table row for each row, and below the table what was assumed."""
    out.write(f"**netqed map**: {cell(head(report))}\n\n")
    if report.matrix is not None:
        names = [_code(outside(name)) for name in report.matrix.names]
        out.write(f"| from \\ to | {' | '.join(names)} |\n|---|{'---|' * len(names)}\n")
        for name, row in zip(names, report.matrix.cells, strict=True):
            out.write(f"| {name} | {' | '.join(row)} |\n")
    else:
        out.write(f"| {' | '.join(HEADINGS)} |\n|---|---|---|---|\n")
        for line in lines(report):
            cells = (line.source, line.destination, line.ports, line.depends)
            out.write(f"| {' | '.join('<br>'.join(map(_code, items)) for items in cells)} |\n")
    out.write("\n")
    out.writelines(f"- {_code(note)}\n" for note in notes(report))


def _code(text: str) -> str:
    """Return a code span: nothing in it is a link, a tag or a mention."""
    return code_cell(text.replace("`", "'"))
