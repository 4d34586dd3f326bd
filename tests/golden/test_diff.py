"""`verify diff` of the example, of the same said otherwise, of changes of the shop: whole outputs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from verifier.cli.main import app

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).parent / "diff"
FORMATS = {"text": "txt", "markdown": "md", "json": "json"}
BREAKAGES = ("missing-except", "forgotten-policy-types", "renamed-label")


def check(case: str, form: str, output: str, *, update: bool) -> None:
    file = GOLDEN / f"{case}.{FORMATS[form]}"
    if update:
        file.parent.mkdir(exist_ok=True)
        file.write_text(output, "utf-8")
    assert output == file.read_text("utf-8")


@pytest.mark.parametrize("form", FORMATS)
def test_the_example(form: str, update_golden: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)

    done = CliRunner().invoke(
        app, ["diff", "examples/change/before", "examples/change/after", "--format", form]
    )

    assert done.exit_code == 1, done.output
    check("example", form, done.output, update=update_golden)


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_said_otherwise(
    form: str, update_golden: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Policies renamed, in another order, their rules swapped, in other files."""
    monkeypatch.chdir(tmp_path)
    before = ROOT / "examples/change/before"
    shutil.copytree(before, "old")
    Path("new").mkdir()
    shutil.copy(before / "workloads.yaml", "new/pods.yaml")
    policies = (before / "policies.yaml").read_text("utf-8").replace("name: within-shop", "name: inside")
    Path("new/rules.yaml").write_text("---\n".join(reversed(policies.split("---\n"))), "utf-8")

    done = CliRunner().invoke(app, ["diff", "old", "new", "--fail-on", "any", "--format", form])

    assert done.exit_code == 0, done.output
    check("equivalent", form, done.output, update=update_golden)


@pytest.mark.parametrize("breakage", BREAKAGES)
@pytest.mark.parametrize("form", ["text", "markdown"])
def test_changes_of_the_shop(
    breakage: str, form: str, update_golden: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "examples/shop/manifests", "old")
    shutil.copytree("old", "new")
    for file in (ROOT / "examples/shop/breakages" / breakage).glob("*.yaml"):
        shutil.copy(file, "new")

    done = CliRunner().invoke(app, ["diff", "old", "new", "--fail-on", "any", "--format", form])

    assert done.exit_code == 1, done.output
    check(breakage, form, done.output, update=update_golden)
