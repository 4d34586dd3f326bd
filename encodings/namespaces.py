"""Namespaces as indexes: who exists, who is new, and which of them a selector may match."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from verifier.encodings.vocabulary import label_selector_matches, unused
from verifier.manifest.labels import LabelSelector
from verifier.manifest.names import dns_label_faults
from verifier.population import METADATA_NAME, Namespace


@dataclass(frozen=True, slots=True)
class NamespaceTable:
    """All namespaces a pod of the formula can be in, by index.

    First the existing ones, then new ones that bear a name somebody mentions, then two new ones with names
    that nobody mentions (S-4). `labels[i]` is None where they are not known: used but undeclared namespaces,
    and new ones.
    """

    names: tuple[str, ...]
    labels: tuple[Mapping[str, str] | None, ...]
    existing: int

    @property
    def size(self) -> int:
        """How many indexes there are."""
        return len(self.names)

    @property
    def width(self) -> int:
        """Bits that an index needs."""
        return max(1, (self.size - 1).bit_length())

    def index(self, name: str) -> int:
        """Return the index of an existing namespace.

        Raises:
            ValueError: no namespace of that name exists.
        """
        return self.names.index(name, 0, self.existing)

    @property
    def unknown(self) -> tuple[int, ...]:
        """The indexes of the namespaces whose labels are not known."""
        return tuple(i for i, labels in enumerate(self.labels) if labels is None)


def namespace_table(namespaces: Mapping[str, Namespace], mentioned: Iterable[str]) -> NamespaceTable:
    """Return the table for the existing `namespaces` and the names that policies and properties mention."""
    existing = sorted(namespaces)
    new = sorted(name for name in set(mentioned) - set(existing) if not dns_label_faults(name))
    taken = {*existing, *new}
    others = [unused("new", taken)]
    others.append(unused("new", taken | set(others)))
    known = [namespaces[name].labels for name in existing]
    return NamespaceTable(
        tuple(existing + new + others), (*known, *([None] * (len(new) + len(others)))), len(existing)
    )


@dataclass(frozen=True, slots=True)
class NamespaceMatch:
    """Which namespaces a selector matches: surely (`known`), or if unknown labels satisfy `remaining`."""

    known: tuple[int, ...]
    possible: tuple[int, ...]
    remaining: LabelSelector


def match_namespaces(selector: LabelSelector, table: NamespaceTable) -> NamespaceMatch:
    """Return which namespaces `selector` matches; `kubernetes.io/metadata.name` is their name (NP-16)."""
    by_name, remaining = _split(selector)
    known, possible = [], []
    for index, (name, labels) in enumerate(zip(table.names, table.labels, strict=True)):
        if labels is None:
            if label_selector_matches(by_name, {METADATA_NAME: name}):
                possible.append(index)
        elif label_selector_matches(selector, {**labels, METADATA_NAME: name}):
            known.append(index)
    return NamespaceMatch(tuple(known), tuple(possible), remaining)


def _split(selector: LabelSelector) -> tuple[LabelSelector, LabelSelector]:
    labels = selector.match_labels or {}
    expressions = selector.match_expressions or ()
    return (
        LabelSelector.model_construct(
            match_labels={k: v for k, v in labels.items() if k == METADATA_NAME},
            match_expressions=tuple(e for e in expressions if e.key == METADATA_NAME),
        ),
        LabelSelector.model_construct(
            match_labels={k: v for k, v in labels.items() if k != METADATA_NAME},
            match_expressions=tuple(e for e in expressions if e.key != METADATA_NAME),
        ),
    )
