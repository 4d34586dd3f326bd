"""The lint's report as Markdown, for a comment on a change."""

from __future__ import annotations

from typing import TextIO

from verifier.diagnostics import one_line
from verifier.linter import LintReport, Located
from verifier.render.lint_text import by_object, evidence, message, summary
from verifier.render.markdown import cell, code_cell


def print_lint_markdown(report: LintReport, out: TextIO) -> None:
    """Write the report to `out`: one table row for each finding, its evidence folded away below."""
    out.write(f"**netqed lint**: {cell(summary(report))}\n")
    if report.findings:
        out.write("\n| level | rule | where | what |\n|---|---|---|---|\n")
    found = by_object(report.findings)
    for located in found:
        out.write(f"{_row(located)}\n")
    resting = [located for located in found if located.evidence]
    if resting:
        out.write("\n<details><summary>what the findings rest on</summary>\n\n")
        for located in resting:
            out.write(f"- {code_cell(located.finding.object)} {cell(message(located.finding))}\n")
            for text in evidence(located):
                out.write(f"  - {cell(text)}\n")
        out.write("\n</details>\n")
    for text in report.undecided:
        out.write(f"\nundecided: {cell(one_line(text, 400))}\n")


def _row(located: Located) -> str:
    finding = located.finding
    what = f"{code_cell(finding.object)} {cell(message(finding))} {cell(one_line(finding.fix, 400))}"
    place = code_cell(one_line(str(located.span), 4096))
    return f"| {finding.rule.level} | {finding.id} | {place} | {what} |"
