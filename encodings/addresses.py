"""Who can have which address: constraints that few proofs need, asserted when a model breaks one (S-2, S-7).

A flow is mostly refused for its pods, namespaces and ports. So what binds addresses is not a part of the
formula from the start: a model that breaks one of these constraints brings it in, and does not count.
"""

from __future__ import annotations

import z3

from verifier.encodings.ip_block import address_in, has_address
from verifier.encodings.peer import is_pod
from verifier.encodings.shapes import Shape
from verifier.encodings.symbolic_flow import Kind, Role, SymbolicEndpoint
from verifier.encodings.symbols import Symbols
from verifier.flow import Address
from verifier.internet import NOT_EXTERNAL
from verifier.population import DEFAULT_POD_CIDRS, Cidr, Workload


class Addresses:
    """The constraints on the addresses of one run's endpoints, each made when it is first asked for."""

    def __init__(self, symbols: Symbols) -> None:
        self.symbols = symbols
        self._kinds: dict[tuple[Role, Kind], z3.BoolRef] = {}
        self._shapes: dict[tuple[Role, int], z3.BoolRef] = {}

    # --- where somebody can be -----------------------------------------------------------------------------

    def of_kind(self, end: SymbolicEndpoint, kind: Kind) -> z3.BoolRef:
        """Return the clause "whoever of `kind` stands at `end` has addresses that it can have".

        Of a pod that the input shows nothing is said here: see `of_shapes`.
        """
        found = self._kinds.get((end.role, kind))
        if found is None:
            terms = self.symbols.terms
            can = {
                Kind.HYPOTHETICAL: self._unknown_pod,
                Kind.EXTERNAL: self._external,
                Kind.NODE: self._node,
            }.get(kind)
            found = self._kinds[end.role, kind] = (
                terms.true if can is None else terms.implication(terms.equals(end.kind, kind), can(end))
            )
        return found

    def of_shapes(self, end: SymbolicEndpoint, namespace: int) -> z3.BoolRef:
        """Return "a pod shown in that namespace, at `end`, has an address that its shape can have"."""
        found = self._shapes.get((end.role, namespace))
        if found is None:
            terms = self.symbols.terms
            shapes = self.symbols.shapes_by_namespace.get(namespace, ())
            alike: dict[int, tuple[z3.BoolRef, list[int]]] = {}
            for shape in shapes:
                can = self.of_shape(end, shape)
                alike.setdefault(can.get_id(), (can, []))[1].append(shape.index)
            found = self._shapes[end.role, namespace] = terms.implication(
                terms.conjunction((terms.equals(end.kind, Kind.POD), terms.equals(end.namespace, namespace))),
                terms.conjunction(
                    terms.implication(terms.one_of(end.identity, indices), can)
                    for can, indices in alike.values()
                ),
            )
        return found

    def of_shape(self, end: SymbolicEndpoint, shape: Shape) -> z3.BoolRef:
        """Return what is known of the address of a pod of that shape: stated, its node's, or its ranges."""
        known = known_addresses(self.symbols, shape.workload)
        if known is not None:
            # A second pod of the shape lies in the same mentioned blocks, at its own address.
            twin = known_addresses(self.symbols, shape.twin) or ()
            return has_address(self.symbols.terms, end, {*known, *twin})
        if shape.workload.host_network:
            return self.unknown_node(end) if shape.nodes else self._on_some_node(end)
        return self._unknown_pod(end)

    def unknown_node(self, end: SymbolicEndpoint) -> z3.BoolRef:
        """Return where a node, or a host-network pod, may be whose address nobody states."""
        declared = self.symbols.population.network.node_cidrs
        cidrs = DEFAULT_POD_CIDRS if declared is None else declared
        return self._somewhere(end, cidrs, declared=declared is not None)

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
        unknown = [index for index in nodes.endpoints if nodes.addresses(index) is None]
        parts = [terms.implication(terms.one_of(end.node, unknown), self.unknown_node(end))]
        for index in nodes.endpoints:
            known = nodes.addresses(index)
            if known is not None:
                there = terms.equals(end.node, index)
                parts.append(terms.implication(there, has_address(terms, end, known)))
        return terms.conjunction(parts)

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

    # --- whose an address is -------------------------------------------------------------------------------

    @property
    def any_known(self) -> bool:
        """Whether the input states any address at all."""
        return any(self.symbols.stated.numbers.values())

    def known_address(self, address: Address, *, on_host: bool = False) -> bool:
        """Return whether somebody else whom the input shows has that address.

        `on_host`: it is asked for a node or a pod on the host network, who may share one with their like.
        """
        stated = self.symbols.stated
        return address in stated.of_pods_alone if on_host else int(address) in stated.numbers[address.version]

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


def known_addresses(symbols: Symbols, workload: Workload) -> tuple[Address, ...] | None:
    """Return the addresses of a workload's pod: stated, or on the host network its node's; else None."""
    if workload.addresses is not None or not workload.host_network or workload.node is None:
        return workload.addresses
    return symbols.nodes.addresses(symbols.nodes.places[workload.node])
