"""Faults become diagnostics: each gets its place in the text and the API's path of its field."""

from __future__ import annotations

from collections.abc import Iterable

from verifier.cluster.model import Origin
from verifier.diagnostics import Diagnostic, InputError, Severity
from verifier.manifest.base import Fault


class Report:
    """The diagnostics found so far; `document` is the number of the document that is being read."""

    def __init__(self) -> None:
        self.document = 0
        self._errors: list[tuple[int, Diagnostic]] = []
        self._warnings: list[tuple[int, Diagnostic]] = []

    def add(self, fault: Fault, origin: Origin, *, severity: Severity = Severity.ERROR) -> None:
        """Note `fault` of the object at `origin`."""
        diagnostic = fault.at(origin.span(*fault.route, key=fault.at_key), severity)
        (self._errors if severity is Severity.ERROR else self._warnings).append((self.document, diagnostic))

    def add_all(
        self, faults: Iterable[Fault], origin: Origin, *, severity: Severity = Severity.ERROR
    ) -> bool:
        """Note `faults` of the object at `origin`; return whether there were any."""
        any_found = False
        for fault in faults:
            self.add(fault, origin, severity=severity)
            any_found = True
        return any_found

    def warnings(self) -> tuple[Diagnostic, ...]:
        """Return the warnings in reading order."""
        return _in_reading_order(self._warnings)

    def raise_errors(self) -> None:
        """Raise InputError with every error in reading order, if there is one."""
        if self._errors:
            raise InputError(_in_reading_order(self._errors))


def _in_reading_order(found: list[tuple[int, Diagnostic]]) -> tuple[Diagnostic, ...]:
    ordered = sorted(found, key=lambda entry: (entry[0], entry[1].span.line, entry[1].span.column))
    return tuple(diagnostic for _, diagnostic in ordered)
