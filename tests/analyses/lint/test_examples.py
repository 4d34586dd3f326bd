"""Every rule finds its example's fault, and nothing once it is mended; the documentation shows the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.analyses.lint.told import ids, linted
from verifier.analyses.lint.examples import EXAMPLES
from verifier.analyses.lint.finding import Level, Rule
from verifier.analyses.lint.registry import CHECKS, RULES
from verifier.analyses.lint.waived import RULES as ABOUT_WAIVERS
from verifier.linter import Choice
from verifier.render.rule_pages import rule_page, rule_table

ROOT = Path(__file__).resolve().parents[3]
PAGES = ROOT / "docs" / "rules"
ABOUT_POLICIES = [rule for rule in RULES if rule not in ABOUT_WAIVERS]
TABLE = "<!-- rules: written by the tests -->\n"


def name_of(rule: Rule) -> str:
    return rule.id


def test_every_rule_has_a_check_and_an_example() -> None:
    assert len(RULES) == len({rule.id for rule in RULES})
    assert set(EXAMPLES) == {rule.id for rule in ABOUT_POLICIES}
    assert {rule.id for check in CHECKS for rule in check.rules} == set(EXAMPLES)
    assert all(rule.why.endswith(".") and rule.fix.endswith(".") for rule in RULES)
    assert not any(rule.summary.endswith(".") for rule in RULES)


@pytest.mark.parametrize("rule", ABOUT_POLICIES, ids=name_of)
def test_the_fault_is_found_and_is_gone_when_mended(rule: Rule, tmp_path: Path) -> None:
    choice = Choice(select=(rule.id,))

    assert set(ids(linted(tmp_path, EXAMPLES[rule.id].found, choice))) == {rule.id}
    assert ids(linted(tmp_path, EXAMPLES[rule.id].mended, choice)) == []


@pytest.mark.parametrize("rule", [r for r in ABOUT_POLICIES if not r.on_request], ids=name_of)
def test_nothing_else_is_found_in_an_example(rule: Rule, tmp_path: Path) -> None:
    choice = Choice(level=Level.WARNING)

    found = ids(linted(tmp_path, EXAMPLES[rule.id].found, choice))

    assert set(found) - {rule.id} == set()
    assert ids(linted(tmp_path, EXAMPLES[rule.id].mended, choice)) == []


@pytest.mark.parametrize("rule", RULES, ids=name_of)
def test_the_page_of_a_rule_is_what_the_program_prints(rule: Rule, update_golden: bool) -> None:
    page = PAGES / f"{rule.id}.md"
    if update_golden:
        page.parent.mkdir(exist_ok=True)
        page.write_text(rule_page(rule), "utf-8")

    assert page.read_text("utf-8") == rule_page(rule)


def test_there_is_no_page_without_its_rule() -> None:
    assert {page.stem for page in PAGES.glob("*.md")} == {rule.id for rule in RULES}


def test_the_table_of_the_rules(update_golden: bool) -> None:
    document = ROOT / "docs" / "lint.md"
    before, mark, after = document.read_text("utf-8").partition(TABLE)
    assert mark
    kept, mark, rest = after.partition("<!-- end of the rules -->")
    assert mark
    if update_golden:
        document.write_text(f"{before}{TABLE}\n{rule_table()}\n{mark}{rest}", "utf-8")
        kept = f"\n{rule_table()}\n"

    assert kept == f"\n{rule_table()}\n"


def test_a_namespace_that_every_cluster_has_need_not_be_shown(tmp_path: Path) -> None:
    by_label = EXAMPLES["unmatched-namespace"].found
    by_name = by_label.replace("team: billing", "kubernetes.io/metadata.name: kube-system")
    elsewhere = by_name.replace("kube-system", "billing")
    choice = Choice(level=Level.INFO, select=("unmatched-namespace",))

    assert by_label != by_name
    assert [ids(linted(tmp_path, text, choice)) for text in (by_name, elsewhere)] == [
        [],
        ["unmatched-namespace"],
    ]
