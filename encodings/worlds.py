"""Who exists: constraints under which every model is a flow between possible endpoints (S-2 to S-5, S-7).

What holds for a pod that the input shows depends on its namespace's shapes; those clauses are made for one
namespace at a time, when a model asks for it. Where the endpoints' addresses can lie is said in `addresses`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import z3

from verifier.encodings.addresses import Addresses
from verifier.encodings.peer import is_pod
from verifier.encodings.shapes import Shape
from verifier.encodings.symbolic_flow import PROTOCOLS, Kind, Role, SymbolicEndpoint
from verifier.encodings.symbols import Symbols
from verifier.encodings.vocabulary import ABSENT
from verifier.flow import MAX_PORT, MIN_PORT, Protocol


class Universe:
    """The constraints on the variables of one run, each made when it is first asked for."""

    def __init__(self, symbols: Symbols) -> None:
        self.symbols = symbols
        self.addresses = Addresses(symbols)
        self._clauses: dict[tuple[Role, int], z3.BoolRef] = {}
        self._kinds: dict[tuple[Role, Kind], z3.BoolRef] = {}
        self._ports: dict[tuple[object, ...], z3.BoolRef] = {}
        self._flow: dict[bool, z3.BoolRef] = {}

    # --- the flow ------------------------------------------------------------------------------------------

    def flow(self, *, new_namespaces_both: bool) -> z3.BoolRef:
        """Return what holds for every flow between two different endpoints, save for their addresses."""
        found = self._flow.get(new_namespaces_both)
        if found is None:
            found = self._flow[new_namespaces_both] = self._any_flow(new_namespaces_both=new_namespaces_both)
        return found

    def _any_flow(self, *, new_namespaces_both: bool) -> z3.BoolRef:
        symbols, terms, flow = self.symbols, self.symbols.terms, self.symbols.flow
        source, destination = flow.source, flow.destination
        parts = [
            terms.between(flow.port, MIN_PORT, MAX_PORT),
            terms.between(flow.protocol, 0, len(PROTOCOLS) - 1),
            terms.negation(flow.is_self),
            terms.negation(self._one_single_pod(source, destination)),
            self.family(),
            terms.disjunction((is_pod(symbols, source), is_pod(symbols, destination))),
        ]
        if not new_namespaces_both:
            parts.append(terms.disjunction((self._settled(source), self._settled(destination))))
        # One namespace has one set of labels, known or not (S-4).
        for key in symbols.namespace_labels:
            alike = terms.same(source.namespace_labels[key], destination.namespace_labels[key])
            apart = terms.negation(terms.same(source.namespace, destination.namespace))
            parts.append(terms.disjunction((apart, alike, *self._not_both_pods())))
        return terms.conjunction(parts)

    def itself(self) -> z3.BoolRef:
        """Return what holds for every flow from a shown pod to itself (NP-40)."""
        terms, flow = self.symbols.terms, self.symbols.flow
        source, destination = flow.source, flow.destination
        alike = [
            (source.identity, destination.identity),
            (source.namespace, destination.namespace),
            (source.node, destination.node),
            (source.ipv4, destination.ipv4),
            (source.ipv6, destination.ipv6),
            *((source.labels[key], destination.labels[key]) for key in source.labels),
            *(
                (source.namespace_labels[key], destination.namespace_labels[key])
                for key in source.namespace_labels
            ),
        ]
        return terms.conjunction(
            (
                flow.is_self,
                terms.equals(source.kind, Kind.POD),
                terms.equals(destination.kind, Kind.POD),
                terms.between(flow.port, MIN_PORT, MAX_PORT),
                terms.between(flow.protocol, 0, len(PROTOCOLS) - 1),
                self.family(),
                *(terms.same(left, right) for left, right in alike),
            )
        )

    def _one_single_pod(self, source: SymbolicEndpoint, destination: SymbolicEndpoint) -> z3.BoolRef:
        terms = self.symbols.terms
        return terms.conjunction(
            (
                terms.equals(source.kind, Kind.POD),
                terms.equals(destination.kind, Kind.POD),
                terms.same(source.identity, destination.identity),
                source.single,
            )
        )

    def _not_both_pods(self) -> tuple[z3.BoolRef, z3.BoolRef]:
        symbols, terms = self.symbols, self.symbols.terms
        return (
            terms.negation(is_pod(symbols, symbols.flow.source)),
            terms.negation(is_pod(symbols, symbols.flow.destination)),
        )

    def reachable(self, role: Role) -> z3.BoolRef:
        """Return the term "the endpoint at `role` has an address in the flow's family"."""
        end = self.symbols.flow.end(role)
        return self.symbols.terms.choice(self.symbols.flow.is_ipv6, end.has_ipv6, end.has_ipv4)

    def family(self) -> z3.BoolRef:
        """Return the term "both ends have an address in the flow's family" (NP-33)."""
        return self.symbols.terms.conjunction((self.reachable(Role.SOURCE), self.reachable(Role.DESTINATION)))

    def _settled(self, endpoint: SymbolicEndpoint) -> z3.BoolRef:
        terms, table = self.symbols.terms, self.symbols.table
        return terms.conjunction(
            (is_pod(self.symbols, endpoint), terms.between(endpoint.namespace, 0, table.existing - 1))
        )

    def is_new(self, endpoint: SymbolicEndpoint) -> z3.BoolRef:
        """Return the term "`endpoint` is a pod of a namespace that does not exist yet"."""
        terms, table = self.symbols.terms, self.symbols.table
        return terms.conjunction(
            (
                is_pod(self.symbols, endpoint),
                terms.between(endpoint.namespace, table.existing, table.size - 1),
            )
        )

    # --- one endpoint --------------------------------------------------------------------------------------

    def endpoint(self, role: Role, kinds: Iterable[Kind]) -> z3.BoolRef:
        """Return what holds for the endpoint at `role`, which is of one of `kinds`.

        For a pod that the input shows, only that its namespace has pods at all: see `shapes_of`.
        """
        terms, end = self.symbols.terms, self.symbols.flow.end(role)
        kinds = tuple(kinds)
        parts = [terms.one_of(end.kind, kinds), terms.between(end.node, 0, len(self.symbols.nodes.names) - 1)]
        for key, domain in self.symbols.namespace_labels.items():
            parts.append(terms.between(end.namespace_labels[key], 0, domain.size - 1))
        parts.extend(
            terms.implication(terms.equals(end.kind, kind), self._of_kind(end, kind)) for kind in kinds
        )
        return terms.conjunction(parts)

    def _of_kind(self, end: SymbolicEndpoint, kind: Kind) -> z3.BoolRef:
        found = self._kinds.get((end.role, kind))
        if found is None:
            make = {
                Kind.POD: self._shown,
                Kind.HYPOTHETICAL: self._hypothetical,
                Kind.NODE: self._node,
            }.get(kind)
            found = self._kinds[end.role, kind] = self.symbols.terms.true if make is None else make(end)
        return found

    def _shown(self, end: SymbolicEndpoint) -> z3.BoolRef:
        return self.symbols.terms.one_of(end.namespace, self.symbols.shapes_by_namespace)

    def _hypothetical(self, end: SymbolicEndpoint) -> z3.BoolRef:
        """Any labels, ports, namespace; no host network (S-5)."""
        symbols, terms, flow = self.symbols, self.symbols.terms, self.symbols.flow
        first_is_any = (
            terms.implication(first, flow.named_any[name]) for name, first in flow.named_first.items()
        )
        lead_is_first = (
            terms.implication(lead, flow.named_first[name]) for name, lead in flow.named_lead.items()
        )
        return terms.conjunction(
            (
                terms.between(end.namespace, 0, symbols.table.size - 1),
                *(first_is_any if end.role is Role.DESTINATION else ()),
                *(lead_is_first if end.role is Role.DESTINATION else ()),
                *(terms.between(end.labels[key], 0, d.size - 1) for key, d in symbols.pod_labels.items()),
                terms.negation(end.host_network),
                terms.negation(end.single),
            )
        )

    def _node(self, end: SymbolicEndpoint) -> z3.BoolRef:
        terms = self.symbols.terms
        return terms.disjunction(
            terms.conjunction((terms.equals(end.node, index), terms.equals(end.identity, index)))
            for index in self.symbols.nodes.endpoints
        )

    # --- shapes --------------------------------------------------------------------------------------------

    def shapes_of(self, role: Role, namespace: int) -> z3.BoolRef:
        """Return the clause "a shown pod of that namespace at `role` is one of the namespace's shapes"."""
        found = self._clauses.get((role, namespace))
        if found is None:
            terms, end = self.symbols.terms, self.symbols.flow.end(role)
            shapes = self.symbols.shapes_by_namespace.get(namespace, ())
            found = self._clauses[role, namespace] = terms.implication(
                terms.conjunction((terms.equals(end.kind, Kind.POD), terms.equals(end.namespace, namespace))),
                terms.conjunction(
                    (
                        terms.disjunction(self._is_shape(end, shape) for shape in shapes),
                        *self._nothing_else(end, shapes),
                    )
                ),
            )
        return found

    def _is_shape(self, end: SymbolicEndpoint, shape: Shape) -> z3.BoolRef:
        """Return the term "the shown pod `end` is of that shape", but for what it does not have."""
        terms = self.symbols.terms
        workload = shape.workload
        parts = [terms.equals(end.identity, shape.index)]
        for key, code in shape.label_codes:
            label = end.labels[key]
            if code is None:  # a controller sets it: present, with a value that nobody knows (NP-17)
                parts.append(terms.between(label, ABSENT + 1, self.symbols.pod_labels[key].size - 1))
            else:
                parts.append(terms.equals(label, code))
        parts.append(terms.same_truth(end.host_network, terms.constant(workload.host_network)))
        parts.append(terms.same_truth(end.single, terms.constant(shape.single)))
        if shape.nodes:
            parts.append(terms.one_of(end.node, shape.nodes))
        if end.role is Role.DESTINATION:
            parts.append(self._declares(shape))
            parts.append(self._two_on_one_node(shape))
        return terms.conjunction(parts)

    def _nothing_else(self, end: SymbolicEndpoint, shapes: Sequence[Shape]) -> Iterator[z3.BoolRef]:
        """Yield "the pod bears no label, and declares no named port, but one of a shape that has it".

        Said of each label once, not of each shape: thousands of labels may be mentioned, a few of them borne.
        """
        terms, flow = self.symbols.terms, self.symbols.flow
        bearers: dict[str, list[int]] = {}
        for shape in shapes:
            for key, _ in shape.label_codes:
                bearers.setdefault(key, []).append(shape.index)
        for key, label in end.labels.items():
            own = bearers.get(key, [])
            if len(own) < len(shapes):
                yield terms.disjunction((terms.equals(label, ABSENT), terms.one_of(end.identity, own)))
        if end.role is Role.DESTINATION and flow.named_any:
            declaring: dict[tuple[str, Protocol], list[int]] = {}
            for shape in shapes:
                for name in shape.named_any:
                    declaring.setdefault(name, []).append(shape.index)
            for name, declared in flow.named_any.items():
                own = declaring.get(name, [])
                if len(own) < len(shapes):
                    neither = terms.conjunction(map(terms.negation, (declared, flow.named_first[name])))
                    yield terms.disjunction((neither, terms.one_of(end.identity, own)))

    def _two_on_one_node(self, shape: Shape) -> z3.BoolRef:
        """Two pods of that shape are on one node only where two are."""
        terms, flow = self.symbols.terms, self.symbols.flow
        alone = [node for node, (_, second) in shape.nodes.items() if second is None]
        both = terms.conjunction(
            (
                terms.negation(flow.is_self),
                terms.equals(flow.source.kind, Kind.POD),
                terms.equals(flow.source.identity, shape.index),
                terms.one_of(flow.destination.node, alone),
            )
        )
        apart = terms.negation(terms.same(flow.source.node, flow.destination.node))
        return terms.implication(both, apart) if alone else terms.true

    def _declares(self, shape: Shape) -> z3.BoolRef:
        """Return the term "under the names of that shape, the destination declares what the shape does"."""
        key = (
            tuple(sorted(shape.named_any.items())),
            tuple(sorted(shape.named_first.items())),
            tuple(sorted(shape.named_lead.items())),
        )
        found = self._ports.get(key)
        if found is None:
            terms, flow = self.symbols.terms, self.symbols.flow
            declares = [
                terms.same_truth(declared[name], terms.one_of(flow.port, numbers))
                for declared, named in (
                    (flow.named_any, shape.named_any),
                    (flow.named_first, shape.named_first),
                )
                for name, numbers in named.items()
            ]
            leads = (
                terms.same_truth(lead, terms.one_of(flow.port, shape.named_lead.get(name, ())))
                for name, lead in flow.named_lead.items()
            )
            found = self._ports[key] = terms.conjunction((*declares, *leads))
        return found
