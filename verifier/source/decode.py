"""Text to plain data, exactly as kubectl decodes it; every fault of the text with its line and column."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, Protocol, TypeAlias

from verifier.diagnostics import Diagnostic, Severity, Span, one_line
from verifier.source.block_style import Lines, NotPlainError, read_block_style
from verifier.source.clashes import Clash, KeyClash
from verifier.source.json_text import decode_json
from verifier.source.positions import Route, YamlText
from verifier.source.refusals import RefusalError, Spot, control_character, helm_template
from verifier.source.scalars import PlainKeys, PlainValues
from verifier.source.tables import Built, Tables

JsonValue: TypeAlias = "dict[str, JsonValue] | list[JsonValue] | str | int | float | bool | None"

MAX_BYTES: Final = 512 * 1024 * 1024

_SEPARATOR: Final = re.compile(rb"^---([^\n]*)\n?", re.MULTILINE)
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_STRAY_MARK: Final = b"\n" + _BYTE_ORDER_MARK  # YAML readers disagree whether it belongs to the text
_UTF_16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")


class Text(Protocol):
    """What a document keeps of its text: enough to find its values again."""

    def locate(self, route: Route, *, key: bool) -> Spot:
        """Return line and column (from 1) of the value at `route`, of its key, or of the nearest ancestor."""

    def clashes(self) -> Iterator[KeyClash]:
        """Yield the keys that are given twice, in the order of the text."""

    @property
    def place(self) -> tuple[int, ...]:
        """Where in its file the document begins, and what else it takes to find it again."""


class Document:
    """One document of a file: plain data, to be left as it is, since what aliases stand for is shared."""

    __slots__ = ("_data", "file", "text")

    def __init__(self, file: str, data: JsonValue, text: Text) -> None:
        self.file = file
        self.text = text
        self._data = data

    @property
    def data(self) -> JsonValue:
        """What the text stands for."""
        return self._data

    def span(self, route: Sequence[str | int] = (), *, key: bool = False) -> Span:
        """Return where the value at `route` (or its key) stands, or the nearest ancestor that exists."""
        return Span(self.file, *self.text.locate(route, key=key))


def decode(
    content: bytes, file: str, reader: YamlReader | None = None
) -> tuple[list[Document], list[Diagnostic]]:
    """Return the documents of `content`, without the empty ones, and what is wrong with it.

    A file that begins with `{` or `[` is JSON, everything else YAML. Where one document cannot be read, the
    documents before it are returned, and those after it are not looked at. A document with a duplicate key is
    left out. `reader` knows what lines of other files mean.
    """
    found = _unreadable(content)
    if found is not None:
        return [], [_diagnostic(file, found)]
    documents: list[Document] = []
    diagnostics: list[Diagnostic] = []
    with collector_paused():
        for document, faults in _decode(content, file, reader or YamlReader()):
            diagnostics += faults
            if document is not None and all(fault.severity is not Severity.ERROR for fault in faults):
                documents.append(document)
    return documents, diagnostics


@contextmanager
def collector_paused() -> Iterator[None]:
    """Leave the collector out: of millions of new objects and not one cycle it would look through all."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _unreadable(content: bytes) -> RefusalError | None:
    if len(content) > MAX_BYTES:
        message = f"found {len(content)} bytes, expected at most {MAX_BYTES}"
        return RefusalError("too-large", message, "split the file")
    if content.startswith(_UTF_16_MARKS):
        return RefusalError("not-utf-8", "found UTF-16, expected UTF-8", "save the file as UTF-8")
    if b"\0" in content:
        place = content.index(b"\0")
        return RefusalError(
            "binary-file",
            "found a NUL byte, expected text",
            "leave this file out",
            _byte_spot(content, place),
        )
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"found the byte 0x{content[error.start]:02x}, which is not UTF-8"
        return RefusalError("not-utf-8", message, "save the file as UTF-8", _byte_spot(content, error.start))
    return None


def _byte_spot(content: bytes, place: int) -> Spot:
    line_start = content.rfind(b"\n", 0, place) + 1
    return content.count(b"\n", 0, place), len(content[line_start:place].decode("utf-8", "replace"))


def _decode(
    content: bytes, file: str, reader: YamlReader
) -> Iterator[tuple[Document | None, list[Diagnostic]]]:
    try:
        if _beginning(content) == b"{{":
            raise helm_template(_byte_spot(content, content.index(b"{{")))
        if is_json(content):
            for data, text, twice in decode_json(content.decode("utf-8-sig")):
                if data is not None:
                    document = Document(file, data, text)
                    yield document, _faults(document, suspect=twice)
        else:
            yield from _decode_yaml(content, file, reader)
    except RefusalError as refusal:
        yield None, [_diagnostic(file, refusal)]


def is_json(content: bytes) -> bool:
    """Return whether a file is read as JSON."""
    return _beginning(content)[:1] in (b"{", b"[")


def _beginning(content: bytes) -> bytes:
    return content.removeprefix(_BYTE_ORDER_MARK).lstrip()[:2]


def _decode_yaml(
    content: bytes, file: str, reader: YamlReader
) -> Iterator[tuple[Document | None, list[Diagnostic]]]:
    for start, end, first_line in _split(content):
        try:
            built = reader.read(content[start:end])
        except RefusalError as refusal:
            refusal.line += first_line - 1
            raise
        if built is not None and built.data is not None:
            document = Document(file, built.data, YamlText(content, start, end, first_line))
            yield document, _faults(document, suspect=built.suspect)


class YamlReader:
    """Reads documents, which mostly say the same few things."""

    def __init__(self) -> None:
        self._tables = Tables(PlainValues(), PlainKeys())
        self._lines = Lines(self._tables.values, self._tables.keys)

    def read(self, text: bytes) -> Built | None:
        """Return what a document stands for, None for an empty one.

        Raises:
            RefusalError: it is YAML that kubectl does not read, or none at all.
        """
        plain = _block_style(text, self._lines)
        if plain is not None:
            return Built(plain or None, suspect=False)
        text = _whole_lines(text)
        if _STRAY_MARK in text:
            raise control_character(text.decode("utf-8"))
        from verifier.source.events import read  # and with it PyYAML, which block style does without

        return read(text, self._tables)


def _whole_lines(text: bytes) -> bytes:
    # kubectl reads whole lines, and adds the break that a last line lacks.
    return text if text.endswith(b"\n") else text + b"\n"


def _block_style(text: bytes, lines: Lines) -> dict[str, Any] | None:
    """Return what a document of the plainest style stands for, None for any other."""
    try:
        return read_block_style(text.decode("ascii"), lines)
    except (UnicodeDecodeError, NotPlainError):
        return None


def _split(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield start, end, first line of each document; as for kubectl, a line that begins `---` parts two."""
    start, line = 0, 1
    for separator in _SEPARATOR.finditer(content):
        yield start, separator.start(), line
        line += content.count(b"\n", start, separator.start())
        rest = separator[1].strip()
        if rest and not rest.startswith(b"#"):
            shown = one_line(rest.decode("utf-8"), 40)
            message = f"found `{shown}` after `---`, expected nothing but a comment, as kubectl does"
            raise RefusalError("bad-separator", message, "begin a new line after `---`", (line - 1, 0))
        line += 1
        start = separator.end()
    yield start, len(content), line


def _faults(document: Document, *, suspect: bool) -> list[Diagnostic]:
    faults = [_clash(document.file, clash) for clash in document.text.clashes()] if suspect else []
    data = document.data
    if isinstance(data, dict) and isinstance(data.get("sops"), dict) and "mac" in data["sops"]:  # type: ignore[operator]
        faults.append(
            Diagnostic(
                "sops-encrypted",
                document.span(("sops",), key=True),
                "found a document that SOPS has encrypted",
                "decrypt it first, with `sops --decrypt`",
            )
        )
    return faults


def _clash(file: str, clash: KeyClash) -> Diagnostic:
    name, first = one_line(clash.key, 60), f"line {clash.first[0]}, column {clash.first[1]}"
    span = Span(file, *clash.again)
    if clash.kind is Clash.DUPLICATE:
        message = f"found the key `{name}` twice in one mapping, first on {first}"
        return Diagnostic("duplicate-key", span, message, "keep one of them")
    message = f"found `<<` after the key `{name}` on {first}: kubectl overwrites the key, other tools keep it"
    return Diagnostic("merge-overwrites", span, message, "put `<<` first", severity=Severity.WARNING)


def _diagnostic(file: str, refusal: RefusalError) -> Diagnostic:
    return Diagnostic(
        refusal.code, Span(file, refusal.line + 1, refusal.column + 1), refusal.message, refusal.hint
    )
