"""Sets of endpoints as the bits of a number, and what cuts such sets into pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

Key = TypeVar("Key")
Other = TypeVar("Other")
Result = TypeVar("Result")

_CHUNK = 64


def bits_of(indices: Iterable[int], size: int) -> int:
    """Return the set of `indices`, all below `size`."""
    data = bytearray((size >> 3) + 1)
    for index in indices:
        data[index >> 3] |= 1 << (index & 7)
    return int.from_bytes(data, "little")


def bits_or(sets: Iterable[int]) -> int:
    """Return the union of `sets`."""
    found = 0
    for bits in sets:
        found |= bits
    return found


def members(bits: int) -> Iterator[int]:
    """Yield the indices in a set, in ascending order."""
    offset = 0
    while bits:
        skipped = (bits & -bits).bit_length() - 1
        bits >>= skipped
        offset += skipped
        chunk, place = bits & (1 << _CHUNK) - 1, offset
        while chunk:
            low = chunk & -chunk
            yield place + low.bit_length() - 1
            chunk ^= low
        bits >>= _CHUNK
        offset += _CHUNK


def refined(
    pieces: Mapping[Key, int], cuts: Mapping[Other, int], joined: Callable[[Key, Other], Result], rest: Other
) -> dict[Result, int]:
    """Return the pieces cut along `cuts`, which do not overlap; `rest` is the key of what lies in no cut.

    Pieces whose new keys, made by `joined`, are equal become one.
    """
    found: dict[Result, int] = {}
    for key, piece in pieces.items():
        left = piece
        for other, cut in cuts.items():
            inside = left & cut
            if inside:
                left ^= inside
                made = joined(key, other)
                found[made] = found.get(made, 0) | inside
                if not left:
                    break
        if left:
            made = joined(key, rest)
            found[made] = found.get(made, 0) | left
    return found


def renamed(pieces: Mapping[Key, int], made: Callable[[Key], Result]) -> dict[Result, int]:
    """Return the pieces under the keys that `made` gives them; those with equal keys become one."""
    found: dict[Result, int] = {}
    for key, bits in pieces.items():
        new = made(key)
        found[new] = found.get(new, 0) | bits
    return found
