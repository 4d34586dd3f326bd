"""Waivers hide what somebody has accepted, until a day; the rest of the time they are errors themselves."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.analyses.lint.told import ids
from verifier.diagnostics import InputError
from verifier.exit_code import ExitCode
from verifier.linter import Choice, LintReport, lint

POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  policyTypes: [Ingress]
  ingress:
    - from: []
      ports: [{port: 80}]
    - from: []
      ports: [{port: 443}]
"""
TODAY = date(2027, 3, 1)


def waivers(*entries: str) -> str:
    listed = "".join(f"    - {{{entry}}}\n" for entry in entries)
    return f"apiVersion: netqed.dev/v1\nkind: WaiverSet\nspec:\n  waivers:\n{listed}"


def waived(folder: Path, text: str, choice: Choice | None = None) -> LintReport:
    (folder / "policy.yaml").write_text(POLICY, "utf-8")
    file = folder / "waivers.yaml"
    file.write_text(text, "utf-8")
    return lint(str(folder / "policy.yaml"), choice=choice, waivers=[str(file)], today=TODAY)


BOTH = "id: empty-peer-list, object: shop/web, reason: public, expires: 2027-03-01"


def test_a_waiver_hides_its_findings_on_its_last_day(tmp_path: Path) -> None:
    report = waived(tmp_path, waivers(BOTH))

    assert ids(report) == []
    assert report.exit_code is ExitCode.HELD
    assert [each.finding.part for each in report.waived] == ["ingress[0].from", "ingress[1].from"]
    assert {each.waiver.reason for each in report.waived if each.waiver is not None} == {"public"}


def test_a_waiver_of_one_part_hides_that_part(tmp_path: Path) -> None:
    report = waived(tmp_path, waivers(BOTH.replace("shop/web", "shop/*, part: 'ingress[0].from'")))

    assert [(each.finding.id, each.finding.part) for each in report.findings] == [
        ("empty-peer-list", "ingress[1].from")
    ]
    assert report.exit_code is ExitCode.FAILED


def test_an_expired_waiver_hides_nothing_and_is_told(tmp_path: Path) -> None:
    report = waived(tmp_path, waivers(BOTH.replace("03-01", "02-28")))

    assert sorted(ids(report)) == ["empty-peer-list", "empty-peer-list", "expired-waiver"]
    assert report.exit_code is ExitCode.FAILED


def test_an_expired_waiver_fails_whatever_else_does_not(tmp_path: Path) -> None:
    report = waived(tmp_path, waivers(BOTH.replace("03-01", "02-28")), Choice(fail_on=None))

    assert report.exit_code is ExitCode.FAILED


def test_a_waiver_that_nothing_needs_is_told_where_it_stands(tmp_path: Path) -> None:
    unused = "id: host-bits, object: shop/web, reason: once, expires: 2028-01-01"
    report = waived(tmp_path, waivers(BOTH, unused))

    (told,) = report.findings
    assert told.finding.id == "unused-waiver"
    assert (Path(told.span.file).name, told.span.line) == ("waivers.yaml", 6)
    assert report.exit_code is ExitCode.FAILED


def test_a_waiver_of_a_rule_that_is_not_looked_for_is_not_unused(tmp_path: Path) -> None:
    report = waived(tmp_path, waivers(BOTH), Choice(select=("host-bits",)))

    assert ids(report) == []
    assert report.exit_code is ExitCode.HELD


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (waivers(BOTH.replace("empty-peer-list", "empty-peer-lists")), "unknown-rule"),
        (waivers(BOTH.replace("2027-03-01", "1 March")), "invalid-date"),
        (waivers(BOTH.replace("reason: public", "reason: ' '")), "required"),
        (waivers("id: host-bits, object: shop/web, expires: 2028-01-01"), "required"),
        (waivers(f"{BOTH}, until: never"), "unknown-field"),
        ("apiVersion: netqed.dev/v1\nkind: PropertySet\nspec: {}\n", "not-a-waiver-file"),
    ],
)
def test_a_faulty_waiver_file_is_bad_input(text: str, code: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        waived(tmp_path, text)

    assert [fault.code for fault in raised.value.diagnostics] == [code]
    assert raised.value.diagnostics[0].span.file.endswith("waivers.yaml")
