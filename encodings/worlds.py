"""Who exists: constraints under which every model is a flow between possible endpoints (S-2 to S-5, S-7).

What holds for a pod that the input shows depends on its namespace's shapes; those clauses are made for one
namespace at a time, when a model asks for it (design.md, section 10, lesson 3).
"""

from __future__ import annotations

from collections.abc import Iterable

import z3

from verifier.encodings.ip_block import address_in, has_address
from verifier.encodings.peer import is_pod
from verifier.encodings.shapes import Shape
from verifier.encodings.symbolic_flow import PROTOCOLS, Kind, Role, SymbolicEndpoint
from verifier.encodings.symbols import Symbols
from verifier.encodings.vocabulary import ABSENT
from verifier.flow import MAX_PORT, MIN_PORT, Address
from verifier.internet import NOT_EXTERNAL
from verifier.population import DEFAULT_POD_CIDRS, Cidr, Workload


class Universe:
    """The constraints on the variables of one run, each made when it is first asked for."""

    def __init__(self, symbols: Symbols) -> None:
        self.symbols = symbols
        self._clauses: dict[tuple[Role, int], z3.BoolRef] = {}
        self._kinds: dict[tuple[Role, Kind], z3.BoolRef] = {}
        self._ports: dict[tuple[object, ...], z3.BoolRef] = {}
        self._places: dict[tuple[Role, tuple[Cidr, ...], bool], z3.BoolRef] = {}
        owned = [w.addresses or () for w in symbols.population.workloads]
        owned += [node.addresses for node in symbols.nodes.declared]
        self._known = {4: set[int](), 6: set[int]()}
        for addresses in owned:
            for address in addresses:
                self._known[address.version].add(int(address))
        hosts = {address for node in symbols.nodes.declared for address in node.addresses}
        hosts |= {a for w in symbols.population.workloads if w.host_network for a in w.addresses or ()}
        ordinary = {a for w in symbols.population.workloads if not w.host_network for a in w.addresses or ()}
        self._of_pods_alone = ordinary - hosts

    # --- the flow ------------------------------------------------------------------------------------------

    def flow(self, *, new_namespaces_both: bool) -> z3.BoolRef:
        """Return what holds for every flow between two different endpoints, whoever they are."""
        symbols, terms, flow = self.symbols, self.symbols.terms, self.symbols.flow
        source, destination = flow.source, flow.destination
        parts = [
            terms.between(flow.port, MIN_PORT, MAX_PORT),
            terms.between(flow.protocol, 0, len(PROTOCOLS) - 1),
            terms.negation(flow.is_self),
            terms.negation(self._one_single_pod(source, destination)),
            self.family(),
            self.distinct(),
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

    def distinct(self) -> z3.BoolRef:
        """Return "the two ends share no address", save that a node and its host-network pods do (S-2)."""
        terms, flow = self.symbols.terms, self.symbols.flow
        source, destination = flow.source, flow.destination
        shared = [
            terms.conjunction(
                (source.has_ipv4, destination.has_ipv4, terms.same(source.ipv4, destination.ipv4))
            ),
            terms.conjunction(
                (source.has_ipv6, destination.has_ipv6, terms.same(source.ipv6, destination.ipv6))
            ),
        ]
        on_host = terms.conjunction((self._on_host(source), self._on_host(destination)))
        return terms.disjunction((terms.negation(terms.disjunction(shared)), on_host))

    def _on_host(self, endpoint: SymbolicEndpoint) -> z3.BoolRef:
        terms = self.symbols.terms
        return terms.disjunction(
            (
                terms.equals(endpoint.kind, Kind.NODE),
                terms.conjunction((is_pod(self.symbols, endpoint), endpoint.host_network)),
            )
        )

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
                Kind.EXTERNAL: self._external,
                Kind.NODE: self._node,
            }[kind]
            found = self._kinds[end.role, kind] = make(end)
        return found

    def _shown(self, end: SymbolicEndpoint) -> z3.BoolRef:
        return self.symbols.terms.one_of(end.namespace, self.symbols.shapes_by_namespace)

    def _hypothetical(self, end: SymbolicEndpoint) -> z3.BoolRef:
        """Any labels, ports, namespace; no host network; an address where unknown pods may be (S-5)."""
        symbols, terms, flow = self.symbols, self.symbols.terms, self.symbols.flow
        first_is_any = (
            terms.implication(first, flow.named_any[name]) for name, first in flow.named_first.items()
        )
        return terms.conjunction(
            (
                terms.between(end.namespace, 0, symbols.table.size - 1),
                *(first_is_any if end.role is Role.DESTINATION else ()),
                *(terms.between(end.labels[key], 0, d.size - 1) for key, d in symbols.pod_labels.items()),
                terms.negation(end.host_network),
                terms.negation(end.single),
                self._unknown_pod(end),
            )
        )

    def _unknown_pod(self, end: SymbolicEndpoint) -> z3.BoolRef:
        network = self.symbols.population.network
        return self._somewhere(end, network.unknown_pod_cidrs, declared=network.pod_cidrs is not None)

    def _external(self, end: SymbolicEndpoint) -> z3.BoolRef:
        terms, network = self.symbols.terms, self.symbols.population.network
        declared = [
            c for cidrs in (network.pod_cidrs, network.service_cidrs, network.node_cidrs) for c in cidrs or ()
        ]
        taken = [*NOT_EXTERNAL, *declared]
        parts = [
            end.has_ipv4,
            end.has_ipv6,
            terms.negation(address_in(terms, taken, end.ipv4)),
            terms.negation(address_in(terms, taken, end.ipv6)),
        ]
        return terms.conjunction(parts)

    def _node(self, end: SymbolicEndpoint) -> z3.BoolRef:
        terms, nodes = self.symbols.terms, self.symbols.nodes
        choices = []
        for index in nodes.endpoints:
            known = nodes.addresses(index)
            address = self.unknown_node(end) if known is None else has_address(terms, end, known)
            choices.append(
                terms.conjunction((terms.equals(end.node, index), terms.equals(end.identity, index), address))
            )
        return terms.disjunction(choices)

    def unknown_node(self, end: SymbolicEndpoint) -> z3.BoolRef:
        """Return where a node, or a host-network pod, may be whose address nobody states."""
        declared = self.symbols.population.network.node_cidrs
        cidrs = DEFAULT_POD_CIDRS if declared is None else declared
        return self._somewhere(end, cidrs, declared=declared is not None)

    def _somewhere(self, end: SymbolicEndpoint, cidrs: tuple[Cidr, ...], declared: bool) -> z3.BoolRef:
        """Declared ranges settle the families; else there is IPv4, and IPv6 if the cluster is dual-stack."""
        terms = self.symbols.terms
        versions = {cidr.version for cidr in cidrs}
        has_ipv6 = terms.constant(6 in versions) if declared else self.symbols.flow.dual_stack
        return terms.conjunction(
            (
                terms.same_truth(end.has_ipv4, terms.constant(4 in versions)),
                terms.same_truth(end.has_ipv6, has_ipv6),
                terms.implication(end.has_ipv4, address_in(terms, cidrs, end.ipv4)),
                terms.implication(end.has_ipv6, address_in(terms, cidrs, end.ipv6)),
            )
        )

    @property
    def any_known(self) -> bool:
        """Whether the input states any address at all."""
        return any(self._known.values())

    def known_address(self, address: Address, *, on_host: bool = False) -> bool:
        """Return whether somebody else whom the input shows has that address.

        `on_host`: it is asked for a node or a pod on the host network, who may share one with their like.
        """
        return address in self._of_pods_alone if on_host else int(address) in self._known[address.version]

    def not_known(self, end: SymbolicEndpoint, kind: Kind, identity: int, address: Address) -> z3.BoolRef:
        """Return "whoever stands at `end` with an address nobody states does not have `address`" (S-2).

        There may be thousands of known addresses and hardly one that a model picks, so each clause is made
        when one does.
        """
        terms = self.symbols.terms
        who = [terms.equals(end.kind, kind)]
        if kind in (Kind.POD, Kind.NODE):
            who.append(terms.equals(end.identity, identity))
        variable = end.ipv4 if address.version == 4 else end.ipv6
        return terms.implication(terms.conjunction(who), terms.negation(terms.equals(variable, int(address))))

    # --- shapes --------------------------------------------------------------------------------------------

    def shapes_of(self, role: Role, namespace: int) -> z3.BoolRef:
        """Return the clause "a shown pod of that namespace at `role` is one of the namespace's shapes"."""
        found = self._clauses.get((role, namespace))
        if found is None:
            terms, end = self.symbols.terms, self.symbols.flow.end(role)
            shapes = self.symbols.shapes_by_namespace.get(namespace, ())
            found = self._clauses[role, namespace] = terms.implication(
                terms.conjunction((terms.equals(end.kind, Kind.POD), terms.equals(end.namespace, namespace))),
                terms.disjunction(self.is_shape(end, shape) for shape in shapes),
            )
        return found

    def is_shape(self, end: SymbolicEndpoint, shape: Shape) -> z3.BoolRef:
        """Return the term "the shown pod `end` is of that shape"."""
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
        parts.append(self.address_of(end, shape))
        if end.role is Role.DESTINATION:
            parts.append(self._declares(shape))
            parts.append(self._two_on_one_node(shape))
        return terms.conjunction(parts)

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
        """Return the term "the destination declares the named ports of that shape, and no others"."""
        key = (tuple(sorted(shape.named_any.items())), tuple(sorted(shape.named_first.items())))
        found = self._ports.get(key)
        if found is None:
            terms, flow = self.symbols.terms, self.symbols.flow
            found = self._ports[key] = terms.conjunction(
                terms.same_truth(declared, terms.one_of(flow.port, numbers.get(name, ())))
                for named, numbers in (
                    (flow.named_any, shape.named_any),
                    (flow.named_first, shape.named_first),
                )
                for name, declared in named.items()
            )
        return found

    def address_of(self, end: SymbolicEndpoint, shape: Shape) -> z3.BoolRef:
        """Return what is known of the address of a pod of that shape: stated, its node's, or its ranges."""
        known = known_addresses(self.symbols, shape.workload)
        if known is not None:
            # A second pod of the shape lies in the same mentioned blocks, at its own address.
            twin = known_addresses(self.symbols, shape.twin) or ()
            return has_address(self.symbols.terms, end, {*known, *twin})
        if shape.workload.host_network:
            return self.unknown_node(end) if shape.nodes else self._on_some_node(end)
        return self._unknown_pod(end)

    def _on_some_node(self, end: SymbolicEndpoint) -> z3.BoolRef:
        """The address of a host-network pod is that of the node it turns out to run on, if that is known."""
        terms, nodes = self.symbols.terms, self.symbols.nodes
        parts, elsewhere = [], []
        for index in range(len(nodes.names)):
            addresses = nodes.addresses(index)
            if addresses is None:
                elsewhere.append(index)
            else:
                there = terms.equals(end.node, index)
                parts.append(terms.implication(there, has_address(terms, end, addresses)))
        unknown = terms.implication(terms.one_of(end.node, elsewhere), self.unknown_node(end))
        return terms.conjunction((*parts, unknown))


def known_addresses(symbols: Symbols, workload: Workload) -> tuple[Address, ...] | None:
    """Return the addresses of a workload's pod: stated, or on the host network its node's; else None."""
    if workload.addresses is not None or not workload.host_network or workload.node is None:
        return workload.addresses
    return symbols.nodes.addresses(symbols.nodes.names.index(workload.node))
