"""What does a run cost that has hardly anything to do?"""

from __future__ import annotations

from pathlib import Path

from benchmarks.processes import run_python
from benchmarks.result import Result, in_seconds
from benchmarks.size import Size

HELP_TARGET = 1.3
PATTERNS_SECONDS = 0.9

_BARE = """
import typer
app = typer.Typer()
@app.command()
def main(number: int = 1) -> None: ...
app(["--help"])
"""
_PATTERNS = Path(__file__).parent.parent / "examples" / "patterns"


def measure(size: Size) -> list[Result]:
    """Return the CPU time of `verify --help` against a bare program, and that of `verify` on all patterns."""
    patterns = sorted(str(path) for path in _PATTERNS.glob("*/properties.yaml"))
    programs = (["-c", _BARE], ["-m", "verifier", "--help"], ["-m", "verifier", *patterns])
    every = [[run_python(program) for program in programs] for _ in range(1 + size.rounds)]
    rounds = every[1:]  # the first compiles
    bare, help_page, all_patterns = (tuple(u.seconds for u in column) for column in zip(*rounds, strict=True))
    return [
        Result("`verify --help`", "a bare Typer program", bare, help_page, HELP_TARGET),
        in_seconds(f"`verify` on the {len(patterns)} patterns", all_patterns, PATTERNS_SECONDS),
    ]
