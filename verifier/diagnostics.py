"""What is wrong with the user's input, tied to the text; and the exceptions that carry it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a diagnostic is: an error ends the run with exit code 2; with a warning the run goes on."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a text. Lines and columns count from 1; line 0 means "the whole file"."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault of the input: `policy.yaml:14:7: error[except-outside-cidr]: spec…: message`.

    `code` is a stable kebab-case word and the heading in docs/diagnostics.md; `field` is the API's field path
    (`spec.ingress[0].from[1].ipBlock.cidr`), `message` says what was found and what was expected, `help` what
    to do about it.
    """

    code: str
    span: Span
    message: str
    help: str | None = None
    field: str | None = None
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        field = f"{self.field}: " if self.field else ""
        return f"{self.span}: {self.severity}[{self.code}]: {field}{self.message}"


class InputError(Exception):
    """The user's input cannot be judged; `diagnostics` holds every fault found, in reading order."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        if not diagnostics:
            raise ValueError("an input error that names no fault would pass for no error at all")
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n".join(str(diagnostic) for diagnostic in self.diagnostics))


class InternalError(Exception):
    """We are wrong, not the user: the two readings disagree, or the solver answered outside its contract."""


class ProcessDiedError(Exception):
    """A process that worked for this one came to an end of its own."""


def one_line(text: str, limit: int = 120) -> str:
    """Return `text` fit for a terminal line: control and bidi characters escaped, at most `limit` long.

    Every string that comes from a manifest passes through here before it reaches a person.
    """
    shown = "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text[: limit + 1]
    )
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
