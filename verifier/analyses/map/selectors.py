"""Whom selectors mean, as conditions on sets of endpoints: label by label, from an index."""

from __future__ import annotations

from enum import StrEnum

from verifier.analyses.lint.label_sets import LabelSet, Values, label_set
from verifier.analyses.map.bits import bits_of, refined
from verifier.analyses.map.diagram import NEVER, Atom, Diagrams, Kind, Value
from verifier.analyses.map.ends import Ends
from verifier.manifest.labels import LabelSelector
from verifier.population import METADATA_NAME, Namespace

Meant = dict[Value, int]
"""Conditions, each with the endpoints that are meant if it holds; the sets do not overlap."""

ABSENT = "\x00"  # stands for a label's absence where its value would stand


class End(StrEnum):
    """An end of a flow."""

    FROM = "FROM"
    TO = "TO"

    @property
    def other(self) -> End:
        """The far end."""
        return End.TO if self is End.FROM else End.FROM


class Selectors:
    """Answers whom a selector means; equal selectors, which share one object, are looked up once."""

    def __init__(self, ends: Ends, diagrams: Diagrams) -> None:
        self.ends = ends
        self.diagrams = diagrams
        self._values: dict[str, dict[str, int]] = {}
        self._unknown: dict[str, int] = {}
        self._index()
        self._pods: dict[tuple[object, End], Meant] = {}
        self._namespaces: dict[object, Meant] = {}

    def _index(self) -> None:
        bearing: dict[str, dict[str, list[int]]] = {}
        unknown: dict[str, list[int]] = {}
        for shape in self.ends.shapes:
            for key, value in shape.labels.items():
                bearing.setdefault(key, {}).setdefault(value, []).append(shape.index)
            for key in shape.unknown:
                unknown.setdefault(key, []).append(shape.index)
        size = self.ends.size
        self._values = {
            key: {value: bits_of(indices, size) for value, indices in values.items()}
            for key, values in bearing.items()
        }
        self._unknown = {key: bits_of(indices, size) for key, indices in unknown.items()}

    def pods(self, selector: LabelSelector | None, end: End) -> Meant:
        """Return the pods, at that end, whose labels match; None matches all (SEL-1 to SEL-5)."""
        known = self._pods.get((_identity(selector), end))
        if known is None:
            known = {self.diagrams.full: self.ends.pods}
            for key, values in label_set(selector).keys.items():
                cuts = self._one_label(key, values, end)
                known = refined(known, cuts, self.diagrams.both, NEVER)
            known.pop(NEVER, None)
            self._pods[_identity(selector), end] = known
        return known

    def _one_label(self, key: str, values: Values, end: End) -> Meant:
        by_value = self._values.get(key, {})
        unknown = self._unknown.get(key, 0)
        listed = present = 0
        for value, bits in by_value.items():
            present |= bits
            if value in values.listed:
                listed |= bits
        sure = present ^ listed if values.others else listed
        if values.absent:
            sure |= self.ends.pods & ~present & ~unknown
        cuts: Meant = {self.diagrams.full: sure}
        if unknown:  # a controller sets it, so that it is there (NP-17)
            diagrams = self.diagrams
            condition = diagrams.any_of(
                diagrams.asks(Atom(Kind.LABEL, end, key, value)) for value in sorted(values.listed)
            )
            if values.others:
                condition = diagrams.complement(condition)
            cuts[condition] = cuts.get(condition, 0) | unknown
        return cuts

    # --- namespaces ----------------------------------------------------------------------------------------

    def namespaces(self, selector: LabelSelector) -> Meant:
        """Return the pods of the namespaces that a selector means (NP-12, NP-16, S-4)."""
        known = self._namespaces.get(_identity(selector))
        if known is None:
            wanted = label_set(selector)
            known = {}
            for name, bits in self.ends.by_namespace.items():
                condition = self._namespace(wanted, self.ends.population.namespaces[name]) if bits else NEVER
                if condition != NEVER:
                    known[condition] = known.get(condition, 0) | bits
            self._namespaces[_identity(selector)] = known
        return known

    def _namespace(self, wanted: LabelSet, namespace: Namespace) -> Value:
        found: Value = self.diagrams.full
        for key, values in wanted.keys.items():
            found = self.diagrams.both(found, self._namespace_label(key, values, namespace))
        return found

    def _namespace_label(self, key: str, values: Values, namespace: Namespace) -> Value:
        full = self.diagrams.full
        if key == METADATA_NAME:
            return full if values.holds(namespace.name) else NEVER
        if namespace.labels is not None:
            return full if values.holds(namespace.labels.get(key)) else NEVER
        return self.unknown_label(Kind.NAMESPACE_LABEL, namespace.name, key, values)

    def unknown_label(self, kind: Kind, who: str, key: str, values: Values) -> Value:
        """Return the condition "the label, which may be absent, is one of `values`"."""
        diagrams = self.diagrams
        absent = diagrams.asks(Atom(kind, who, key, ABSENT))
        listed = diagrams.any_of(diagrams.asks(Atom(kind, who, key, v)) for v in sorted(values.listed))
        present = diagrams.without(diagrams.complement(absent), listed) if values.others else listed
        return diagrams.either(present, absent) if values.absent else present


def _identity(selector: LabelSelector | None) -> object:
    return None if selector is None else id(selector)

