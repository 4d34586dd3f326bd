"""From a model back to a concrete flow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

import z3

from verifier.encodings.addresses import known_addresses
from verifier.encodings.precedence import Precedence
from verifier.encodings.symbolic_flow import PROTOCOLS, Kind, Role, SymbolicEndpoint
from verifier.encodings.symbols import Symbols
from verifier.encodings.terms import truth, value
from verifier.encodings.vocabulary import LabelDomain
from verifier.flow import (
    Address,
    ContainerPort,
    Endpoint,
    External,
    Flow,
    Node,
    Pod,
    PodNamespace,
    Surroundings,
)
from verifier.population import Workload
from verifier.readings import READINGS, Readings


@dataclass(frozen=True, slots=True)
class Pick:
    """What a model picked for one end, as codes and indexes."""

    role: Role
    kind: Kind
    identity: int
    namespace: int


def pick(model: z3.ModelRef, end: SymbolicEndpoint) -> Pick:
    """Return what `model` picked for `end`."""
    return Pick(
        end.role, Kind(value(model, end.kind)), value(model, end.identity), value(model, end.namespace)
    )


def decode_flow(model: z3.ModelRef, symbols: Symbols) -> Flow:
    """Return the concrete flow that `model` describes."""
    flow = symbols.flow
    source = decode_endpoint(model, symbols, flow.source)
    destination = decode_endpoint(model, symbols, flow.destination)
    version = 6 if truth(model, flow.is_ipv6) else 4
    return Flow(
        source=source,
        destination=destination,
        source_address=_flow_address(model, flow.source, source, version),
        destination_address=_flow_address(model, flow.destination, destination, version),
        protocol=PROTOCOLS[value(model, flow.protocol)],
        port=value(model, flow.port),
    )


def decode_readings(model: z3.ModelRef, symbols: Symbols) -> Readings:
    """Return the readings under which `model` holds."""
    chosen = {row.name: row.values[0 if truth(model, symbols.readings[row.name]) else 1] for row in READINGS}
    return Readings(**chosen)  # type: ignore[arg-type]


def decode_endpoint(
    model: z3.ModelRef, symbols: Symbols, end: SymbolicEndpoint, *, alone: bool = False
) -> Endpoint:
    """Return the concrete endpoint that `model` puts at that end; `alone`: the other end is not in use."""
    picked = pick(model, end)
    match picked.kind:
        case Kind.EXTERNAL:
            return External(_address(model, end, 6 if truth(model, symbols.flow.is_ipv6) else 4))
        case Kind.NODE:
            known = symbols.nodes.addresses(picked.identity)
            name = symbols.nodes.names[picked.identity]
            return Node(name, known or _addresses(model, end), _node_labels(model, symbols, picked.identity))
        case Kind.POD:
            return _shown_pod(model, symbols, end, alone=alone)
        case Kind.HYPOTHETICAL:
            called = end.role is Role.DESTINATION and not alone  # by a port: it declares what that needs
            return Pod(
                namespace=_namespace(model, symbols, end),
                name=f"any-{end.role}",
                labels=_labels(model, symbols.pod_labels, end.labels),
                ports=_hypothetical_ports(model, symbols) if called else (),
                addresses=_addresses(model, end),
                node=symbols.nodes.names[value(model, end.node)],
            )


def _shown_pod(model: z3.ModelRef, symbols: Symbols, end: SymbolicEndpoint, *, alone: bool) -> Pod:
    shape = symbols.shapes[value(model, end.identity)]
    other = symbols.flow.end(Role.SOURCE if end.role is Role.DESTINATION else Role.DESTINATION)
    rival = pick(model, other)
    alike = rival.kind is Kind.POD and rival.identity == shape.index
    second = end.role is Role.DESTINATION and alike and not alone and not truth(model, symbols.flow.is_self)
    at_source = shape.pod_on(value(model, other.node)) if second else None
    workload = shape.pod_on(value(model, end.node), besides=at_source)
    return decode_pod_of(workload, model, symbols, end, "b" if second else "a")


def decode_pod_of(
    workload: Workload, model: z3.ModelRef, symbols: Symbols, end: SymbolicEndpoint, suffix: str = "a"
) -> Pod:
    """Return the pod of `workload`, a member of the shape that `model` puts at `end`, with that one's facts.

    `suffix` tells apart the pods of one template.
    """
    shape = symbols.shapes[value(model, end.identity)]
    known = known_addresses(symbols, workload)
    labels = dict(workload.labels)
    for key, code in shape.label_codes:
        if code is None:
            chosen = symbols.pod_labels[key].value(value(model, end.labels[key]))
            if chosen is not None:
                labels[key] = chosen
    for key in workload.controller_labels - set(symbols.pod_labels):
        labels[key] = "any"
    return Pod(
        namespace=_namespace(model, symbols, end),
        name=workload.name if workload.single else f"{workload.name}-{suffix}",
        labels=labels,
        ports=workload.ports,
        addresses=known if known is not None else _addresses(model, end),
        host_network=workload.host_network,
        node=workload.node or symbols.nodes.names[value(model, end.node)],
        owner=workload.owner,
    )


def decode_surroundings(
    model: z3.ModelRef, symbols: Symbols, precedence: Precedence, flow: Flow
) -> Surroundings:
    """Return the facts of the cluster in `model` that tiers may ask for when `flow` is decided."""
    to = flow.destination
    names = {
        name: frozenset((to.address,) if isinstance(to, External) and truth(model, resolved) else ())
        for name, resolved in symbols.domain_names.items()
    }
    titles = {policy.title: policy for group in precedence.tied for policy in group}
    ranks = {title: value(model, precedence.rank(policy)) for title, policy in titles.items()}
    nodes = _node_of(model, symbols, to) if symbols.node_labels else ()
    return Surroundings(nodes, names, tuple(sorted(titles, key=lambda title: ranks[title])))


def _node_of(model: z3.ModelRef, symbols: Symbols, endpoint: Endpoint) -> tuple[Node, ...]:
    """The node that the endpoint is, or on whose network it is."""
    if isinstance(endpoint, Node):
        return (endpoint,)
    if not isinstance(endpoint, Pod) or not endpoint.host_network or endpoint.node is None:
        return ()
    index = symbols.nodes.names.index(endpoint.node)
    addresses = symbols.nodes.addresses(index) or endpoint.addresses
    return (Node(endpoint.node, addresses, _node_labels(model, symbols, index)),)


def _node_labels(model: z3.ModelRef, symbols: Symbols, index: int) -> Mapping[str, str] | None:
    known = symbols.nodes.labels(index)
    if known is not None or not symbols.node_labels:
        return known
    variables = {key: symbols.node_label(index, key) for key in symbols.node_labels}
    return _labels(model, symbols.node_labels, variables)


def _namespace(model: z3.ModelRef, symbols: Symbols, end: SymbolicEndpoint) -> PodNamespace:
    index = value(model, end.namespace)
    labels = symbols.table.labels[index]
    if labels is None:
        labels = _labels(model, symbols.namespace_labels, end.namespace_labels)
    return PodNamespace(symbols.table.names[index], labels)


def _labels(
    model: z3.ModelRef, domains: Mapping[str, LabelDomain], variables: Mapping[str, z3.BitVecRef]
) -> dict[str, str]:
    found = {}
    for key, domain in domains.items():
        chosen = domain.value(value(model, variables[key]))
        if chosen is not None:
            found[key] = chosen
    return found


def _hypothetical_ports(model: z3.ModelRef, symbols: Symbols) -> tuple[ContainerPort, ...]:
    flow = symbols.flow
    number, protocol = value(model, flow.port), PROTOCOLS[value(model, flow.protocol)]
    other = next(each for each in PROTOCOLS if each is not protocol)
    ports = []
    for (name, declared), first in flow.named_first.items():
        if declared is not protocol:
            continue
        if truth(model, first):
            lead = flow.named_lead.get((name, declared))
            if lead is not None and not truth(model, lead):  # the first of that name is of another protocol
                ports.append(ContainerPort(number, other, name))
            ports.append(ContainerPort(number, protocol, name))
        elif truth(model, flow.named_any[name, declared]):
            ports.append(ContainerPort(1 if number > 1 else 2, protocol, name))
            ports.append(ContainerPort(number, protocol, name))
    return tuple(ports)


def _addresses(model: z3.ModelRef, end: SymbolicEndpoint) -> tuple[Address, ...]:
    found: list[Address] = []
    if truth(model, end.has_ipv4):
        found.append(IPv4Address(value(model, end.ipv4)))
    if truth(model, end.has_ipv6):
        found.append(IPv6Address(value(model, end.ipv6)))
    return tuple(found)


def _flow_address(model: z3.ModelRef, end: SymbolicEndpoint, endpoint: Endpoint, version: int) -> Address:
    """A pod's own address where it is known: the model may have that of another pod of the same shape."""
    if isinstance(endpoint, Pod):
        for address in endpoint.addresses:
            if address.version == version:
                return address
    return _address(model, end, version)


def _address(model: z3.ModelRef, end: SymbolicEndpoint, version: int) -> Address:
    return IPv6Address(value(model, end.ipv6)) if version == 6 else IPv4Address(value(model, end.ipv4))
