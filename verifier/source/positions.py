"""Where in its text each value of a YAML document stands; worked out only when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from verifier.source.clashes import KeyClash
from verifier.source.refusals import Spot

if TYPE_CHECKING:
    from verifier.source.outline import Outline

Route = Sequence[str | int]


class YamlText:
    """The text of one document of a file, and the outline of it that is made when first asked for."""

    __slots__ = ("_content", "_end", "_first_line", "_outline", "_start")

    def __init__(self, content: bytes, start: int, end: int, first_line: int) -> None:
        self._content = content
        self._start = start
        self._end = end
        self._first_line = first_line
        self._outline: Outline | None = None

    @property
    def place(self) -> tuple[int, int, int]:
        """Where the document begins and ends, and the number of its first line."""
        return self._start, self._end, self._first_line

    def locate(self, route: Route, *, key: bool) -> Spot:
        """Return line and column (from 1) of the value at `route`, of its key, or of the nearest ancestor."""
        place = self._read().root
        spot = place.spot
        for at, step in enumerate(route):
            if isinstance(step, str) and place.keys is not None and step in place.keys:
                key_spot, place = place.keys[step]
                spot = key_spot if key and at == len(route) - 1 else place.spot
            elif isinstance(step, int) and place.items is not None and 0 <= step < len(place.items):
                place = place.items[step]
                spot = place.spot
            else:
                break
        return self._in_file(spot)

    def clashes(self) -> Iterator[KeyClash]:
        """Yield the keys that are given twice, in the order of the text."""
        for kind, name, first, again in self._read().clashes:
            yield KeyClash(kind, name, self._in_file(first), self._in_file(again))

    def _read(self) -> Outline:
        if self._outline is None:
            from verifier.source.events import open_parser
            from verifier.source.outline import Outline

            self._outline = Outline(open_parser(self._content[self._start : self._end]))
        return self._outline

    def _in_file(self, spot: Spot) -> Spot:
        return self._first_line + spot[0], spot[1] + 1
