"""`python -m benchmarks`: measure, print tables, write JSON."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

from benchmarks import (
    again,
    all_pairs,
    growth,
    loading,
    peer_diff,
    peer_lint,
    peer_map,
    question,
    redundancy,
    siblings,
    start_up,
    whole_program,
)
from benchmarks.growth import Growth
from benchmarks.result import Row
from benchmarks.size import HUGE, LARGE, LINTED, MIDDLE, QUICK, SMALL, VERSIONS, Size
from benchmarks.table import as_json, print_growth, print_table, this_machine

_DEFAULT_ROUNDS = 5
_FEW = 3
_GROWTH = "growth"
_FACTORS, _QUICK_FACTORS = (1, 3, 10, 30), (1, 2)
_NAMESPACES_ASKED_ABOUT = 100

Rounds = Callable[[Size], Size]
_Question = Callable[[], Sequence[Row]]


def questions(fit: Rounds) -> dict[str, _Question]:
    """Return every question that makes rows, by name; `fit` changes the sizes, to fewer rounds for example.

    Those about the same cluster come one after the other: the largest takes long to make.
    """

    def few(size: Size, most: int = _FEW) -> Size:
        fitted = fit(size)
        return replace(fitted, rounds=min(most, fitted.rounds))

    return {
        "start-up": lambda: start_up.measure(fit(SMALL)),
        "loading": lambda: loading.measure(fit(LARGE)),
        "program-1k-100": lambda: whole_program.measure(fit(SMALL)),
        "program-1k-500": lambda: whole_program.measure(fit(MIDDLE), 2.0),
        "again-1k-500": lambda: whole_program.measure_again(fit(MIDDLE)),
        "program-10k-1k": lambda: whole_program.measure(fit(LARGE), 0.8, 200),
        "again-10k-1k": lambda: whole_program.measure_again(fit(LARGE)),
        "siblings": lambda: siblings.measure(fit(MIDDLE)),
        "lint": lambda: whole_program.measure_lint(fit(MIDDLE), 3.0),
        "program-100k-5k": lambda: whole_program.measure_isolation(few(HUGE, 1), 0.8, 800),
        "isolation-100k-5k": lambda: question.measure(few(HUGE)),
        "redundancy-100k-5k": lambda: redundancy.measure(few(HUGE)),
        "changed-100k-5k": lambda: again.measure(
            few(HUGE), min(few(HUGE).namespaces, _NAMESPACES_ASKED_ABOUT)
        ),
        "map-100k-5k": lambda: all_pairs.measure(few(HUGE)),
        "peer-map": lambda: peer_map.measure(fit(SMALL)),
        "peer-lint": lambda: peer_lint.measure(fit(LINTED)),
        "peer-diff": lambda: peer_diff.measure(fit(VERSIONS)),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what the arguments ask for."""
    names = ", ".join([*questions(lambda size: size), _GROWTH])
    parser = ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="one round on tiny clusters: does it run at all?"
    )
    parser.add_argument("--only", default="*", metavar="GLOB", help=f"of {names}")
    parser.add_argument(
        "--rounds", type=int, default=_DEFAULT_ROUNDS, metavar="N", help="default: %(default)s"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything measured to FILE")
    given = parser.parse_args(arguments)

    def fit(size: Size) -> Size:
        return QUICK if given.quick else replace(size, rounds=given.rounds)

    rows = list(_rows(questions(fit), given.only))
    grown: list[Growth] = []
    if fnmatchcase(_GROWTH, given.only):
        print(_GROWTH, file=sys.stderr)
        grown = growth.measure(fit(MIDDLE), fit(SMALL), _QUICK_FACTORS if given.quick else _FACTORS)
    machine = this_machine()
    if rows:
        print_table(rows, 1 if given.quick else given.rounds, machine)
    print_growth(grown)
    if given.json is not None:
        given.json.write_text(as_json(rows, grown, machine), encoding="utf-8")


def _rows(asked: dict[str, _Question], only: str) -> Iterator[Row]:
    for name, measure in asked.items():
        if fnmatchcase(name, only):
            print(name, file=sys.stderr)  # the whole takes its time
            yield from measure()


if __name__ == "__main__":
    main()
