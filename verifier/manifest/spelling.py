"""Misspelt names: which one was meant, which there are, and which only resemble a name that matters."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

from verifier.diagnostics import one_line

_NEAR = 2
_SHORT = 4
_CACHED_NAMES = 4096
_MOST_LISTED = 8


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """Return the one of `known` that `name` was probably meant to be; None if none is near."""
    by_lower_case = {word.lower(): word for word in sorted(known)}
    close = get_close_matches(name.lower(), by_lower_case, n=1)
    return by_lower_case[close[0]] if close else None


def listed(names: Iterable[str]) -> str:
    """Return the names in order, `api`, `cart` and 12 more: the first few, fit for a terminal line."""
    known = sorted(set(names))
    shown = ", ".join(f"`{one_line(name)}`" for name in known[:_MOST_LISTED])
    return shown if len(known) <= _MOST_LISTED else f"{shown} and {len(known) - _MOST_LISTED} more"


def suggestion(name: str, known: Iterable[str]) -> str | None:
    """Return, about a name that nobody bears, which one was probably meant, and which there are."""
    names = set(known)
    guess = did_you_mean(name, names)
    if guess is None:
        return f"there {'are' if len(names) > 1 else 'is'} {listed(names)}" if names else None
    asked = f"did you mean `{one_line(guess)}`?"
    return asked if len(names) == 1 else f"{asked} There are {listed(names)}"


@lru_cache(maxsize=_CACHED_NAMES)
def look_alike(name: str, important: tuple[str, ...]) -> str | None:
    """Return the one of `important` that `name` only resembles: other capitals, or at most two edits away.

    None if `name` is one of `important` itself, or resembles none. Names of up to four letters allow one
    edit.
    """
    if name in important:
        return None
    for word in important:
        if edit_distance(name.lower(), word.lower()) <= (1 if len(word) <= _SHORT else _NEAR):
            return word
    return None


def edit_distance(left: str, right: str) -> int:
    """Return how many letters to add, remove or replace to turn `left` into `right` (Levenshtein)."""
    previous = list(range(len(right) + 1))
    for row, mine in enumerate(left, start=1):
        current = [row]
        for column, theirs in enumerate(right, start=1):
            replaced = previous[column - 1] + (mine != theirs)
            current.append(min(previous[column] + 1, current[-1] + 1, replaced))
        previous = current
    return previous[-1]
