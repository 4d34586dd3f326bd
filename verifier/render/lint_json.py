"""The lint's report for programs: one JSON object, versioned."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TextIO

from verifier.diagnostics import Diagnostic
from verifier.linter import LintReport, Located
from verifier.render.json_object import head, write_object
from verifier.render.places import diagnostic, location

SCHEMA = "netqed.dev/lint/v1"


def print_lint_json(report: LintReport, out: TextIO) -> None:
    """Write the report to `out`. The same input gives the same bytes."""
    write_object(lint_report(report), out)


def print_lint_faults(faults: Iterable[Diagnostic], out: TextIO) -> None:
    """Write the report of a run whose input is at fault: nothing was looked for."""
    write_object({**head(SCHEMA, faults), "findings": []}, out)


def lint_report(report: LintReport) -> dict[str, Any]:
    """Return the report as plain data."""
    cluster, choice = report.cluster, report.choice
    return {
        **head(SCHEMA),
        "inputs": {
            "files": report.files,
            "documents": cluster.documents,
            "namespaces": len(cluster.population.namespaces),
            "workloads": len(cluster.population.workloads),
            "policies": len(cluster.policies),
            "clusterWidePolicies": len(cluster.tiers),
            "unmodelled": len(cluster.unmodelled),
        },
        "level": choice.level,
        "failOn": choice.fail_on,
        "summary": {
            **{str(level): count for level, count in report.counts.items()},
            "waived": len(report.waived),
            "shown": len(report.findings),
        },
        "warnings": [diagnostic(warning) for warning in report.warnings],
        "findings": [_finding(located) for located in report.findings],
        "waived": [_finding(located) for located in report.waived],
        "undecided": list(report.undecided),
    }


def _finding(located: Located) -> dict[str, Any]:
    finding, waiver = located.finding, located.waiver
    found: dict[str, Any] = {
        "id": finding.id,
        "level": finding.rule.level,
        "world": finding.claimed_for,
        "object": finding.object,
        "part": finding.part or None,
        "location": location(located.span),
        "message": finding.message,
        "evidence": [
            {"text": each.text, "location": None if span is None else location(span)}
            for each, span in zip(finding.evidence, located.evidence, strict=True)
        ],
        "fix": finding.fix,
    }
    if waiver is not None:
        found["waiver"] = {
            "reason": waiver.reason,
            "expires": waiver.expires.isoformat(),
            "location": location(waiver.span),
        }
    return found
