"""What all reports for programs share: one JSON object, versioned; the same input, the same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from importlib.metadata import version as distribution_version
from typing import Any, TextIO

from verifier.diagnostics import Diagnostic
from verifier.render.places import diagnostic


def write_object(data: Mapping[str, Any], out: TextIO) -> None:
    """Write one object to `out`, in ASCII."""
    json.dump(data, out, indent=2, ensure_ascii=True)
    out.write("\n")


def head(schema: str, faults: Iterable[Diagnostic] = ()) -> dict[str, Any]:
    """Return what a report begins with; `faults` of the input, where there is nothing to report."""
    return {
        "schema": schema,
        "tool": {"name": "netqed", "version": distribution_version("netqed")},
        "diagnostics": [diagnostic(fault) for fault in faults],
    }
