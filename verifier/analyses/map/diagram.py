"""Sets of ports that hang on facts: decision diagrams over atoms, each with one of two answers.

A value is a set of ports, as the bits of a number, or a `Node` that asks an atom first. Equal values are one
object, so that what is the same everywhere costs nothing; nothing is known here of what the atoms mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import IntEnum
from typing import NamedTuple


class Kind(IntEnum):
    """What an atom is about, in the order in which atoms are asked."""

    FAMILY = 0
    READING = 1
    POLICIES = 2
    ORDER = 3
    NAMESPACE_LABEL = 4
    NODE_LABEL = 5
    LABEL = 6
    NODE = 7
    SAME_NODE = 8
    ADDRESS = 9
    DOMAIN_NAME = 10
    TOO_MUCH = 11


class Atom(NamedTuple):
    """One question: whether `who` has, for `key`, the value `value`; unused parts are empty.

    Who: an end of the flow (`FROM`, `TO`), or the name of a namespace, node or policy.
    """

    kind: Kind
    who: str = ""
    key: str = ""
    value: str = ""


class Node:
    """A value that asks an atom: `high` if the answer is yes, `low` if it is no."""

    __slots__ = ("atom", "depth", "high", "low")

    def __init__(self, atom: Atom, high: Value, low: Value) -> None:
        self.atom = atom
        self.depth = 1 + max(_depth(high), _depth(low))
        self.high = high
        self.low = low


Value = int | Node
Implied = Callable[[Atom, bool, Atom], bool | None]
"""What an atom's answer says of another's: its answer, or None if it may be either."""
NEVER = 0
MOST_NODES = 100_000
MOST_DEPTH = 64


class Diagrams:
    """Makes values; `full` is the set of all ports, and stands for "yes" where a value is a condition.

    Values beyond all measure are not kept as they are: an atom of its own stands for what decides, so that
    what is never, or always, open may be called perhaps open, and nothing else is lost.
    """

    def __init__(self, full: int, implied: Implied = lambda atom, answer, other: None) -> None:
        self.full = full
        self._implied = implied
        self._assumed: dict[tuple[Value, Atom, bool], Value] = {}
        self._unsure = 0
        self._nodes: dict[tuple[Atom, Value, Value], Node] = {}
        self._both: dict[tuple[Value, Value], Value] = {}
        self._either: dict[tuple[Value, Value], Value] = {}
        self._complements: dict[Node, Value] = {}
        self._given: dict[tuple[Node, Atom, bool], Value] = {}

    def node(self, atom: Atom, high: Value, low: Value) -> Value:
        """Return the value that is `high` where the atom's answer is yes, and `low` elsewhere."""
        if atom.kind is Kind.ADDRESS:
            high, low = self._assume(high, atom, True), self._assume(low, atom, False)
        if high is low or high == low:
            return high
        key = (atom, high, low)
        found = self._nodes.get(key)
        if found is None:
            found = Node(atom, high, low)
            if len(self._nodes) > MOST_NODES or found.depth > MOST_DEPTH:
                return self._coarse(found)
            self._nodes[key] = found
        return found

    def _coarse(self, value: Node) -> Value:
        """Return a value that may be all that `value` may be, decided by an atom of its own."""
        always, ever = self.full, NEVER
        for ports in leaves(value):
            always &= ports
            ever |= ports
        if always == ever:
            return always
        self._unsure += 1
        return Node(Atom(Kind.TOO_MUCH, value=str(self._unsure)), ever, always)

    def _assume(self, value: Value, atom: Atom, answer: bool) -> Value:
        """Return `value` without the atoms whose answer is clear where that is the answer of `atom`."""
        if isinstance(value, int) or value.atom.kind is not atom.kind:
            return value
        key = (value, atom, answer)
        found = self._assumed.get(key)
        if found is None:
            clear = self._implied(atom, answer, value.atom)
            if clear is not None:
                found = self._assume(value.high if clear else value.low, atom, answer)
            else:
                high, low = (self._assume(each, atom, answer) for each in (value.high, value.low))
                unchanged = high is value.high and low is value.low
                found = value if unchanged else self.node(value.atom, high, low)
            self._assumed[key] = found
        return found

    def asks(self, atom: Atom) -> Value:
        """Return the condition "the atom's answer is yes"."""
        return self.node(atom, self.full, NEVER)

    def both(self, one: Value, other: Value) -> Value:
        """Return the ports in both."""
        if isinstance(one, int):
            if isinstance(other, int):
                return one & other
            if one == NEVER or one == self.full:
                return other if one else NEVER
        elif isinstance(other, int) and (other == NEVER or other == self.full):
            return one if other else NEVER
        if one is other:
            return one
        found = self._both.get((one, other))
        if found is None:
            atom, (high, high2), (low, low2) = _split(one, other)
            found = self.node(atom, self.both(high, high2), self.both(low, low2))
            self._both[one, other] = found
        return found

    def either(self, one: Value, other: Value) -> Value:
        """Return the ports in one of the two."""
        if isinstance(one, int):
            if isinstance(other, int):
                return one | other
            if one == NEVER or one == self.full:
                return one or other
        elif isinstance(other, int) and (other == NEVER or other == self.full):
            return other or one
        if one is other:
            return one
        found = self._either.get((one, other))
        if found is None:
            atom, (high, high2), (low, low2) = _split(one, other)
            found = self.node(atom, self.either(high, high2), self.either(low, low2))
            self._either[one, other] = found
        return found

    def complement(self, value: Value) -> Value:
        """Return the ports that are not in `value`."""
        if isinstance(value, int):
            return self.full & ~value
        found = self._complements.get(value)
        if found is None:
            high, low = self.complement(value.high), self.complement(value.low)
            found = self._complements[value] = self.node(value.atom, high, low)
        return found

    def without(self, one: Value, other: Value) -> Value:
        """Return the ports in `one` and not in `other`."""
        return self.both(one, self.complement(other))

    def choice(self, condition: Value, yes: Value, no: Value) -> Value:
        """Return `yes` where the condition holds, and `no` elsewhere."""
        if isinstance(condition, int):
            return yes if condition else no
        return self.either(self.both(condition, yes), self.without(no, condition))

    def given(self, value: Value, atom: Atom, answer: bool) -> Value:
        """Return what `value` is if that is the atom's answer."""
        if isinstance(value, int) or value.atom > atom:
            return value
        if value.atom == atom:
            return value.high if answer else value.low
        key = (value, atom, answer)
        found = self._given.get(key)
        if found is None:
            high, low = (self.given(branch, atom, answer) for branch in (value.high, value.low))
            found = self._given[key] = self.node(value.atom, high, low)
        return found

    def any_of(self, values: Iterable[Value]) -> Value:
        """Return the ports in any of `values`."""
        found: Value = NEVER
        for value in values:
            found = self.either(found, value)
        return found

    def all_of(self, values: Iterable[Value]) -> Value:
        """Return the ports in all of `values`."""
        found: Value = self.full
        for value in values:
            found = self.both(found, value)
        return found


def _depth(value: Value) -> int:
    return value.depth if isinstance(value, Node) else 0


def _split(one: Value, other: Value) -> tuple[Atom, tuple[Value, Value], tuple[Value, Value]]:
    """Return the first atom that either asks, and both values for its two answers."""
    atom = min(value.atom for value in (one, other) if isinstance(value, Node))
    highs, lows = [], []
    for value in (one, other):
        asked = isinstance(value, Node) and value.atom == atom
        highs.append(value.high if asked and isinstance(value, Node) else value)
        lows.append(value.low if asked and isinstance(value, Node) else value)
    return atom, (highs[0], highs[1]), (lows[0], lows[1])


def leaves(value: Value) -> tuple[int, ...]:
    """Return every set of ports that `value` may come to."""
    return tuple(dict.fromkeys(each for each in _every(value) if isinstance(each, int)))


def atoms(value: Value) -> frozenset[Atom]:
    """Return the atoms that `value` asks."""
    return frozenset(each.atom for each in _every(value) if isinstance(each, Node))


def _every(value: Value) -> Iterator[Value]:
    seen: set[Node] = set()
    left = [value]
    while left:
        each = left.pop()
        if isinstance(each, Node):
            if each in seen:
                continue
            seen.add(each)
            left += (each.low, each.high)
        yield each
