"""`python -m benchmarks`: measure, print a table, write JSON."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks import siblings, whole_program
from benchmarks.size import QUICK, Size
from benchmarks.table import as_json, print_table, this_machine


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what the arguments ask for."""
    parser = ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="one round on a tiny cluster: does it run at all?"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything measured to FILE")
    for name in ("pods", "policies", "namespaces", "seed", "rounds"):
        parser.add_argument(f"--{name}", type=int, metavar="N", help=f"default: {getattr(Size(), name)}")
    given = parser.parse_args(arguments)
    stated = {
        name: value
        for name in ("pods", "policies", "namespaces", "seed", "rounds")
        if (value := getattr(given, name)) is not None
    }
    size = replace(QUICK if given.quick else Size(), **stated)
    results = [whole_program.measure(size), *siblings.measure(size)]
    machine = this_machine()
    print_table(results, size, machine)
    if given.json is not None:
        given.json.write_text(as_json(results, size, machine), encoding="utf-8")


if __name__ == "__main__":
    main()
