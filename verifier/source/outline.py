"""The outline of a YAML document: where each of its keys and values begins."""

from __future__ import annotations

from dataclasses import dataclass, field

from yaml.events import AliasEvent, Event, MappingStartEvent, ScalarEvent, SequenceStartEvent

from verifier.source.clashes import Clash
from verifier.source.events import EventSource, alias_key, start
from verifier.source.refusals import Spot
from verifier.source.scalars import MERGE, MergeKey, PlainKeys, PlainValues, Scalar
from verifier.source.tables import Tables


@dataclass(slots=True)
class Place:
    """Where a value begins, and the places of what it holds; `scalar` is kept for aliases that are keys."""

    spot: Spot
    keys: dict[str, tuple[Spot, Place]] | None = None
    items: list[Place] | None = None
    scalar: Scalar = None


@dataclass(slots=True)
class _Waiting:
    """A container being read: the key that waits for its value, and the keys that are written in it."""

    place: Place
    key: str | MergeKey | None = None
    key_spot: Spot = (0, 0)
    written: dict[str, Spot] = field(default_factory=dict)


class Outline:
    """The places of a document that has been decoded before, so that nothing in it is refused any more."""

    def __init__(self, parser: EventSource) -> None:
        self.clashes: list[tuple[Clash, str, Spot, Spot]] = []
        self._anchors: dict[str | None, Place] = {}
        self._tables = Tables(PlainValues(), PlainKeys())
        self._stack: list[_Waiting] = []
        start(parser)
        self.root = self._document(parser)

    def _document(self, parser: EventSource) -> Place:
        while True:
            event = parser.get_event()
            top = self._stack[-1] if self._stack else None
            place: Place | None
            if isinstance(event, (MappingStartEvent, SequenceStartEvent)):
                mapping = isinstance(event, MappingStartEvent)
                place = Place(_spot(event), keys={} if mapping else None, items=None if mapping else [])
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

    def _leaf(self, event: ScalarEvent | AliasEvent, top: _Waiting | None) -> Place | None:
        # The place of a value; None where the event is a key, which then waits for its value.
        is_key = top is not None and top.place.keys is not None and top.key is None
        if isinstance(event, AliasEvent):
            place = self._anchors[event.anchor]
            if is_key and top is not None:
                self._wait(top, alias_key(event, place.scalar), _spot(event))
                return None
            return place
        place = Place(_spot(event))
        if event.anchor is not None:
            place.scalar = self._tables.value(event)
            self._name(event, place)
        if is_key and top is not None:
            self._wait(top, self._tables.key(event), _spot(event))
            return None
        return place

    def _name(self, event: ScalarEvent | MappingStartEvent | SequenceStartEvent, place: Place) -> None:
        if event.anchor is not None:
            self._anchors[event.anchor] = place

    def _wait(self, top: _Waiting, key: str | MergeKey, spot: Spot) -> None:
        top.key, top.key_spot = key, spot
        if isinstance(key, str):
            if key in top.written:
                self.clashes.append((Clash.DUPLICATE, key, top.written[key], spot))
            top.written.setdefault(key, spot)

    def _attach(self, top: _Waiting, place: Place) -> None:
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
