"""The rails of a platform team, in both versions of the API, and the page that walks through them."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from verifier.cli.main import app
from verifier.properties.spec.scope import World
from verifier.report import PropertyResult
from verifier.verdict import FlowCounterexample, Refuted, Word
from verifier.verify import check

ROOT = Path(__file__).resolve().parents[2]
RAILS = ROOT / "examples" / "guard-rails"
PAGE = ROOT / "docs" / "guard-rails.md"
CONSOLE = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.DOTALL | re.MULTILINE)
VERSIONS = ("admin-network-policy", "cluster-network-policy")


def results(version: str, folder: Path = RAILS) -> dict[str, PropertyResult]:
    return {result.name: result for result in check(str(folder / version / "properties.yaml")).results}


def test_both_versions_say_the_same() -> None:
    older, newer = map(results, VERSIONS)

    assert set(older) <= set(newer)
    for name, result in older.items():
        assert result.met
        assert {w: v.word for w, v in result.verdicts.items()} == {
            w: v.word for w, v in newer[name].verdicts.items()
        }


@pytest.mark.parametrize("version", VERSIONS)
def test_the_policy_that_is_written_out_breaks_the_property_once_it_is_applied(
    version: str, tmp_path: Path
) -> None:
    shutil.copytree(RAILS, tmp_path / "rails")
    refuted = {
        name: result.verdict.counterexample
        for name, result in results(version).items()
        if isinstance(result.verdict, Refuted)
    }
    assert len(refuted) == 2
    for name, shown in refuted.items():
        assert isinstance(shown, FlowCounterexample)
        written = "---\n".join(policy.text for policy in shown.written or ())
        (tmp_path / "rails" / "tenants" / "written.yaml").write_text(written or "# nothing\n", "utf-8")
        again = results(version, tmp_path / "rails")[name]
        assert again.verdicts[World.ANY_POD].word is Word.REFUTED


def test_the_page_shows_what_is_printed(update_golden: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    text = PAGE.read_text("utf-8")

    actual = CONSOLE.sub(lambda block: replayed(block.group()), text)

    if update_golden:
        PAGE.write_text(actual, "utf-8")
    assert actual.count("\n$ verify ") == 3
    assert actual == PAGE.read_text("utf-8")


def replayed(block: str) -> str:
    """Return the block with the output of its command."""
    line, *_ = block.splitlines(keepends=True)
    program, *arguments = shlex.split(line.removeprefix("$ "))
    assert program == "verify"
    return line + CliRunner().invoke(app, arguments).output
