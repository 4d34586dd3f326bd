"""Where in its text each value of a YAML document stands; worked out only when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from yaml.events import AliasEvent, Event, MappingStartEvent, ScalarEvent, SequenceStartEvent

from verifier.source.events import EventSource, Tables, alias_key, open_parser, start
from verifier.source.refusals import Spot
from verifier.source.scalars import MERGE, MergeKey, PlainKeys, PlainValues, Scalar

Route = Sequence[str | int]


class Clash(StrEnum):
    """What can be wrong between the keys of one mapping."""

    DUPLICATE = "duplicate"
    OVERWRITTEN = "overwritten"  # by a `<<` that stands after it


@dataclass(frozen=True, slots=True)
class KeyClash:
    """A key that is given twice; spots count from 1, within the file."""

    kind: Clash
    key: str
    first: Spot
    again: Spot


@dataclass(slots=True)
class _Place:
    """Where a value begins, and the places of what it holds; `scalar` is kept for aliases that are keys."""

    spot: Spot
    keys: dict[str, tuple[Spot, _Place]] | None = None
    items: list[_Place] | None = None
    scalar: Scalar = None


@dataclass(slots=True)
class _Waiting:
    """A container being read: the key that waits for its value, and the keys that are written in it."""

    place: _Place
    key: str | MergeKey | None = None
    key_spot: Spot = (0, 0)
    written: dict[str, Spot] = field(default_factory=dict)


class YamlText:
    """The text of one document of a file, and the outline of it that is made when first asked for."""

    __slots__ = ("_content", "_end", "_first_line", "_outline", "_start")

    def __init__(self, content: bytes, start: int, end: int, first_line: int) -> None:
        self._content = content
        self._start = start
        self._end = end
        self._first_line = first_line
        self._outline: _Outline | None = None

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

    def _read(self) -> _Outline:
        if self._outline is None:
            self._outline = _Outline(open_parser(self._content[self._start : self._end]))
        return self._outline

    def _in_file(self, spot: Spot) -> Spot:
        return self._first_line + spot[0], spot[1] + 1


class _Outline:
    """The places of a document that has been decoded before, so that nothing in it is refused any more."""

    def __init__(self, parser: EventSource) -> None:
        self.clashes: list[tuple[Clash, str, Spot, Spot]] = []
        self._anchors: dict[str | None, _Place] = {}
        self._tables = Tables(PlainValues(), PlainKeys())
        self._stack: list[_Waiting] = []
        start(parser)
        self.root = self._document(parser)

    def _document(self, parser: EventSource) -> _Place:
        while True:
            event = parser.get_event()
            top = self._stack[-1] if self._stack else None
            place: _Place | None
            if isinstance(event, (MappingStartEvent, SequenceStartEvent)):
                mapping = isinstance(event, MappingStartEvent)
                place = _Place(_spot(event), keys={} if mapping else None, items=None if mapping else [])
                self._name(event, place)
                self._stack.append(_Waiting(place))
                continue
            if isinstance(event, (ScalarEvent, AliasEvent)):
                place = self._leaf(event, top)
                if place is None:
                    continue
            else:
                place = self._stack.pop().place
                top = self._stack[-1] if self._stack else None
            if top is None:
                return place
            self._attach(top, place)

    def _leaf(self, event: ScalarEvent | AliasEvent, top: _Waiting | None) -> _Place | None:
        # The place of a value; None where the event is a key, which then waits for its value.
        is_key = top is not None and top.place.keys is not None and top.key is None
        if isinstance(event, AliasEvent):
            place = self._anchors[event.anchor]
            if is_key and top is not None:
                self._wait(top, alias_key(event, place.scalar), _spot(event))
                return None
            return place
        place = _Place(_spot(event))
        if event.anchor is not None:
            place.scalar = self._tables.value(event)
            self._name(event, place)
        if is_key and top is not None:
            self._wait(top, self._tables.key(event), _spot(event))
            return None
        return place

    def _name(self, event: ScalarEvent | MappingStartEvent | SequenceStartEvent, place: _Place) -> None:
        if event.anchor is not None:
            self._anchors[event.anchor] = place

    def _wait(self, top: _Waiting, key: str | MergeKey, spot: Spot) -> None:
        top.key, top.key_spot = key, spot
        if isinstance(key, str):
            if key in top.written:
                self.clashes.append((Clash.DUPLICATE, key, top.written[key], spot))
            top.written.setdefault(key, spot)

    def _attach(self, top: _Waiting, place: _Place) -> None:
        if top.place.keys is None:
            if top.place.items is not None:
                top.place.items.append(place)
            return
        if top.key is MERGE:
            parts = [place] if place.items is None else place.items[::-1]
            merged = {name: entry for part in parts for name, entry in (part.keys or {}).items()}
            top.place.keys.update(merged)
            for name in merged.keys() & top.written.keys():
                self.clashes.append((Clash.OVERWRITTEN, name, top.written[name], top.key_spot))
        elif isinstance(top.key, str):
            top.place.keys[top.key] = (top.key_spot, place)
        top.key = None


def _spot(event: Event) -> Spot:
    mark = event.start_mark
    return (mark.line, mark.column) if mark else (0, 0)
