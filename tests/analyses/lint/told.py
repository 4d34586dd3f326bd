"""Running the lint on texts, and what it says, short enough to write down by hand."""

from __future__ import annotations

from pathlib import Path

from verifier.analyses.lint.finding import Level
from verifier.linter import Choice, LintReport, lint

EVERYTHING = Choice(level=Level.INFO)


def linted(folder: Path, text: str, choice: Choice = EVERYTHING) -> LintReport:
    """Return the report on one text, kept as a file in `folder`."""
    file = folder / "manifests.yaml"
    file.write_text(text, "utf-8")
    return lint(str(file), choice=choice)


def ids(report: LintReport) -> list[str]:
    """Return the ids of all findings, in reading order."""
    return [located.finding.id for located in report.findings]


def lines(report: LintReport, rule: str) -> list[int]:
    """Return the lines at which a rule finds something."""
    return [located.span.line for located in report.findings if located.finding.id == rule]
