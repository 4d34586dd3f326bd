"""What unquoted scalars mean, looked up once for each spelling, and what becomes of a document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from verifier.source.scalars import (
    MERGE,
    TAG_PREFIX,
    MergeKey,
    PlainKeys,
    PlainValues,
    Scalar,
    as_key,
    as_value,
    resolve_tagged,
)

if TYPE_CHECKING:  # not needed where all is in block style
    from yaml.events import ScalarEvent


@dataclass(frozen=True, slots=True)
class Tables:
    """What the unquoted scalars of one file mean, shared by its documents."""

    values: PlainValues
    keys: PlainKeys

    def key(self, event: ScalarEvent) -> str | MergeKey:
        """Return the key that a scalar stands for; raise `ScalarError` where there is none."""
        tag, text, plain = event.tag, event.value, event.implicit[0]
        if tag is None:
            return self.keys[text] if plain else text
        if text == "<<" and (plain or tag == TAG_PREFIX + "merge"):
            return MERGE
        return as_key(resolve_tagged(tag, text))

    def value(self, event: ScalarEvent) -> Scalar:
        """Return the value that a scalar stands for; raise `ScalarError` where there is none."""
        if event.tag is None:
            return self.values[event.value] if event.implicit[0] else event.value
        return as_value(resolve_tagged(event.tag, event.value))


@dataclass(frozen=True, slots=True)
class Built:
    """A document's data. `suspect`: a key may stand twice, or a merge may overwrite one, so look closer."""

    data: Any
    suspect: bool
