"""The lint's report as Markdown, for a comment on a change."""

from __future__ import annotations

from typing import TextIO

from verifier.diagnostics import one_line
from verifier.linter import LintReport, Located
from verifier.render.lint_text import by_object, evidence, message, summary


def print_lint_markdown(report: LintReport, out: TextIO) -> None:
    """Write the report to `out`: one table row for each finding, its evidence folded away below."""
    out.write(f"**netqed lint**: {_cell(summary(report))}\n")
    if report.findings:
        out.write("\n| level | rule | where | what |\n|---|---|---|---|\n")
    found = by_object(report.findings)
    for located in found:
        out.write(f"{_row(located)}\n")
    resting = [located for located in found if located.evidence]
    if resting:
        out.write("\n<details><summary>what the findings rest on</summary>\n\n")
        for located in resting:
            out.write(f"- {_code(located.finding.object)} {_cell(message(located.finding))}\n")
            for text in evidence(located):
                out.write(f"  - {_cell(text)}\n")
        out.write("\n</details>\n")
    for text in report.undecided:
        out.write(f"\nundecided: {_cell(one_line(text, 400))}\n")


def _row(located: Located) -> str:
    finding = located.finding
    what = f"{_code(finding.object)} {_cell(message(finding))} {_cell(one_line(finding.fix, 400))}"
    place = _code(one_line(str(located.span), 4096))
    return f"| {finding.rule.level} | {finding.id} | {place} | {what} |"


def _code(text: str) -> str:
    """A code span whose fence is longer than any run of backticks within; bars would end a table's cell."""
    longest = max((len(run) for run in "".join(c if c == "`" else " " for c in text).split()), default=0)
    fence = "`" * (longest + 1)
    space = " " if "`" in text else ""
    return f"{fence}{space}{text.replace('|', '&#124;')}{space}{fence}"


def _cell(text: str) -> str:
    """Return text that cannot end its cell or become a tag; code spans in it stay."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "&#124;")
