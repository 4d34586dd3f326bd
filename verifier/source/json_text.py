"""JSON text to plain data as kubectl decodes it, and where its values stand."""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Any, Final

from verifier.diagnostics import one_line
from verifier.source.clashes import Clash, KeyClash
from verifier.source.positions import Route
from verifier.source.refusals import MAX_DEPTH, RefusalError, Spot
from verifier.source.scalars import as_number

_BREAK: Final = re.compile(r"\n")
_BLANK: Final = re.compile(r"[ \t\n\r]*")
_TOKEN: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],]')
_NUMBER_TOKEN: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|-?Infinity|NaN|[-+.0-9eE]+')
_SURROGATE_ESCAPE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_DECODER: Final = json.JSONDecoder()


class _NotANumberError(ValueError):
    """A number that JSON's reader takes and kubectl does not."""


class Lines:
    """Where the lines of a text begin."""

    __slots__ = ("_breaks", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._breaks: list[int] | None = None  # found when first asked for

    def spot(self, place: int) -> Spot:
        """Return line and column, from 0, of the character at `place`."""
        if self._breaks is None:
            self._breaks = [found.start() for found in _BREAK.finditer(self._text)]
        line = bisect_left(self._breaks, place)
        return line, place - (self._breaks[line - 1] + 1 if line else 0)


class JsonText:
    """The text of a file of JSON, and where one of its values begins.

    The keys or items of each container that was looked into are remembered: thousands may be asked for.
    """

    __slots__ = ("_items", "_keys", "_lines", "_start", "_text")

    def __init__(self, text: str, start: int, lines: Lines) -> None:
        self._text = text
        self._start = start
        self._lines = lines
        self._keys: dict[int, dict[str, tuple[int, int]]] = {}
        self._items: dict[int, list[int]] = {}

    @property
    def place(self) -> tuple[int]:
        """Where the value begins."""
        return (self._start,)

    def locate(self, route: Route, *, key: bool) -> Spot:
        """Return line and column (from 1) of the value at `route`, of its key, or of the nearest ancestor."""
        place = self._start
        spot = place
        for at, step in enumerate(route):
            found = self._key(place, step) if isinstance(step, str) else self._item(place, step)
            if found is None:
                break
            key_place, place = found
            spot = key_place if key and at == len(route) - 1 else place
        return self._in_file(spot)

    def clashes(self) -> Iterator[KeyClash]:
        """Yield the keys that are given twice, in the order of the text."""
        stack: list[dict[str, int] | None] = []
        key_comes = False
        for found in _TOKEN.finditer(self._text, self._start):
            mark = found[0]
            if mark[0] == '"':
                keys = stack[-1] if stack else None
                if key_comes and keys is not None:
                    name = json.loads(mark)
                    if name in keys:
                        first, again = self._in_file(keys[name]), self._in_file(found.start())
                        yield KeyClash(Clash.DUPLICATE, name, first, again)
                    keys.setdefault(name, found.start())
                key_comes = False
                continue
            if mark in "{[":
                stack.append({} if mark == "{" else None)
            elif mark in "}]":
                stack.pop()
                if not stack:
                    return
            key_comes = mark in "{," and bool(stack) and stack[-1] is not None

    def _key(self, place: int, name: str) -> tuple[int, int] | None:
        if self._text[place] != "{":
            return None
        if place not in self._keys:
            self._keys[place] = dict(self._entries(place))
        return self._keys[place].get(name)

    def _entries(self, place: int) -> Iterator[tuple[str, tuple[int, int]]]:
        place = self.skip_blank(place + 1)
        while self._text[place] != "}":
            name, end = _DECODER.raw_decode(self._text, place)
            value = self.skip_blank(self.skip_blank(end) + 1)
            yield name, (place, value)
            place = self._next(value)

    def _item(self, place: int, index: int) -> tuple[int, int] | None:
        if self._text[place] != "[":
            return None
        if place not in self._items:
            self._items[place] = list(self._places(place))
        items = self._items[place]
        return (items[index], items[index]) if 0 <= index < len(items) else None

    def _places(self, place: int) -> Iterator[int]:
        place = self.skip_blank(place + 1)
        while self._text[place] != "]":
            yield place
            place = self._next(place)

    def _next(self, value: int) -> int:
        end = self.skip_blank(_DECODER.raw_decode(self._text, value)[1])
        return self.skip_blank(end + 1) if self._text[end] == "," else end

    def skip_blank(self, place: int) -> int:
        """Return the first place from `place` on that holds no blank."""
        found = _BLANK.match(self._text, place)
        return found.end() if found else place

    def _in_file(self, place: int) -> Spot:
        line, column = self._lines.spot(place)
        return line + 1, column + 1


def spot_of(text: str, place: int) -> Spot:
    """Return line and column, from 0, of the character at `place`."""
    return text.count("\n", 0, place), place - text.rfind("\n", 0, place) - 1


def decode_json(text: str, start: int = 0) -> Iterator[tuple[Any, JsonText, bool]]:
    """Yield each value of `text` from `start` on, with where it stands, and whether a key in it stands twice.

    Args:
        start: other than 0 only in a text that was read from its beginning before.

    Raises:
        RefusalError: the text is no JSON, or nested deeper than MAX_DEPTH, or what kubectl does not read.
    """
    twice = False

    def as_mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal twice
        built = dict(pairs)
        twice = twice or len(built) != len(pairs)
        return built

    decoder = json.JSONDecoder(
        object_pairs_hook=as_mapping, parse_int=_integer, parse_float=_float, parse_constant=_constant
    )
    if start == 0:
        _check_surrogates(text)
    lines = Lines(text)
    source = JsonText(text, start, lines)
    place = source.skip_blank(start)
    while place < len(text):
        twice = False
        try:
            data, end = decoder.raw_decode(text, place)
        except json.JSONDecodeError as error:
            raise _no_json(error) from None
        except RecursionError:
            raise _too_deep(text, place) from None
        except _NotANumberError as error:
            raise _no_number(text, place, str(error)) from None
        if _depth_exceeds(data, MAX_DEPTH):
            raise _too_deep(text, place)
        yield data, JsonText(text, place, lines), twice
        place = source.skip_blank(end)


def _integer(digits: str) -> int | float:
    if len(digits) < 19:
        return int(digits)
    return _float(digits) if len(digits) > 20 else as_number(int(digits))


def _float(digits: str) -> int | float:
    value = float(digits)
    if not math.isfinite(value):
        raise _NotANumberError(digits)
    return as_number(value)


def _constant(word: str) -> float:
    raise _NotANumberError(word)


def _no_json(error: json.JSONDecodeError) -> RefusalError:
    words = error.msg[:1].lower() + error.msg[1:]
    hint = "a file that begins with `{` or `[` is read as JSON; begin it with a line `---` if it is YAML"
    return RefusalError("json-syntax", f"not valid JSON: {words}", hint, (error.lineno - 1, error.colno - 1))


def _no_number(text: str, place: int, found: str) -> RefusalError:
    at = next((mark.start() for mark in _NUMBER_TOKEN.finditer(text, place) if mark[0] == found), place)
    message = f"found `{one_line(found, 40)}`, expected a finite number"
    return RefusalError("not-a-json-number", message, "quote it if it is meant as text", spot_of(text, at))


def _too_deep(text: str, place: int) -> RefusalError:
    depth = 0
    for mark in _TOKEN.finditer(text, place):
        depth += 1 if mark[0] in "{[" else -1 if mark[0] in "}]" else 0
        if depth > MAX_DEPTH:
            place = mark.start()
            break
    message = f"found more than {MAX_DEPTH} levels of nesting"
    return RefusalError("too-deep", message, "flatten the document", spot_of(text, place))


def _depth_exceeds(data: Any, limit: int) -> bool:
    level = [data] if isinstance(data, (dict, list)) else []
    while level and limit:
        held = [value for one in level for value in (one.values() if one.__class__ is dict else one)]
        level = [value for value in held if value.__class__ is dict or value.__class__ is list]
        limit -= 1
    return bool(level)


def _check_surrogates(text: str) -> None:
    # A lone half of a surrogate pair is no character; kubectl puts U+FFFD in its place, which nobody means.
    if _SURROGATE_ESCAPE.search(text) is None:
        return
    for mark in _TOKEN.finditer(text):
        if mark[0][0] == '"' and _SURROGATE_ESCAPE.search(mark[0]):
            try:
                value = json.loads(mark[0])
            except json.JSONDecodeError:
                return  # reported with its place when the text is decoded
            if _SURROGATE.search(value):
                message = "found an escape `\\ud800` to `\\udfff` that is only half of a character"
                raise RefusalError(
                    "bad-escape", message, "write the character itself", spot_of(text, mark.start())
                )
