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

from benchmarks.result import Peak, Result

WIDTH = 120  # of the table, wherever it goes


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


def print_table(results: Sequence[Result | Peak], rounds: int, machine: Machine) -> None:
    """Write the results to standard output."""
    title = f"CPU time of whole rounds, interleaved; ratios: median of {rounds}"
    table = Table(title=title, caption=str(machine))
    table.add_column("measured")
    table.add_column("against")
    for heading in ("seconds", "against", "ratio", "spread", "target"):
        table.add_column(heading, justify="right")
    for result in results:
        table.add_row(*_cells(result), style="red" if result.met is False else "")
    Console(width=WIDTH).print(table)


def _cells(result: Result | Peak) -> tuple[str, ...]:
    target = "" if result.target is None else f"<= {result.target:g}"
    if isinstance(result, Peak):
        return result.measured, "", "", "", f"{result.mebibytes:.0f} MiB", "", target
    return (
        result.measured,
        result.base,
        f"{median(result.measured_seconds):.3f}",
        f"{median(result.base_seconds):.3f}",
        f"{result.ratio:.2f}",
        f"{min(result.ratios):.2f} to {max(result.ratios):.2f}",
        target,
    )


def as_markdown(data: Mapping[str, Any]) -> str:
    """Return what `as_json` wrote, read again, as a table for a document."""
    lines = [
        "| measured | against | seconds | against | ratio | spread | target |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for row in data["results"]:
        target = "" if row["target"] is None else f"{row['target']:g}{'' if row['met'] else ', missed'}"
        cells = [row["measured"].strip(), "", "", "", "", "", target]
        if "mebibytes" in row:
            cells[4] = f"{row['mebibytes']:.0f} MiB"
        else:
            cells[1:6] = [
                row["base"],
                f"{row['measured_median']:.3f}",
                f"{row['base_median']:.3f}",
                f"{row['ratio_median']:.2f}",
                f"{row['ratio_min']:.2f} to {row['ratio_max']:.2f}",
            ]
        lines.append(f"| {' | '.join(cells)} |")
    machine = data["machine"]
    versions = ", ".join(
        f"{name} {machine[name]}" for name in ("netqed", "z3", "pyyaml", "pydantic", "python")
    )
    return "\n".join([*lines, "", f"{machine['date'][:10]}; {versions}; {machine['platform']}.", ""])


def as_json(results: Sequence[Result | Peak], machine: Machine) -> str:
    """Return the results as JSON text."""
    data = {"machine": asdict(machine), "results": [result.as_json() for result in results]}
    return json.dumps(data, indent=2) + "\n"
