"""Whom selectors mean, as conditions on sets of endpoints: label by label, from an index."""

from __future__ import annotations

from enum import StrEnum

from verifier.analyses.lint.label_sets import LabelSet, Values, label_set
from verifier.analyses.map.bits import bits_of, bits_or, refined
from verifier.analyses.map.diagram import NEVER, Atom, Diagrams, Kind, Value
from verifier.analyses.map.ends import Ends
from verifier.manifest.labels import LabelSelector
from verifier.population import METADATA_NAME

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
        self._namespace_labels: dict[str, dict[str, int]] = {}
        self._undeclared = [
            (name, bits)
            for name, bits in ends.by_namespace.items()
            if bits and ends.population.namespaces[name].labels is None
        ]
        self._of_declared = ends.pods & ~bits_or(bits for _, bits in self._undeclared)

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
        wanted = label_set(selector).keys
        identity = (tuple(wanted.items()), end)
        known = self._pods.get(identity)
        if known is None:
            known = {self.diagrams.full: self.ends.pods}
            for key, values in wanted.items():
                cuts = self._one_label(key, values, end)
                known = refined(known, cuts, self.diagrams.both, NEVER)
            known.pop(NEVER, None)
            self._pods[identity] = known
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
        wanted = label_set(selector)
        identity = tuple(wanted.keys.items())
        known = self._namespaces.get(identity)
        if known is None:
            known = {self.diagrams.full: self._declared(wanted)}
            for namespace, bits in self._undeclared:
                condition = self._undeclared_is(wanted, namespace)
                known[condition] = known.get(condition, 0) | bits
            known.pop(NEVER, None)
            self._namespaces[identity] = known
        return known

    def _declared(self, wanted: LabelSet) -> int:
        found = self._of_declared
        for key, values in wanted.keys.items():
            by_value = self._by_namespace_label(key)
            listed = bits_or(by_value.get(value, 0) for value in values.listed)
            present = bits_or(by_value.values()) if values.others or values.absent else 0
            sure = present & ~listed if values.others else listed
            found &= sure | ~present if values.absent else sure
        return found

    def _by_namespace_label(self, key: str) -> dict[str, int]:
        found = self._namespace_labels.get(key)
        if found is None:
            found = self._namespace_labels[key] = {}
            for name, namespace in self.ends.population.namespaces.items():
                value = name if key == METADATA_NAME else (namespace.labels or {}).get(key)
                if namespace.labels is not None and value is not None:
                    found[value] = found.get(value, 0) | self.ends.by_namespace[name]
        return found

    def _undeclared_is(self, wanted: LabelSet, namespace: str) -> Value:
        found: Value = self.diagrams.full
        for key, values in wanted.keys.items():
            if key == METADATA_NAME:
                condition: Value = self.diagrams.full if values.holds(namespace) else NEVER
            else:
                condition = self.unknown_label(Kind.NAMESPACE_LABEL, namespace, key, values)
            found = self.diagrams.both(found, condition)
            if found == NEVER:
                break
        return found

    def unknown_label(self, kind: Kind, who: str, key: str, values: Values) -> Value:
        """Return the condition "the label, which may be absent, is one of `values`"."""
        diagrams = self.diagrams
        absent = diagrams.asks(Atom(kind, who, key, ABSENT))
        listed = diagrams.any_of(diagrams.asks(Atom(kind, who, key, v)) for v in sorted(values.listed))
        present = diagrams.without(diagrams.complement(absent), listed) if values.others else listed
        return diagrams.either(present, absent) if values.absent else present
