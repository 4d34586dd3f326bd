"""The results for people, and for programs."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from statistics import median
from typing import Any

import yaml
import z3
from rich.console import Console
from rich.table import Table

from benchmarks.growth import Growth
from benchmarks.result import Count, Peak, Row

WIDTH = 140  # of the tables, wherever they go
_SMALL = 0.1  # such ratios are told by two figures that count


@dataclass(frozen=True, slots=True)
class Machine:
    """What was measured on, and when."""

    date: str
    netqed: str
    z3: str
    pyyaml: str
    pydantic: str
    python: str
    platform: str

    def __str__(self) -> str:
        return (
            f"{self.date}  netqed {self.netqed}, z3 {self.z3}, PyYAML {self.pyyaml}, "
            f"pydantic {self.pydantic}, Python {self.python}, {self.platform}"
        )


def this_machine() -> Machine:
    """Return the versions in use now; libyaml is what makes PyYAML fast."""
    libyaml = "" if yaml.__with_libyaml__ else " without libyaml"
    return Machine(
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        netqed=version("netqed"),
        z3=z3.get_version_string(),
        pyyaml=version("pyyaml") + libyaml,
        pydantic=version("pydantic"),
        python=platform.python_version(),
        platform=f"{sys.platform} {platform.machine()}",
    )


def print_table(results: Sequence[Row], rounds: int, machine: Machine) -> None:
    """Write the results to standard output."""
    title = f"CPU time of whole rounds, interleaved; ratios: median of {rounds}, fewer for 100,000 pods"
    table = Table(title=title, caption=str(machine))
    table.add_column("measured")
    table.add_column("against")
    for heading in ("seconds", "against", "ratio", "spread", "target"):
        table.add_column(heading, justify="right")
    for result in results:
        table.add_row(*_cells(result), style="red" if result.met is False else "")
    Console(width=WIDTH).print(table)


def _cells(result: Row) -> tuple[str, ...]:
    if isinstance(result, Count):
        return result.measured, "", "", "", f"{result.count} of {result.total}", "", ""
    target = "" if result.target is None else f"<= {result.target:.3g}"
    if isinstance(result, Peak):
        return result.measured, "", "", "", f"{result.mebibytes:.0f} MiB", "", target
    return (
        result.measured,
        result.base,
        f"{median(result.measured_seconds):.3f}",
        f"{median(result.base_seconds):.3f}",
        _ratio(result.ratio),
        f"{_ratio(min(result.ratios))} to {_ratio(max(result.ratios))}",
        target,
    )


def _ratio(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio >= _SMALL else f"{ratio:.2g}"


def print_growth(grown: Sequence[Growth]) -> None:
    """Write how cost grows to standard output."""
    if not grown:
        return
    table = Table(title="CPU seconds, medians, and the exponents that fit them best")
    for heading in ("measured", "at", "seconds"):
        table.add_column(heading)
    table.add_column("exponent", justify="right")
    for each in grown:
        table.add_row(*_growth_cells(each.as_json()))
    Console(width=WIDTH).print(table)


def _growth_cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    sizes = ", ".join(f"{size:,}" for size in row["sizes"])
    seconds = ", ".join(f"{each:.2g}" for each in row["medians"])
    return row["measured"], f"{sizes} {row['of']}", seconds, f"{row['exponent']:.2f}"


def growth_as_markdown(data: Mapping[str, Any]) -> str:
    """Return how cost grows, of what `as_json` wrote, as a table for a document."""
    lines = ["| measured | at | seconds | exponent |", "|---|---|---|---:|"]
    lines += [f"| {' | '.join(_growth_cells(row))} |" for row in data["growth"]]
    return "\n".join([*lines, ""])


def as_markdown(data: Mapping[str, Any]) -> str:
    """Return what `as_json` wrote, read again, as a table for a document."""
    lines = [
        "| measured | against | seconds | against | ratio | spread | target |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for row in data["results"]:
        target = "" if row["target"] is None else f"{row['target']:.3g}{'' if row['met'] else ', missed'}"
        cells = [row["measured"].strip(), "", "", "", "", "", target]
        if "total" in row:
            cells[4] = f"{row['count']} of {row['total']}"
        elif "mebibytes" in row:
            cells[4] = f"{row['mebibytes']:.0f} MiB"
        else:
            cells[1:6] = [
                row["base"],
                f"{row['measured_median']:.3f}",
                f"{row['base_median']:.3f}",
                _ratio(row["ratio_median"]),
                f"{_ratio(row['ratio_min'])} to {_ratio(row['ratio_max'])}",
            ]
        lines.append(f"| {' | '.join(cells)} |")
    machine = data["machine"]
    versions = ", ".join(
        f"{name} {machine[name]}" for name in ("netqed", "z3", "pyyaml", "pydantic", "python")
    )
    return "\n".join([*lines, "", f"{machine['date'][:10]}; {versions}; {machine['platform']}.", ""])


def as_json(results: Sequence[Row], grown: Sequence[Growth], machine: Machine) -> str:
    """Return everything measured as JSON text."""
    data = {
        "machine": asdict(machine),
        "results": [result.as_json() for result in results],
        "growth": [each.as_json() for each in grown],
    }
    return json.dumps(data, indent=2) + "\n"
