"""A route into a document, as the API spells field paths."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from verifier.diagnostics import one_line

_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def field_path(route: Sequence[str | int]) -> str:
    """Return `spec.ingress[0].from` for `("spec", "ingress", 0, "from")`.

    Keys that are no plain words stand in brackets: `metadata.labels[app.kubernetes.io/name]`.
    """
    path = ""
    for step in route:
        if isinstance(step, int):
            path += f"[{step}]"
        elif _PLAIN.fullmatch(step):
            path += f".{step}" if path else step
        else:
            path += f"[{one_line(step)}]"
    return path
