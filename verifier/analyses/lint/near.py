"""Which words are so near to each other that one of them is a slip of the pen."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SHORTEST = 4  # among shorter words one letter tells too many apart
_SEPARATORS = re.compile(r"[-_./]")


def slip_of(word: str, known: Iterable[str]) -> str | None:
    """Return the one of `known` that `word` is a slip of the pen for; None if it is one, or none is near."""
    words = set(known)
    if word in words:
        return None
    return min((other for other in words if is_slip(word, other)), default=None)


def is_slip(word: str, other: str) -> bool:
    """Return whether two words differ in one letter, in two that have changed places, or in capitals alone.

    Digits, and letters that stand by themselves, tell things apart on purpose: `v1` and `v2`, `shard-a` and
    `shard-b`.
    """
    if word == other:
        return False
    if word.lower() == other.lower():
        return True
    if min(len(word), len(other)) < _SHORTEST or abs(len(word) - len(other)) > 1:
        return False
    head = _common(word, other)
    tail = _common(word[head:][::-1], other[head:][::-1])
    mine, theirs = word[head : len(word) - tail], other[head : len(other) - tail]
    if mine == theirs[::-1] and len(mine) == 2:
        return mine.isalpha()
    if max(len(mine), len(theirs)) > 1 or not (mine + theirs).isalpha():
        return False
    return min(_part(word, head), _part(other, head)) > 1


def _common(word: str, other: str) -> int:
    count = 0
    for mine, theirs in zip(word, other, strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def _part(word: str, at: int) -> int:
    """Return how long the part of a compound word is in which position `at` lies."""
    begin = max((found.end() for found in _SEPARATORS.finditer(word, 0, at)), default=0)
    after = _SEPARATORS.search(word, at)
    return (len(word) if after is None else after.start()) - begin
