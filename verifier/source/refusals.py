"""Why a text cannot be read, in words for the person who wrote it."""

from __future__ import annotations

import re
from typing import Final

MAX_DEPTH: Final = 256

# Control characters, surrogates, and a byte order mark gone astray: no YAML reader takes them all.
_FORBIDDEN: Final = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|(?<=\n)\ufeff"
)


Spot = tuple[int, int]  # line and column


class RefusalError(Exception):
    """A document cannot be read. `line` and `column` count from 0 within the document's text."""

    def __init__(self, code: str, message: str, hint: str | None = None, at: Spot = (0, 0)) -> None:
        self.code = code
        self.message = message
        self.hint = hint
        self.line, self.column = at
        super().__init__(message)


def ignored_document(at: Spot) -> RefusalError:
    """Return the refusal of text that stands after the end of a document but is no new one."""
    message = "found text after the end of the document, which kubectl would leave out"
    return RefusalError("ignored-document", message, "put a line `---` before it if it is a document", at)


def helm_template(at: Spot) -> RefusalError:
    """Return the refusal of a text that a template engine must fill in first."""
    return RefusalError(
        "helm-template",
        "found `{{`: this is a Helm template and not yet YAML",
        "render the chart first, with `helm template`, and check what comes out",
        at,
    )


def control_character(text: str) -> RefusalError:
    """Return the refusal of the first character of `text` that YAML does not allow, or not there."""
    found = _FORBIDDEN.search(text)
    if found is None:
        return RefusalError("yaml-syntax", "not valid YAML")
    at = (text.count("\n", 0, found.start()), found.start() - text.rfind("\n", 0, found.start()) - 1)
    message = f"found the character U+{ord(found[0]):04X}, which YAML does not allow"
    return RefusalError(
        "control-character", message, "remove it, or write it as an escape in double quotes", at
    )
