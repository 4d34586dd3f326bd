"""Selectors as sets of label maps: for each key the values that it may have. Exact, in closed form.

A selector is a conjunction of requirements, each on one key (SEL-1); so it is a product over the keys, and
inclusion, intersection and emptiness are decided key by key. Label values do not run out: besides those that
a selector lists there is always another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from verifier.manifest.labels import LabelSelector, Operator

UNSAID = "\x00"  # a value that no manifest can hold: it stands for "another one"


@dataclass(frozen=True, slots=True)
class Values:
    """What one label may be: absent or not, and one of `listed`, or with `others` any but those."""

    absent: bool
    listed: frozenset[str]
    others: bool

    @property
    def empty(self) -> bool:
        """Whether nothing is left."""
        return not (self.absent or self.others or self.listed)

    def holds(self, value: str | None) -> bool:
        """Return whether a label with that value is meant; None: absent."""
        return self.absent if value is None else (value in self.listed) is not self.others

    def meet(self, other: Values) -> Values:
        """Return what both allow."""
        absent = self.absent and other.absent
        if self.others and other.others:
            return Values(absent, self.listed | other.listed, True)
        if self.others:
            return Values(absent, other.listed - self.listed, False)
        if other.others:
            return Values(absent, self.listed - other.listed, False)
        return Values(absent, self.listed & other.listed, False)

    def within(self, other: Values) -> bool:
        """Return whether `other` allows all that this allows."""
        if self.absent and not other.absent:
            return False
        if self.others:
            return other.others and other.listed <= self.listed
        return not (self.listed & other.listed) if other.others else self.listed <= other.listed

    def sample(self) -> str | None:
        """Return a value that is allowed, absent if that is; there must be one."""
        if self.absent:
            return None
        return UNSAID if self.others else min(self.listed)


ANYTHING = Values(True, frozenset(), True)


@dataclass(frozen=True, slots=True)
class LabelSet:
    """The label maps that a selector matches: `keys` says what each key may be; the rest may be anything."""

    keys: Mapping[str, Values]

    @property
    def empty(self) -> bool:
        """Whether the selector contradicts itself (SEL-6)."""
        return any(values.empty for values in self.keys.values())

    @property
    def everything(self) -> bool:
        """Whether every label map matches."""
        return not self.keys

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Return whether concrete labels match."""
        for key, values in self.keys.items():  # asked more often than anything else
            value = labels.get(key)
            if not (values.absent if value is None else (value in values.listed) is not values.others):
                return False
        return True

    def may_hold(self, labels: Mapping[str, str], unknown: frozenset[str]) -> bool:
        """Return whether labels may match of which those in `unknown` are present with a value not known."""
        for key, values in self.keys.items():
            if key in unknown:
                if not (values.others or values.listed):
                    return False
            elif not values.holds(labels.get(key)):
                return False
        return True

    def within(self, other: LabelSet) -> bool:
        """Return whether `other` matches all that this matches."""
        if all(self.keys.get(key, ANYTHING).within(values) for key, values in other.keys.items()):
            return True
        return self.empty

    def apart(self, other: LabelSet) -> bool:
        """Return whether no label map matches both."""
        if self.empty or other.empty:
            return True
        return any(
            values.meet(other.keys[key]).empty for key, values in self.keys.items() if key in other.keys
        )

    def sample(self) -> dict[str, str]:
        """Return the fewest labels that match; the selector must not contradict itself."""
        chosen = ((key, values.sample()) for key, values in self.keys.items())
        return {key: value for key, value in chosen if value is not None}


def label_set(selector: LabelSelector | None) -> LabelSet:
    """Return what `selector` matches; None matches everything, like the empty one (SEL-2)."""
    keys: dict[str, Values] = {}
    if selector is None:
        return LabelSet(keys)
    for key, value in (selector.match_labels or {}).items():
        keys[key] = Values(False, frozenset((value,)), False)
    for requirement in selector.match_expressions or ():
        values = _values(requirement.operator, frozenset(requirement.values or ()))
        known = keys.get(requirement.key)
        keys[requirement.key] = values if known is None else known.meet(values)
    return LabelSet(keys)


def _values(operator: Operator, listed: frozenset[str]) -> Values:
    match operator:
        case Operator.IN:
            return Values(False, listed, False)
        case Operator.NOT_IN:  # also where the key is absent (SEL-4)
            return Values(True, listed, True)
        case Operator.EXISTS:
            return Values(False, frozenset(), True)
        case Operator.DOES_NOT_EXIST:
            return Values(True, frozenset(), False)
