"""A map as tables that other programs show: CSV for spreadsheets, Markdown for comments."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import TextIO

from verifier.diagnostics import one_line
from verifier.mapper import ConnectionMap, MapRow
from verifier.render.map_words import head, notes, party, ports, reason
from verifier.render.markdown import cell, code_cell

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def print_map_csv(made: ConnectionMap, rows: Sequence[MapRow], out: TextIO) -> None:
    """Write one line for each row; what stands in one cell is parted by semicolons."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("from", "to", "ports", "depends on"))
    for row in rows:
        cells = (party(row.source, made), party(row.destination, made), ports(row.ports))
        reasons = [reason(each) for each in row.depends]
        writer.writerow([_plain("; ".join(items)) for items in (*cells, reasons)])


def _plain(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


def print_map_markdown(made: ConnectionMap, rows: Sequence[MapRow], out: TextIO) -> None:
    """Write one table row for each row, and below the table what was assumed."""
    out.write(f"**netqed map**: {cell(head(made, rows))}\n\n")
    out.write("| from | to | ports | depends on |\n|---|---|---|---|\n")
    for row in rows:
        cells = (party(row.source, made), party(row.destination, made), ports(row.ports))
        columns = ["<br>".join(map(code_cell, items)) for items in cells]
        columns.append("<br>".join(code_cell(reason(each).replace("`", "'")) for each in row.depends))
        out.write(f"| {' | '.join(columns)} |\n")
    out.write("\n")
    out.writelines(f"- {code_cell(one_line(note, 1000).replace('`', chr(39)))}\n" for note in notes(made))
