"""Documents of a file that was decoded before: read anew only where somebody looks at them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial

from verifier.source.contents import Content
from verifier.source.decode import Document, JsonValue, Text, YamlReader, is_json
from verifier.source.json_text import JsonText, Lines, decode_json
from verifier.source.positions import YamlText


class Decoded:
    """A file in which nothing is at fault, and the places at which its documents were."""

    def __init__(self, content: Content) -> None:
        self._file = content.file
        self._content = content.content
        self._is_json = is_json(content.content)

    def document(self, place: Sequence[int]) -> Document:
        """Return the document whose text was at `place`."""
        if self._is_json:
            (start,) = place
            text = JsonText(self._json, start, self._lines)
            return _LaterDocument(self._file, partial(self._read_json, start), text)
        start, end, first_line = place
        yaml = YamlText(self._content, start, end, first_line)
        return _LaterDocument(self._file, partial(self._read_yaml, start, end), yaml)

    @cached_property
    def _json(self) -> str:
        return self._content.decode("utf-8-sig")

    @cached_property
    def _lines(self) -> Lines:
        return Lines(self._json)

    @cached_property
    def _reader(self) -> YamlReader:
        return YamlReader()

    def _read_json(self, start: int) -> JsonValue:
        data: JsonValue
        data, _, _ = next(decode_json(self._json, start))
        return data

    def _read_yaml(self, start: int, end: int) -> JsonValue:
        built = self._reader.read(self._content[start:end])
        data: JsonValue = None if built is None else built.data
        return data


class _LaterDocument(Document):
    """A document whose data is read when somebody asks for it."""

    __slots__ = ("_read",)

    def __init__(self, file: str, read: Callable[[], JsonValue], text: Text) -> None:
        super().__init__(file, None, text)
        self._read: Callable[[], JsonValue] | None = read

    @property
    def data(self) -> JsonValue:
        """What the text stands for."""
        if self._read is not None:
            self._data, self._read = self._read(), None
        return self._data
