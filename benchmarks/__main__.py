"""`python -m benchmarks`: measure, print a table, write JSON."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

from benchmarks import all_pairs, loading, peer, siblings, start_up, whole_program
from benchmarks.result import Peak, Result
from benchmarks.size import HUGE, LARGE, MIDDLE, QUICK, SMALL, Size
from benchmarks.table import as_json, print_table, this_machine

_DEFAULT_ROUNDS = 5

_Question = Callable[[], Sequence[Result | Peak]]


def questions(fit: Callable[[Size], Size]) -> dict[str, _Question]:
    """Return every question by name; `fit` changes the sizes, to fewer rounds for example."""
    return {
        "start-up": lambda: start_up.measure(fit(SMALL)),
        "loading": lambda: loading.measure(fit(LARGE)),
        "program-1k-100": lambda: whole_program.measure(fit(SMALL)),
        "program-1k-500": lambda: whole_program.measure(fit(MIDDLE), 2.0),
        "program-10k-1k": lambda: whole_program.measure(fit(LARGE), 0.8, 200),
        "isolation-100k-5k": lambda: whole_program.measure_isolation(_once(fit(HUGE)), 0.8, 800),
        "lint": lambda: whole_program.measure_lint(fit(MIDDLE), 3.0),
        "map": lambda: all_pairs.measure(fit(HUGE)),
        "map-peer": lambda: peer.measure(fit(SMALL)),
        "siblings": lambda: siblings.measure(fit(MIDDLE)),
    }


def _once(size: Size) -> Size:
    return replace(size, rounds=1)  # it takes a minute


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what the arguments ask for."""
    parser = ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="one round on tiny clusters: does it run at all?"
    )
    parser.add_argument("--only", default="*", metavar="GLOB", help=f"of {', '.join(questions(lambda s: s))}")
    parser.add_argument(
        "--rounds", type=int, default=_DEFAULT_ROUNDS, metavar="N", help="default: %(default)s"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything measured to FILE")
    given = parser.parse_args(arguments)

    def fit(size: Size) -> Size:
        return QUICK if given.quick else replace(size, rounds=given.rounds)

    results = list(_results(questions(fit), given.only))
    machine = this_machine()
    print_table(results, 1 if given.quick else given.rounds, machine)
    if given.json is not None:
        given.json.write_text(as_json(results, machine), encoding="utf-8")


def _results(asked: dict[str, _Question], only: str) -> Iterator[Result | Peak]:
    for name, measure in asked.items():
        if fnmatchcase(name, only):
            yield from measure()


if __name__ == "__main__":
    main()
