"""One YAML document to plain data, straight from the parser's events: no node objects, no recursion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from verifier.diagnostics import one_line
from verifier.source.mistakes import bad_key, bad_merge, explain, refuse_at
from verifier.source.refusals import MAX_DEPTH, RefusalError, ignored_document
from verifier.source.scalars import MERGE, ScalarError, as_key
from verifier.source.tables import Built, Tables

# What aliases may add, as kubectl limits it: nearly all of a small document, a tenth of a large one.
_SMALL, _SMALL_SHARE = 400_000, 0.99
_LARGE, _LARGE_SHARE = 4_000_000, 0.10


class EventSource(Protocol):
    """What is needed of a YAML parser: the C one, or where libyaml is missing the Python one."""

    def get_event(self) -> Event | None:
        """Return the next event; raise `yaml.YAMLError` where the text is no YAML."""


def open_parser(text: bytes) -> EventSource:
    """Return a parser that stands at the start of `text`; may raise `yaml.YAMLError` at once."""
    return yaml.CSafeLoader(text) if yaml.__with_libyaml__ else yaml.SafeLoader(text)


@dataclass(slots=True)
class _Anchored:
    value: Any
    nodes: int = 0  # 0 while the value is still being read


class _Aliases:
    """The anchors of one document, and how many nodes it has when each alias is written out."""

    __slots__ = ("added", "anchors")

    def __init__(self) -> None:
        self.anchors: dict[str, _Anchored] = {}
        self.added = 0

    def open(self, anchor: str, container: Any) -> _Anchored:
        """Return the entry of an anchored container, whose nodes are to be set once it has been read."""
        self.anchors[anchor] = entry = _Anchored(container)
        return entry

    def follow(self, event: AliasEvent, nodes: int) -> _Anchored:
        """Return what the alias stands for; `nodes` is the number of nodes so far, the alias included."""
        anchor = event.anchor or ""
        name, target = one_line(anchor, 40), self.anchors.get(anchor)
        if target is None:
            message = f"found alias `*{name}`, but no `&{name}` before it in this document"
            raise refuse_at(
                event, "unknown-anchor", message, "define the anchor, or quote the text if it is no alias"
            )
        if not target.nodes:
            message = f"found alias `*{name}` inside the value of `&{name}`"
            raise refuse_at(event, "recursive-alias", message, "write the value out")
        self.added += target.nodes
        total = nodes + target.nodes
        slope = (_SMALL_SHARE - _LARGE_SHARE) / (_LARGE - _SMALL)
        share = max(_LARGE_SHARE, min(_SMALL_SHARE, _SMALL_SHARE - slope * (total - _SMALL)))
        if self.added > 100 and total > 1000 and self.added / total > share:
            message = f"found aliases that stand for {self.added} of {total} values, more than kubectl reads"
            raise refuse_at(event, "too-many-aliases", message, "write the values out")
        return target


def read(text: bytes, tables: Tables) -> Built | None:
    """Return the document that `text` is, or None where there is none but comments.

    Raises:
        RefusalError: kubectl would not read it, or not all of it; its lines count from 0 in `text`.
    """
    try:
        return build(open_parser(text), tables)
    except (RefusalError, yaml.YAMLError) as error:
        raise explain(error, text.decode("utf-8")) from None


def build(parser: EventSource, tables: Tables) -> Built | None:
    """Return the document that `parser` reads, or None where there is none but comments.

    Values behind aliases are shared, not copied. Nesting is bounded by MAX_DEPTH.

    Raises:
        RefusalError: kubectl would not read it, or not all of it.
        yaml.YAMLError: the text is no YAML.
    """
    if not start(parser):
        return None
    built = _build_value(parser, tables)
    while True:
        event = parser.get_event()
        if event is None or isinstance(event, StreamEndEvent):
            return built
        if not isinstance(event, DocumentEndEvent):
            mark = event.start_mark
            raise ignored_document((mark.line, mark.column) if mark else (0, 0))


def start(parser: EventSource) -> bool:
    """Step to the first value; False where there is none."""
    while True:
        event = parser.get_event()
        if isinstance(event, DocumentStartEvent):
            return True
        if not isinstance(event, StreamStartEvent):
            return False


def _build_value(parser: EventSource, tables: Tables) -> Built:
    # The hot loop: names are looked up once. `stack` holds, for each container being read, the container and
    # the key around it, its anchor, and the nodes before it; `key` waits for its value.
    get_event, plain_values, plain_keys, aliases = parser.get_event, tables.values, tables.keys, _Aliases()
    stack: list[tuple[Any, Any, _Anchored | None, int]] = []
    container: Any = []
    in_mapping, suspect, key, nodes = False, False, None, 0
    event: Any = None
    try:
        while True:
            event = get_event()
            kind = event.__class__
            nodes += 1
            if kind is ScalarEvent:
                value: Any = event.value
                if in_mapping and key is None:
                    key = plain_keys[value] if event.tag is None and event.implicit[0] else tables.key(event)
                    suspect = suspect or key in container
                    if event.anchor is not None:
                        aliases.anchors[event.anchor] = _Anchored(tables.value(event), 1)
                    continue
                if event.tag is not None:
                    value = tables.value(event)
                elif event.implicit[0]:
                    value = plain_values[value]
                if event.anchor is not None:
                    aliases.anchors[event.anchor] = _Anchored(value, 1)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                _check_container(event, in_mapping and key is None, len(stack))
                outer, in_mapping = container, kind is MappingStartEvent
                container = {} if in_mapping else []
                anchored = aliases.open(event.anchor, container) if event.anchor is not None else None
                stack.append((outer, key, anchored, nodes - 1))
                key = None
                continue
            elif kind is AliasEvent:
                target = aliases.follow(event, nodes)
                nodes, value = nodes + target.nodes, target.value
                if in_mapping and key is None:
                    key = alias_key(event, value)
                    suspect = suspect or key in container
                    continue
                if key is MERGE and not isinstance(value, dict):
                    raise bad_merge(event)
            else:
                nodes, value = nodes - 1, container
                container, key, anchored, before = stack.pop()
                in_mapping = container.__class__ is dict
                if anchored is not None:
                    anchored.nodes = nodes - before
            if not stack:
                return Built(value, suspect)
            if not in_mapping:
                container.append(value)
            elif key is MERGE:
                suspect, key = _merge(container, value, event) or suspect, None
            else:
                container[key], key = value, None
    except ScalarError as error:
        raise refuse_at(event, error.code, str(error), error.hint) from None


def _check_container(event: Event, as_a_key: bool, depth: int) -> None:
    if as_a_key:
        raise bad_key(event)
    if depth >= MAX_DEPTH:
        raise refuse_at(
            event, "too-deep", f"found more than {MAX_DEPTH} levels of nesting", "flatten the document"
        )


def alias_key(event: AliasEvent, value: Any) -> str:
    """Return the key that an alias for `value` stands for; raise an error where it cannot be one."""
    if isinstance(value, (dict, list)):
        raise bad_key(event)
    return as_key(value)


def _merge(container: dict[str, Any], value: Any, event: Event) -> bool:
    # Written over the keys so far, as kubectl does; in a list, the first mapping wins.
    parts = value[::-1] if isinstance(value, list) else [value]
    size = len(container)
    for part in parts:
        if not isinstance(part, dict):
            raise bad_merge(event)
        container.update(part)
        size += len(part)
    return len(container) != size
