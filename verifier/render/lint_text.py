"""The lint's report for people: by object, one line for each finding, below it what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TextIO

from verifier.analyses.lint.finding import Finding, Level
from verifier.diagnostics import Span, one_line
from verifier.linter import LintReport, Located
from verifier.manifest.spelling import listed
from verifier.render.page import Page
from verifier.render.words import counted

_STYLES = {Level.ERROR: "red", Level.WARNING: "yellow", Level.INFO: "cyan"}
_LONG = 400


def print_lint(report: LintReport, out: TextIO, *, quiet: bool = False) -> None:
    """Write the report to `out`; `quiet`: no evidence and no advice."""
    page = Page(out)
    for warning in () if quiet else report.warnings:
        page.line("", "warning: ", "yellow", f"{warning.span}: {one_line(warning.message, _LONG)}")
    advised: set[str] = set()
    for name, found in groupby(by_object(report.findings), key=heading):
        page.line("", one_line(name, _LONG), "bold")
        for alike in collapsed(list(found)):
            _print(page, alike, advised, quiet=quiet)
    for text in report.undecided:
        page.line("", "undecided: ", "yellow", one_line(text, _LONG))
    page.line(summary(report))


def _print(page: Page, alike: Sequence[Located], advised: set[str], *, quiet: bool) -> None:
    located = alike[0]
    finding = located.finding
    text = message(finding)
    if not isinstance(finding.place.owner, str):
        text = f"{listed(each.finding.object for each in alike)}: {text}"
    level = finding.rule.level
    page.line(f"  {_place(located.span)}: ", f"{level}[{finding.id}]", _STYLES[level], f": {text}")
    if quiet:
        return
    for each in evidence(located):
        page.line(f"      {each}")
    if finding.fix != finding.rule.fix or finding.id not in advised:
        advised.add(finding.id)
        page.line(f"      help: {one_line(finding.fix, _LONG)}")


def _place(span: Span) -> str:
    return one_line(str(span), 4096)


def message(finding: Finding) -> str:
    """Return what was found, with its place in the object in front."""
    text = one_line(finding.message, _LONG)
    return f"{one_line(finding.part, _LONG)}: {text}" if finding.part else text


def evidence(located: Located) -> Iterator[str]:
    """Yield what a finding rests on, each with its place."""
    for each, span in zip(located.finding.evidence, located.evidence, strict=True):
        yield f"{one_line(each.text, _LONG)}{_at(span)}"


def _at(span: Span | None) -> str:
    return "" if span is None else f" ({_place(span)})"


def heading(located: Located) -> str:
    """Return what a finding stands below: its policy, or the namespace of its workload."""
    owner = located.finding.place.owner
    return owner if isinstance(owner, str) else f"namespace {owner[1]}"


def by_object(found: Iterable[Located]) -> list[Located]:
    """Return findings with those below one heading together, in the order of their first finding."""
    groups: dict[str, list[Located]] = {}
    for located in found:
        groups.setdefault(heading(located), []).append(located)
    return [located for group in groups.values() for located in group]


def collapsed(found: Sequence[Located]) -> Iterator[Sequence[Located]]:
    """Yield findings that are told as one: the same of several workloads."""
    alike: dict[object, list[Located]] = {}
    for number, located in enumerate(found):
        of_policy = isinstance(located.finding.place.owner, str)
        alike.setdefault(number if of_policy else _said(located.finding), []).append(located)
    yield from alike.values()


def _said(finding: Finding) -> tuple[str, str]:
    return finding.id, message(finding)


def summary(report: LintReport) -> str:
    """Return the last line: how many findings of each level, and what is not told."""
    told = [counted(report.counts[level], str(level)) for level in Level if report.counts[level]]
    hidden = sum(report.counts.values()) - len(report.findings)
    text = ", ".join(told) if told else "nothing found"
    if report.waived:
        text += f"; {len(report.waived)} waived"
    if hidden:
        text += f"; {hidden} not shown (`--level info` shows all)"
    policies = counted(len(report.cluster.policies), "policy")
    if report.cluster.tiers:
        policies = f"{policies} and {counted(len(report.cluster.tiers), 'cluster-wide policy')}"
    return f"{text}: {policies} in {counted(report.files, 'file')}"
