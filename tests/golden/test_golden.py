"""Whole runs of every example, kept word for word: `pytest --update-golden` writes them anew."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from verifier.cli.main import app

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
EXAMPLES = sorted((ROOT / "examples").rglob("properties.yaml"))
# What a run cannot promise: how long it took, and which versions it was.
_VARIES = re.compile(r'^ *"(seconds|version|z3)": .*\n', re.MULTILINE)


def name_of(example: Path) -> str:
    return str(example.parent.relative_to(ROOT / "examples"))


@pytest.mark.parametrize("example", EXAMPLES, ids=name_of)
@pytest.mark.parametrize("form", ["text", "json"])
def test_golden(example: Path, form: str, update_golden: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)

    done = CliRunner().invoke(app, [str(example.relative_to(ROOT)), "--format", form])

    actual = f"{_VARIES.sub('', done.output)}exit code: {done.exit_code}\n"
    kept = HERE / name_of(example) / f"expected.{form}"
    if update_golden:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(actual, "utf-8")
    assert kept.is_file(), "no golden file yet: write it with --update-golden, and read it"
    assert actual == kept.read_text("utf-8")


def test_there_is_no_golden_file_without_its_example() -> None:
    kept = {str(file.parent.relative_to(HERE)) for file in HERE.rglob("expected.*")}

    assert kept == {name_of(example) for example in EXAMPLES}
