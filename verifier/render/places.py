"""Places and diagnostics as plain data, the same in every report."""

from __future__ import annotations

from typing import Any

from verifier.diagnostics import Diagnostic, Span


def diagnostic(said: Diagnostic) -> dict[str, Any]:
    """Return a fault or warning as plain data."""
    return {
        "code": said.code,
        "severity": said.severity,
        "location": location(said.span),
        "field": said.field,
        "message": said.message,
        "help": said.help,
    }


def location(span: Span | None) -> dict[str, Any] | None:
    """Return a place as plain data; line and column are null where the whole file is meant.

    Null for what nobody has written yet.
    """
    if span is None:
        return None
    return {"file": span.file, "line": span.line or None, "column": span.column or None}
