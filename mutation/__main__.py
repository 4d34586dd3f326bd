"""`python -m mutation`: draw mistakes at random, put in one at a time, and say which the tests do not find.

Nothing is written to the checkout: each mistake lives in a process of its own.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from random import Random

import hypothesis  # noqa: F401  # loaded once, before the processes part
import z3  # noqa: F401

from mutation.mistakes import Mistake, mistakes
from mutation.trial import trial

ROOT = Path(__file__).resolve().parent.parent
SOLVER = ("search", "completions", "facts", "tier_facts", "assignment")
# What is broken, and what share of the mistakes it gets.
PARTS = {
    "encodings": (0.4, tuple(sorted(ROOT.glob("encodings/*.py")))),
    "semantics": (0.25, tuple(sorted(ROOT.glob("verifier/semantics/[!_]*.py")))),
    "properties": (0.15, tuple(sorted(ROOT.glob("properties/**/*.py")))),
    "solver": (0.2, tuple(ROOT / f"verifier/solver/{name}.py" for name in SOLVER)),
}
# The tests, those first that find most in the least time: all take some 100 seconds, the quick ones 40.
QUICK = (
    "tests/encodings",
    "tests/solver",
    "tests/soundness",
    "tests/analyses",
    "tests/regressions",
    "tests/properties",
    "tests/semantics",
    "tests/differential/test_cases.py",
    "tests/laws",
    "tests/differential/test_flows.py",
)
SLOW = ("tests/attack", "tests/differential/test_verdicts.py", "tests/golden")
TIERS = (
    "tests/differential/test_cases.py",
    "tests/soundness/test_tiers.py",
    "tests/soundness/test_tier_facts.py",
)
FIRST = dict.fromkeys(("tiers", "tier_rules", "precedence", "tier_facts"), TIERS)


def key(mistake: Mistake) -> tuple[str, str, str, str]:
    """Return what names a mistake in `equivalent.toml`."""
    return str(mistake.file.relative_to(ROOT)), mistake.within, *mistake.texts


def drawn(files: Sequence[Path], trees: dict[Path, ast.Module], number: int, dice: Random) -> list[Mistake]:
    """Return `number` mistakes, one from each of as many stretches of the files, so that all get some."""
    every = [mistake for file in files for mistake in mistakes(file, trees[file])]
    bounds = [len(every) * at // number for at in range(number + 1)]
    return [every[dice.randrange(low, high)] for low, high in pairwise(bounds) if low < high]


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw, try, and tell."""
    parser = ArgumentParser(prog="python -m mutation", description=__doc__)
    parser.add_argument("--number", type=int, default=340, metavar="N", help="mistakes to draw")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--part", choices=PARTS, action="append", help="of this part only; may be repeated")
    parser.add_argument("--file", action="append", help="in files of this name only; may be repeated")
    parser.add_argument("--quick", action="store_true", help="leave out the slow tests")
    given = parser.parse_args(arguments)
    trees = {file: ast.parse(file.read_bytes()) for _, files in PARTS.values() for file in files}
    known = {
        (entry["file"], entry["within"], entry["was"], entry["becomes"])
        for entry in tomllib.loads((ROOT / "mutation/equivalent.toml").read_text("utf-8"))["mistake"]
    }
    there = {key(mistake) for file, tree in trees.items() for mistake in mistakes(file, tree)}
    for entry in sorted(known - there):
        print("gone, to be struck from equivalent.toml:", *entry)
    tests = QUICK if given.quick else QUICK + SLOW
    counts: Counter[tuple[str, str]] = Counter()
    if failed := trial(tests):
        sys.exit(f"without any mistake there fails: {failed}")
    for part, (share, files) in PARTS.items():
        if given.part and part not in given.part:
            continue
        dice = Random(f"{given.seed} {part}")  # noqa: S311
        named = [file for file in files if not given.file or file.stem in given.file]
        for mistake in drawn(named, trees, round(given.number * share), dice):
            name, within, was, becomes = key(mistake)
            if key(mistake) in known:
                failed, outcome = "", "equivalent"
            else:
                likely = FIRST.get(mistake.file.stem, ())
                own_first = sorted(tests, key=lambda test: test != f"tests/{part}")
                failed = trial((*likely, *own_first), mistake.file, mistake.code(trees[mistake.file]))
                outcome = "killed" if failed else "SURVIVED"
            counts[part, outcome] += 1
            print(
                f"{outcome:10} {name}:{mistake.line}: {within}: {was!r} -> {becomes!r}  {failed}",
                flush=True,
            )
    for (part, outcome), count in counts.items():
        print(f"{part:12} {outcome:10} {count:4}")
    if any(outcome == "SURVIVED" for _, outcome in counts):
        sys.exit(1)


if __name__ == "__main__":
    main()
