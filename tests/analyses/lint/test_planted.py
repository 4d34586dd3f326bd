"""Faults planted in the examples are found, at the right line, and nothing else is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.analyses.lint.planted import SELECTED, SHOP, Planted
from tests.analyses.lint.planted_elsewhere import ELSEWHERE
from tests.analyses.lint.planted_tiers import SELECTORS, TIERS
from verifier.analyses.lint.finding import Level
from verifier.analyses.lint.registry import RULES
from verifier.analyses.lint.waived import RULES as ABOUT_WAIVERS
from verifier.linter import Choice, Located, lint

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
LEVELS = {rule.id: rule.level for rule in RULES}
MARK = "# <-"
PLANTED = (*SELECTED, *ELSEWHERE, *TIERS, *SELECTORS)
# Found elsewhere than in the file that was changed.
OTHER_FILE = {"unprotected-ingress": "pods.yaml", "unprotected-egress": "payments.yaml"}


def told(folder: Path, choice: Choice) -> set[tuple[str, str, int]]:
    return {seen(located) for located in lint(str(folder), choice=choice).findings}


def seen(located: Located) -> tuple[str, str, int]:
    return located.finding.id, Path(located.span.file).name, located.span.line


def choice_for(rule: str) -> Choice:
    return Choice() if LEVELS[rule] is not Level.INFO else Choice(select=(rule,))


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.rule)
def test_a_planted_fault_is_found_and_nothing_else(planted: Planted, tmp_path: Path) -> None:
    source = EXAMPLES / planted.folder
    folder = tmp_path / "manifests"
    shutil.copytree(source, folder)
    changed = folder / planted.file
    choice = choice_for(planted.rule)
    before = told(folder, choice)
    text = planted.applied(changed.read_text("utf-8"))
    changed.write_text(text, "utf-8")

    after = told(folder, choice)

    found = {each for each in after if each[0] not in {id_ for id_, *_ in before} or each not in before}
    assert {id_ for id_, *_ in found} == {planted.rule} | planted.also
    marked = [number for number, line in enumerate(text.splitlines(), start=1) if MARK in line]
    found = {each for each in found if each[0] == planted.rule}
    if marked:
        assert found == {(planted.rule, planted.file, marked[0])}
    else:
        assert {file for _, file, _ in found} == {OTHER_FILE.get(planted.rule, planted.file)}


def test_the_shop_has_no_fault() -> None:
    assert told(EXAMPLES / SHOP, Choice()) == set()


def test_every_kind_is_planted() -> None:
    # A namespace that is wide open is what `patterns/default-open` is.
    kinds = {rule.id for rule in RULES if rule not in ABOUT_WAIVERS} - {"open-namespace"}

    assert {planted.rule for planted in PLANTED} == kinds
    assert len(told(EXAMPLES / "patterns/default-open/manifests", Choice(select=("open-namespace",)))) > 0
