"""A concrete flow put into the variables of a formula: what the encoded reading says of exactly that flow."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

import z3
from z3 import z3core

from verifier.cluster import Cluster
from verifier.deadline import Deadline
from verifier.encodings.addresses import known_addresses
from verifier.encodings.question import Question
from verifier.encodings.shapes import BlockMembership, Shape, ShapeKey, declared_ports, leading_ports
from verifier.encodings.symbolic_flow import PROTOCOLS, Kind, Role, SymbolicEndpoint
from verifier.encodings.symbols import Symbols
from verifier.encodings.tiers import TierSides
from verifier.encodings.vocabulary import OTHER
from verifier.engine import Engine
from verifier.flow import Address, Endpoint, External, Flow, Node, Pod, Surroundings
from verifier.population import Workload
from verifier.properties.endpoints import EVERY_KIND, flow_kinds
from verifier.properties.registry import owners, questions
from verifier.properties.spec.scope import Isolate, Statement
from verifier.readings import READINGS, Readings
from verifier.semantics.selectors import namespace_labels
from verifier.solver.search import Search

Pairs = list[tuple[z3.ExprRef, z3.ExprRef]]

NO_SURROUNDINGS = Surroundings()

# An external endpoint has an address in both families; the one that the flow does not use may be any.
SPARE: dict[int, Address] = {4: IPv4Address("198.51.100.77"), 6: IPv6Address("2001:db8:ffff::77")}


@dataclass(frozen=True)
class Answer:
    """What the formula says of one flow: its sides, the statement's scope, and whether it can exist."""

    egress: bool
    ingress: bool
    in_scope: bool
    exists: bool

    @property
    def allowed(self) -> bool:
        return self.egress and self.ingress


class Formula:
    """One cluster and one statement, encoded once; answers about concrete flows by substitution."""

    def __init__(self, cluster: Cluster, statement: Statement, *, new_namespaces_both: bool = False) -> None:
        self.engine = Engine(cluster, [statement], new_namespaces_both=new_namespaces_both)
        self.symbols: Symbols = self.engine.symbols
        self.compared = statement.by if isinstance(statement, Isolate) else None
        self.key = _shape_key(self.symbols, statement)
        self.question: Question = questions(statement, self.symbols)[0]
        every = Question(
            self.question.scope,
            self.question.violation,
            self.question.guarded,
            self.question.harmless,
            flow_kinds(EVERY_KIND, EVERY_KIND),
        )
        self.search = Search(self.engine.context, every, {}, Deadline(60))

    def answer(self, flow: Flow, readings: Readings, surroundings: Surroundings = NO_SURROUNDINGS) -> Answer:
        """Return what the formula says of `flow`, every variable of which is given its value."""
        around = surrounded(self.symbols, self.engine.context.tiers, flow, surroundings)
        pairs = [*self._readings(readings), *around, *self._flow(flow)]
        sides = [self._side(Role.SOURCE, flow.source), self._side(Role.DESTINATION, flow.destination)]
        scope = self.question.scope
        pairs += [(guard, self.symbols.terms.true) for guard in self.search.guards.values()]
        egress, ingress, inside = self._truths((*sides, scope), pairs)
        as_shape = [*self._readings(readings), *self._flow(flow, drawn_as_shape=True)]
        (exists,) = self._truths((self._world(flow),), as_shape)
        return Answer(egress, ingress, inside, exists and not self._taken(flow))

    # --- terms -------------------------------------------------------------------------------------

    def _side(self, role: Role, endpoint: Endpoint) -> z3.BoolRef:
        terms = self.symbols.terms
        sides = [self.search.unpoliced(role)]
        if isinstance(endpoint, Pod):
            index = None
            if endpoint.namespace.name in self.engine.cluster.population.namespaces:
                index = self.symbols.table.index(endpoint.namespace.name)
            sides.append(self.search.says_yes(role, index))
        return terms.disjunction(sides)

    def _world(self, flow: Flow) -> z3.BoolRef:
        context, terms = self.engine.context, self.symbols.terms
        parts = [context.universe.flow(new_namespaces_both=context.new_namespaces_both)]
        for role, endpoint in ((Role.SOURCE, flow.source), (Role.DESTINATION, flow.destination)):
            parts.append(context.universe.endpoint(role, EVERY_KIND))
            if isinstance(endpoint, Pod) and endpoint.owner is not None:
                namespace = self.symbols.table.index(endpoint.namespace.name)
                parts.append(context.universe.shapes_of(role, namespace))
                parts.append(context.universe.addresses.of_shapes(self.symbols.flow.end(role), namespace))
            for kind in EVERY_KIND:
                parts.append(context.universe.addresses.of_kind(self.symbols.flow.end(role), kind))
        parts.append(context.universe.addresses.distinct())
        return terms.conjunction(parts)

    def _taken(self, flow: Flow) -> bool:
        """What the search adds when a model picks an address: nobody of unknown address has a known one."""
        known = self.engine.context.universe.addresses.known_address
        for endpoint in (flow.source, flow.destination):
            if isinstance(endpoint, External):
                if known(endpoint.address):
                    return True
            elif self._unknown_address(endpoint):
                on_host = isinstance(endpoint, Node) or endpoint.host_network
                if any(known(address, on_host=on_host) for address in endpoint.addresses):
                    return True
        return False

    def _truths(self, asked: Sequence[z3.BoolRef], pairs: Pairs) -> list[bool]:
        """The truth of terms all of whose variables are in `pairs`."""
        terms = self.symbols.terms
        names = [terms.boolean(f"asked[{place}]") for place in range(len(asked))]
        named = (terms.same_truth(name, term) for name, term in zip(names, asked, strict=True))
        together = terms.conjunction(named)
        # What `z3.substitute` does, without looking at the sorts of all pairs each time.
        old, new = ((z3core.Ast * len(pairs))(*(pair[side].as_ast() for pair in pairs)) for side in (0, 1))
        put = z3core.Z3_substitute
        ast = put(terms.context.ref(), together.as_ast(), len(pairs), old, new)
        text = z3.simplify(z3.BoolRef(ast, terms.context)).sexpr()
        # What is left is "asked" or "not asked", of each.
        denied = [f"(not {name.sexpr()})" in text for name in names]
        rest = text
        for name in names:
            rest = rest.replace(f"(not {name.sexpr()})", "").replace(name.sexpr(), "")
        assert rest.strip("()and \n") == "", f"left open: {text}"
        return [not no for no in denied]

    # --- values ------------------------------------------------------------------------------------

    def workload(self, pod: Pod) -> Workload:
        found = [
            workload
            for workload in self.engine.cluster.population.workloads
            if (workload.owner, workload.namespace) == (pod.owner, pod.namespace.name)
        ]
        return found[0]

    def shape(self, pod: Pod) -> Shape:
        wanted = self.key.of(self.workload(pod))
        return next(shape for shape in self.symbols.shapes if self.key.of(shape.workload) == wanted)

    def _readings(self, readings: Readings) -> Iterator[tuple[z3.ExprRef, z3.ExprRef]]:
        for row in READINGS:
            first = getattr(readings, row.name) == row.values[0]
            yield self.symbols.readings[row.name], self.symbols.terms.constant(first)

    def _flow(self, flow: Flow, *, drawn_as_shape: bool = False) -> Pairs:
        """`drawn_as_shape`: a pod that others stand for has their address, as in a model it would."""
        terms, symbolic = self.symbols.terms, self.symbols.flow
        one, other = flow.source, flow.destination
        itself = isinstance(one, Pod) and isinstance(other, Pod) and _name(one) == _name(other)
        pairs: Pairs = [
            (symbolic.protocol, terms.numeral(PROTOCOLS.index(flow.protocol), symbolic.protocol.size())),
            (symbolic.port, terms.numeral(flow.port, symbolic.port.size())),
            (symbolic.is_ipv6, terms.constant(flow.source_address.version == 6)),
            (symbolic.is_self, terms.constant(itself)),
            (symbolic.dual_stack, terms.constant(self._dual_stack(flow))),
        ]
        ports = other.ports if isinstance(other, Pod) else ()
        named_any, named_first = declared_ports(ports, symbolic.named_any)
        named_lead = leading_ports(ports, {name for name, _ in symbolic.named_lead})
        for name, variable in symbolic.named_lead.items():
            pairs.append((variable, terms.constant(flow.port in named_lead.get(name, ()))))
        for name in symbolic.named_any:
            for declared, numbers in ((symbolic.named_any, named_any), (symbolic.named_first, named_first)):
                met = flow.port in numbers.get(name, ())
                pairs.append((declared[name], terms.constant(met)))
        for end, endpoint in ((symbolic.source, one), (symbolic.destination, other)):
            pairs.extend(self._endpoint(end, endpoint, flow, drawn_as_shape=drawn_as_shape))
        return pairs

    def _dual_stack(self, flow: Flow) -> bool:
        """Whether somebody whose address nobody states has one of IPv6."""
        network = self.engine.cluster.population.network
        for endpoint in (flow.source, flow.destination):
            if isinstance(endpoint, External):
                continue
            on_host = isinstance(endpoint, Node) or endpoint.host_network
            declared = network.node_cidrs if on_host else network.pod_cidrs
            if declared is None and self._unknown_address(endpoint):
                return any(address.version == 6 for address in endpoint.addresses)
        return False

    def _unknown_address(self, endpoint: Pod | Node) -> bool:
        nodes = self.symbols.nodes
        if isinstance(endpoint, Node):
            return nodes.addresses(nodes.names.index(endpoint.name)) is None
        if endpoint.owner is None:
            return True
        on_node = nodes.names.index(endpoint.node or nodes.names[-1])
        if endpoint.host_network and nodes.addresses(on_node) is not None:
            return False
        return known_addresses(self.symbols, self.workload(endpoint)) is None

    def _endpoint(
        self, end: SymbolicEndpoint, endpoint: Endpoint, flow: Flow, *, drawn_as_shape: bool
    ) -> Iterator[tuple[z3.ExprRef, z3.ExprRef]]:
        terms = self.symbols.terms
        kind, identity, namespace, node = self._indexes(endpoint)
        for bits, number in (
            (end.kind, kind),
            (end.identity, identity),
            (end.namespace, namespace),
            (end.node, node),
        ):
            yield bits, terms.numeral(number, bits.size())
        pod = endpoint if isinstance(endpoint, Pod) else None
        for key, variable in end.labels.items():
            code = self.symbols.pod_labels[key].code(pod.labels if pod else {})
            yield variable, terms.numeral(code, variable.size())
        own = namespace_labels(pod.namespace) if pod else {}
        for key, variable in end.namespace_labels.items():
            code = self._namespace_code(key, own, end.role, flow)
            yield variable, terms.numeral(code, variable.size())
        yield end.host_network, terms.constant(pod is not None and pod.host_network)
        single = pod is not None and pod.owner is not None and self.shape(pod).single
        yield end.single, terms.constant(single)
        addresses = self._addresses(end.role, endpoint, flow, drawn_as_shape=drawn_as_shape)
        for version, bits, present in ((4, end.ipv4, end.has_ipv4), (6, end.ipv6, end.has_ipv6)):
            yield bits, terms.numeral(int(addresses.get(version, 0)), bits.size())
            yield present, terms.constant(version in addresses)

    def _namespace_code(self, key: str, own: Mapping[str, str], role: Role, flow: Flow) -> int:
        """A second value that nobody mentions, where two are compared, is the spare one (S-3)."""
        domain = self.symbols.namespace_labels[key]
        code = domain.code(own)
        source = flow.source
        if code != OTHER or key != self.compared or role is Role.SOURCE or not isinstance(source, Pod):
            return code
        rival = source.namespace.labels.get(key)
        if domain.code(source.namespace.labels) != OTHER or rival == own[key]:
            return code
        return domain.codes[next(value for value in domain.values if value.startswith("another"))]

    def _indexes(self, endpoint: Endpoint) -> tuple[int, int, int, int]:
        """Return kind, identity, namespace, node."""
        nodes = self.symbols.nodes.names
        match endpoint:
            case External():
                return Kind.EXTERNAL, 0, 0, 0
            case Node(name=name):
                return Kind.NODE, nodes.index(name), 0, nodes.index(name)
            case Pod():
                namespace = self._namespace(endpoint.namespace.name)
                node = nodes.index(endpoint.node or nodes[-1])
                if endpoint.owner is None:
                    return Kind.HYPOTHETICAL, 0, namespace, node
                return Kind.POD, self.shape(endpoint).index, namespace, node

    def _namespace(self, name: str) -> int:
        """A name that nobody mentions is the second of the two that stand for such names."""
        names = self.symbols.table.names
        return names.index(name) if name in names else len(names) - 1

    def _addresses(
        self, role: Role, endpoint: Endpoint, flow: Flow, *, drawn_as_shape: bool
    ) -> dict[int, Address]:
        if isinstance(endpoint, External):
            return {**SPARE, endpoint.address.version: endpoint.address}
        addresses = endpoint.addresses
        if drawn_as_shape and isinstance(endpoint, Pod) and endpoint.owner is not None:
            shape = self.shape(endpoint)
            second = role is Role.DESTINATION and (
                isinstance(flow.source, Pod)
                and flow.source.owner is not None
                and self.shape(flow.source) == shape
            )
            known = known_addresses(self.symbols, shape.twin if second else shape.workload)
            addresses = addresses if known is None else known
        return {address.version: address for address in addresses}


def _shape_key(symbols: Symbols, statement: Statement) -> ShapeKey:
    return ShapeKey(
        symbols.pod_labels,
        frozenset(symbols.flow.named_any),
        BlockMembership(symbols.blocks),
        owners(statement),
        {name: index for index, name in enumerate(symbols.nodes.names)},
        symbols.table,
    )


def _name(pod: Pod) -> tuple[str, str]:
    return pod.namespace.name, pod.name


def surrounded(symbols: Symbols, tiers: TierSides, flow: Flow, around: Surroundings) -> Pairs:
    """What the variables become that are nobody's own: ranks, labels of nodes, addresses of domain names."""
    terms = symbols.terms
    pairs: Pairs = []
    for group in tiers.precedence.tied:
        for place, policy in enumerate(
            sorted(group, key=lambda policy: around.precedence.index(policy.title))
        ):
            rank = tiers.precedence.rank(policy)
            pairs.append((rank, terms.numeral(place, rank.size())))
    for name, resolved in symbols.domain_names.items():
        met = flow.destination_address in around.domain_names[name]
        pairs.append((resolved, terms.constant(met and isinstance(flow.destination, External))))
    stated = {node.name: node.labels or {} for node in around.nodes}
    for index, name in enumerate(symbols.nodes.names):
        for key, domain in symbols.node_labels.items():
            if symbols.nodes.labels(index) is None:
                label = symbols.node_label(index, key)
                pairs.append((label, terms.numeral(domain.code(stated.get(name, {})), label.size())))
    return pairs
