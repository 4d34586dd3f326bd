"""Namespaces as indexes: who exists, who is new, and which of them a selector may match."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from verifier.encodings.vocabulary import label_selector_matches, unused
from verifier.manifest.labels import LabelSelector, Operator
from verifier.manifest.names import dns_label_faults
from verifier.population import METADATA_NAME, Namespace


@dataclass(frozen=True, slots=True)
class NamespaceTable:
    """All namespaces a pod of the formula can be in, by index.

    First the existing ones, then new ones that bear a name somebody mentions, then two new ones with names
    that nobody mentions (S-4). `labels[i]` is None where they are not known: used but undeclared namespaces,
    and new ones; those are the `unknown`. `bearing` holds, of the known ones, those that bear a label (value
    None: with any value); the name is one of them (NP-16).
    """

    names: tuple[str, ...]
    labels: tuple[Mapping[str, str] | None, ...]
    existing: int
    unknown: tuple[int, ...] = field(repr=False)
    known: tuple[int, ...] = field(repr=False)
    places: Mapping[str, int] = field(repr=False)  # index by name
    bearing: Mapping[tuple[str, str | None], Sequence[int]] = field(repr=False)

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
        place = self.places.get(name, self.size)
        if place >= self.existing:
            raise ValueError(f"no namespace of the input is called `{name}`")
        return place


def namespace_table(namespaces: Mapping[str, Namespace], mentioned: Iterable[str]) -> NamespaceTable:
    """Return the table for the existing `namespaces` and the names that policies and properties mention."""
    existing = sorted(namespaces)
    new = sorted(name for name in set(mentioned) - set(existing) if not dns_label_faults(name))
    taken = {*existing, *new}
    others = [unused("new", taken)]
    others.append(unused("new", taken | set(others)))
    names = (*existing, *new, *others)
    labels = (*(namespaces[name].labels for name in existing), *([None] * (len(new) + len(others))))
    bearing: dict[tuple[str, str | None], list[int]] = {}
    for index, (name, own) in enumerate(zip(names, labels, strict=True)):
        for key, value in ({} if own is None else {**own, METADATA_NAME: name}).items():
            bearing.setdefault((key, value), []).append(index)
            bearing.setdefault((key, None), []).append(index)
    return NamespaceTable(
        names,
        labels,
        len(existing),
        unknown=tuple(index for index, own in enumerate(labels) if own is None),
        known=tuple(index for index, own in enumerate(labels) if own is not None),
        places={name: index for index, name in enumerate(names)},
        bearing=bearing,
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
    known = tuple(
        index
        for index in _candidates(selector, table)
        if label_selector_matches(
            selector, {**(table.labels[index] or {}), METADATA_NAME: table.names[index]}
        )
    )
    possible = table.unknown
    if by_name.match_labels or by_name.match_expressions:
        possible = tuple(
            index
            for index in possible
            if label_selector_matches(by_name, {METADATA_NAME: table.names[index]})
        )
    return NamespaceMatch(known, possible, remaining)


def _candidates(selector: LabelSelector, table: NamespaceTable) -> Sequence[int]:
    """Return known namespaces, in order, among them all that match: the fewest that one requirement has."""
    fewest: Sequence[int] = table.known
    for key, value in (selector.match_labels or {}).items():
        fewest = min(fewest, table.bearing.get((key, value), ()), key=len)
    for requirement in selector.match_expressions or ():
        match requirement.operator:
            case Operator.IN:
                lists = [table.bearing.get((requirement.key, v), ()) for v in set(requirement.values or ())]
                if sum(map(len, lists)) < len(fewest):
                    fewest = sorted(index for bearers in lists for index in bearers)
            case Operator.EXISTS:
                fewest = min(fewest, table.bearing.get((requirement.key, None), ()), key=len)
            case Operator.NOT_IN | Operator.DOES_NOT_EXIST:
                pass
    return fewest


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
