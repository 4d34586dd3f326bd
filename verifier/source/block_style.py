"""A fast way through the plainest YAML: block style, one scalar a line, as `kubectl get -o yaml` writes it.

Most manifests hold the same few lines over and over, so what a line says is worked out once. Whatever is not
surely understood (escapes, flow style, block scalars, anchors, tags, tabs, anything that is not ASCII, a key
given twice) is left to the real parser, which then reads the whole document. On every text that is read here
the two agree.
"""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from verifier.source.scalars import MergeKey, PlainKeys, PlainValues, Scalar, ScalarError

MAX_DEPTH: Final = 100
_MOST_LINES: Final = 100_000  # kept in mind; then the memory begins anew
_LONGEST_LINE: Final = 4096

# In a plain scalar a colon is followed, and a `#` preceded, by something else than a space.
_PLAIN = (
    r"(?:[A-Za-z0-9_./~+$(]|--?(?=[A-Za-z0-9])|:(?=[!-~]))"
    r"(?:[!-\"$-9;-~]|:(?=[!-~])|(?<=[!-~])\#|\x20+(?=[!-\"$-9;-~]|:[!-~]))*"
)
_VALUE = rf"'[\x20-&(-~]*'|\"[\x20!#-\[\]-~]*\"|\{{\}}|\[\]|{_PLAIN}"
_ENTRY: Final = re.compile(
    rf"(\x20*)(-\x20+)?(?:([A-Za-z_][A-Za-z0-9_./-]{{0,250}}):(?:\x20+({_VALUE}))?|({_VALUE}))"
)
_NOTHING: Final = re.compile(r"\x20*(?:#[\x20-~]*)?")


class NotPlainError(Exception):
    """The text is not of the style that is read here; nothing is said of whether it is YAML."""


class _Line(NamedTuple):
    """What a line says. `inner`: where a mapping begins that stands behind a dash; `opens`: no value yet."""

    indent: int
    dash: bool
    inner: int
    key: str | None
    value: Any
    opens: bool


_BLANK: Final = _Line(-1, False, 0, None, None, False)


class Lines(dict[str, _Line]):
    """What each line means, worked out once for all documents of a file."""

    def __init__(self, values: PlainValues, keys: PlainKeys) -> None:
        self._values, self._keys = values, keys

    def __missing__(self, line: str) -> _Line:
        if len(self) == _MOST_LINES:
            self.clear()
        found = self[line] = self._read(line)
        return found

    def _read(self, line: str) -> _Line:
        if len(line) > _LONGEST_LINE:
            raise NotPlainError
        entry = _ENTRY.fullmatch(line)
        if entry is None:
            if _NOTHING.fullmatch(line):
                return _BLANK
            raise NotPlainError
        spaces, dash, written, value, item = entry.groups()
        key: str | MergeKey | None = None
        try:
            if written is not None:
                key = self._keys[written]
            meant = self._value(item if value is None else value)
        except ScalarError:
            raise NotPlainError from None
        if isinstance(key, MergeKey) or (key is None and dash is None):
            raise NotPlainError
        indent = len(spaces)
        opens = value is None and item is None
        return _Line(indent, dash is not None, indent + len(dash or ""), key, meant, opens)

    def _value(self, text: str | None) -> Scalar | dict[str, Any] | list[Any]:
        if text is None:
            return None
        match text[0]:
            case "'" | '"':
                return text[1:-1]
            case "{":
                return {}
            case "[":
                return []
        return self._values[text]


def read_block_style(text: str, lines: Lines) -> dict[str, Any]:
    """Return the mapping that `text`, one document, stands for; empty where there is nothing in it.

    Raises:
        NotPlainError: the real parser has to read it.
    """
    # The hot loop. `stack` holds the containers around this one and where they stand; `waiting` is a key
    # whose value begins on a later line, or is null.
    root: dict[str, Any] = {}
    stack: list[tuple[Any, int]] = []
    container: Any = root
    here, waiting = 0, None
    for indent, dash, inner, key, value, opens in map(lines.__getitem__, text.split("\n")):
        if indent < 0:
            continue
        if waiting is not None:
            if indent > here or (dash and indent == here):
                deeper: Any = [] if dash else {}
                container[waiting] = deeper
                stack.append((container, here))
                container, here = deeper, indent
            else:
                container[waiting] = None
            waiting = None
        while indent < here or (indent == here and not dash and container.__class__ is list):
            container, here = stack.pop()
        if indent != here or dash is not (container.__class__ is list):
            raise NotPlainError
        if dash:
            if key is None:
                container.append(value)
                continue
            item: dict[str, Any] = {}
            container.append(item)
            stack.append((container, here))
            container, here = item, inner
        if key in container or len(stack) > MAX_DEPTH:
            raise NotPlainError
        if opens:
            waiting = key
        else:
            container[key] = value
    if waiting is not None:
        container[waiting] = None
    return root
