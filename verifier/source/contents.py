"""What was found to be read: the bytes of each file, not looked at yet, and what went wrong on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from verifier.diagnostics import Diagnostic
from verifier.source.decode import MAX_BYTES, Document, YamlReader, decode


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of one file, and the name it is reported under; `empty` is the fault if it holds nothing."""

    file: str
    content: bytes
    empty: Diagnostic | None = None

    def decoded(self, reader: YamlReader) -> tuple[list[Document], list[Diagnostic]]:
        """Return the documents, and what is wrong with the text."""
        documents, diagnostics = decode(self.content, self.file, reader)
        if self.empty is not None and not documents and not diagnostics:
            diagnostics.append(self.empty)
        return documents, diagnostics


@dataclass(frozen=True, slots=True)
class Contents:
    """All files in reading order, and between them the faults of what could not be opened."""

    found: tuple[Content | Diagnostic, ...]

    @property
    def files(self) -> list[Content]:
        """The files that were opened."""
        return [each for each in self.found if isinstance(each, Content)]

    @property
    def at_fault(self) -> bool:
        """Whether there is something that could not be opened."""
        return len(self.files) < len(self.found)

    def faults(self) -> list[Diagnostic]:
        """Return what could not be opened, and what is wrong with the texts."""
        return [fault for _, faults in self.decoded() for fault in faults]

    def decoded(self, reader: YamlReader | None = None) -> Iterator[tuple[list[Document], list[Diagnostic]]]:
        """Yield the documents of each file, and what is wrong with it; `reader` may know its lines."""
        reader = reader or YamlReader()
        for each in self.found:
            yield each.decoded(reader) if isinstance(each, Content) else ([], [each])


def opened(file: str, content: bytes, empty: Diagnostic | None = None) -> Content | Diagnostic:
    """Return a file that was opened; one that is too large is not held in memory."""
    if len(content) > MAX_BYTES:
        return decode(content, file)[1][0]
    return Content(file, content, empty)
