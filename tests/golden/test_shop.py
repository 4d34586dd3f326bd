"""The shop, whole and broken, and the walk through it: `pytest --update-golden` writes its output anew."""

from __future__ import annotations

import difflib
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from verifier.cli.main import app
from verifier.properties.spec.scope import Require
from verifier.report import Report
from verifier.verify import check

ROOT = Path(__file__).resolve().parents[2]
WALK = ROOT / "docs" / "walk-through.md"
SHOP = ROOT / "examples" / "shop"
MANIFESTS = sorted((SHOP / "manifests").iterdir())
CONSOLE = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.DOTALL | re.MULTILINE)
DIFF = re.compile(r"(?<=^```diff )([a-z-]+)\n(.*?)(?=^```$)", re.DOTALL | re.MULTILINE)

# What each mistake refutes, worked out by hand.
BREAKAGES = {
    "renamed-label": {
        "the api and the worker reach the queue",
        "the shop's own clients reach the api",
    },
    "missing-except": {"no pod reaches the cloud's metadata service"},
    "split-peer": {"only the api reaches the database"},
    "forgotten-policy-types": {
        "the ledger sends nothing",
        "payments talks to nobody outside but the provider",
        "payments talks to the provider on 443 alone",
        "only coredns asks name servers outside",
        "no pod reaches the cloud's metadata service",
        "every pod is denied by default",
    },
    "misspelt-port": {"prometheus scrapes every metrics port"},
}
KNOWN_GAPS = {"no pod of monitoring reaches the internet", "the node agents too are denied by default"}


def run(*manifests: Path) -> Report:
    return check(str(SHOP / "properties.yaml"), manifests=[str(file) for file in manifests])


def refuted(report: Report) -> set[str]:
    return {result.name for result in report.results if result.verdict.word == "refuted"}


@pytest.fixture(scope="module")
def sound() -> Report:
    return check(str(SHOP / "properties.yaml"))


def test_the_shop_is_as_expected(sound: Report) -> None:
    assert sound.exit_code == 0
    assert refuted(sound) == KNOWN_GAPS
    assert all(result.verdict.word == "proved" for result in sound.results if result.name not in KNOWN_GAPS)


def test_the_shop_asks_for_every_kind_and_for_any_pod(sound: Report) -> None:
    assert len({type(result.prop.statement) for result in sound.results}) == 5
    assert len(sound.results) >= 25
    assert sum(result.world == "any-pod" for result in sound.results) >= 5


def test_nothing_is_shut_without_policies(sound: Report) -> None:
    """No property but the requirements holds whatever the policies say."""
    report = run(*(file for file in MANIFESTS if not file.name.endswith("-policies.yaml")))

    required = {result.name for result in sound.results if isinstance(result.prop.statement, Require)}
    assert refuted(report) == {result.name for result in sound.results} - required


def test_nothing_works_when_everything_is_denied(sound: Report, tmp_path: Path) -> None:
    """Each requirement needs some rule, and nothing else does."""
    for file in MANIFESTS:
        kept = file.read_text("utf-8")
        if file.name.endswith("-policies.yaml"):
            kept = kept.partition("---")[0]
            assert "name: default-deny" in kept
        (tmp_path / file.name).write_text(kept, "utf-8")

    report = run(tmp_path)

    required = {result.name for result in sound.results if isinstance(result.prop.statement, Require)}
    assert refuted(report) == required | {"the node agents too are denied by default"}


def test_default_deny_is_not_the_only_policy_that_isolates_data(tmp_path: Path) -> None:
    for file in MANIFESTS:
        shutil.copy(file, tmp_path)
    changed = tmp_path / "data-policies.yaml"
    first, _, rest = changed.read_text("utf-8").partition("---\n")
    assert "  name: default-deny\n" in first
    changed.write_text(rest, "utf-8")

    assert refuted(run(tmp_path)) == KNOWN_GAPS


def test_of_many_policies_that_would_do_every_run_names_the_same() -> None:
    command = [sys.executable, "-m", "verifier", "--only", "every pod is denied by default"]
    shown = {
        subprocess.run(
            [*command, str(SHOP / "properties.yaml")],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }

    assert len(shown) == 1
    assert b"rests on" in shown.pop()


def test_six_properties_hinge_on_where_the_addresses_are(tmp_path: Path) -> None:
    text = (SHOP / "properties.yaml").read_text("utf-8")
    bare, count = re.subn(r"  network:\n(    .*\n)+", "", text)
    assert count == 1
    (tmp_path / "properties.yaml").write_text(bare, "utf-8")

    report = check(str(tmp_path / "properties.yaml"), manifests=[str(SHOP / "manifests")])

    assert sum(not result.met for result in report.results) == 6


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_a_mistake_refutes_what_the_walk_through_names(breakage: str, sound: Report) -> None:
    (changed,) = (SHOP / "breakages" / breakage).iterdir()
    kept = [file for file in MANIFESTS if file.name != changed.name]
    assert len(kept) == len(MANIFESTS) - 1

    report = run(*kept, changed)

    assert refuted(report) - KNOWN_GAPS == BREAKAGES[breakage]
    assert report.exit_code == 1
    (section,) = (text for text in WALK.read_text("utf-8").split("\n### ") if f"```diff {breakage}" in text)
    section = " ".join(section.partition("\n## ")[0].split())
    named = {one.name for one in sound.results if re.search(f"[`'\"]{re.escape(one.name)}[`'\"]", section)}
    assert named == BREAKAGES[breakage]


def test_every_breakage_is_told() -> None:
    assert {folder.name for folder in (SHOP / "breakages").iterdir()} == set(BREAKAGES)
    assert [name for name, _ in DIFF.findall(WALK.read_text("utf-8"))] == list(BREAKAGES)


def test_the_walk_through_shows_what_is_printed(
    update_golden: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(SHOP, tmp_path / "examples" / "shop")
    monkeypatch.chdir(tmp_path)
    text = WALK.read_text("utf-8")

    actual = CONSOLE.sub(lambda block: replayed(block.group()), text)
    actual = DIFF.sub(lambda block: f"{block.group(1)}\n{difference(block.group(1))}", actual)

    if update_golden:
        WALK.write_text(actual, "utf-8")
    assert actual.count("\n$ verify ") == 7
    assert actual == WALK.read_text("utf-8")


def replayed(block: str) -> str:
    """Return the block with the output of each of its commands, run in the working directory."""
    shown = ""
    for line in block.splitlines(keepends=True):
        if line.startswith("$ "):
            shown += line + output(*shlex.split(line)[1:])
    return shown


def output(program: str, *arguments: str) -> str:
    match program, *arguments:
        case "verify", *rest:
            return CliRunner().invoke(app, rest).output
        case "cp", "-r", source, target:
            shutil.copytree(source, target)
            return ""
        case "cp", source, target:
            assert Path(source).read_bytes() != (Path(target) / Path(source).name).read_bytes()
            shutil.copy(source, target)
            return ""
    raise AssertionError(f"not a command of the walk-through: {program}")


def difference(breakage: str) -> str:
    (changed,) = (SHOP / "breakages" / breakage).iterdir()
    before, after = SHOP / "manifests" / changed.name, changed
    lines = difflib.unified_diff(
        before.read_text("utf-8").splitlines(keepends=True),
        after.read_text("utf-8").splitlines(keepends=True),
        before.relative_to(SHOP).as_posix(),
        after.relative_to(SHOP).as_posix(),
        n=2,
    )
    return "".join(lines)
