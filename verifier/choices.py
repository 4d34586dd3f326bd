"""What a caller may choose of the readings."""

from __future__ import annotations

from collections.abc import Mapping

from verifier.diagnostics import Diagnostic, InputError, Span, one_line
from verifier.readings import FREE, READINGS


def check_readings(choices: Mapping[str, bool | str]) -> None:
    """Check that each choice is of a reading that there is.

    Raises:
        InputError: one is not.
    """
    rows = {row.name: row for row in READINGS}
    for name, choice in choices.items():
        row = rows.get(name)
        if row is None or (choice != FREE and choice not in row.values):
            message = f"no reading `{one_line(name)}` with the value `{one_line(str(choice))}`"
            raise InputError([Diagnostic("unknown-reading", Span("readings"), message)])
