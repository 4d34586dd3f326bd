"""From the kinds of policy.networking.k8s.io to policies of tiers, with what a reader should be warned of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from verifier.diagnostics import one_line
from verifier.flow import Action, Protocol
from verifier.manifest.admin_network_policy import (
    AdminNetworkPolicyEgressPeer,
    AdminNetworkPolicyEgressRule,
    AdminNetworkPolicyIngressPeer,
    AdminNetworkPolicyIngressRule,
    AdminNetworkPolicyPort,
    AdminNetworkPolicyPortNumber,
    AdminNetworkPolicyPortRange,
    AdminNetworkPolicySpec,
    BaselineAdminNetworkPolicyEgressPeer,
    BaselineAdminNetworkPolicyEgressRule,
    BaselineAdminNetworkPolicyIngressRule,
    BaselineAdminNetworkPolicySpec,
)
from verifier.manifest.base import Fault, Route
from verifier.manifest.cidr import parse_cidr, spelling_advice
from verifier.manifest.cluster_network_policy import (
    ClusterNetworkPolicyEgressPeer,
    ClusterNetworkPolicyEgressRule,
    ClusterNetworkPolicyIngressPeer,
    ClusterNetworkPolicyIngressRule,
    ClusterNetworkPolicyProtocol,
    ClusterNetworkPolicySpec,
    ProtocolPorts,
    TierName,
)
from verifier.manifest.cluster_wide import NamespacedPod
from verifier.manifest.faults import faults_of
from verifier.manifest.labels import LabelSelector
from verifier.manifest.names import port_name_faults
from verifier.manifest.network_policy import IPBlock
from verifier.manifest.plain import found
from verifier.manifest.tiers import (
    ADMIN,
    ADMIN_KIND,
    BASELINE,
    BASELINE_KIND,
    CLUSTER_KIND,
    DomainNames,
    NamedPort,
    NetworkSet,
    NodeSet,
    Peer,
    PodSet,
    PortMatch,
    PortRange,
    TieredPolicy,
    TieredRule,
    UnknownPeer,
)

TieredSpec = AdminNetworkPolicySpec | BaselineAdminNetworkPolicySpec | ClusterNetworkPolicySpec

_SPECS: Mapping[str, type[TieredSpec]] = MappingProxyType(
    {
        ADMIN_KIND: AdminNetworkPolicySpec,
        BASELINE_KIND: BaselineAdminNetworkPolicySpec,
        CLUSTER_KIND: ClusterNetworkPolicySpec,
    }
)

_AdminIngressRule = AdminNetworkPolicyIngressRule | BaselineAdminNetworkPolicyIngressRule
_AdminEgressRule = AdminNetworkPolicyEgressRule | BaselineAdminNetworkPolicyEgressRule
_IngressRule = _AdminIngressRule | ClusterNetworkPolicyIngressRule
_EgressRule = _AdminEgressRule | ClusterNetworkPolicyEgressRule
_IngressPeer = AdminNetworkPolicyIngressPeer | ClusterNetworkPolicyIngressPeer
_EgressPeer = (
    AdminNetworkPolicyEgressPeer | BaselineAdminNetworkPolicyEgressPeer | ClusterNetworkPolicyEgressPeer
)
_AdminSpan = AdminNetworkPolicyPortNumber | AdminNetworkPolicyPortRange

_EVERYTHING = LabelSelector()
_PROTOCOLS = {str(protocol): protocol for protocol in Protocol}
_ACTIONS = {"Allow": Action.ACCEPT, **{str(action): action for action in Action}}
_TIERS = {TierName.ADMIN: ADMIN, TierName.BASELINE: BASELINE}


def read_tiered_spec(kind: str, spec: Any, faults: list[Fault]) -> TieredSpec | None:
    """Return the `spec` of a policy of that kind; None, and `faults` says why, where there is none."""
    if spec is None:
        faults.append(Fault("required", "required value: the field is missing", ("spec",)))
        return None
    if not isinstance(spec, Mapping):
        faults.append(Fault("wrong-type", f"expected a mapping, found {found(spec)}", ("spec",)))
        return None
    try:
        return _SPECS[kind].model_validate(spec)
    except ValidationError as error:
        faults.extend(fault.below("spec") for fault in faults_of(error))
        return None


def tiered_policy(name: str, spec: TieredSpec) -> TieredPolicy:
    """Return the policy of a tier that the valid `spec` of an object called `name` stands for.

    Source: ANP-2, ANP-6, CNP-1, CNP-2.
    """
    match spec:
        case AdminNetworkPolicySpec():
            kind, tier, priority = ADMIN_KIND, ADMIN, spec.priority
        case BaselineAdminNetworkPolicySpec():
            kind, tier, priority = BASELINE_KIND, BASELINE, 0
        case ClusterNetworkPolicySpec():
            kind, tier, priority = CLUSTER_KIND, _TIERS[spec.tier], spec.priority
    return TieredPolicy(
        kind=kind,
        name=name,
        tier=tier,
        priority=priority,
        subject=_pod_set(spec.subject.namespaces, spec.subject.pods),
        ingress=tuple(_ingress_rule(index, rule) for index, rule in enumerate(_ingress(spec))),
        egress=tuple(_egress_rule(index, rule) for index, rule in enumerate(_egress(spec))),
    )


def _ingress(spec: TieredSpec) -> Sequence[_IngressRule]:
    return spec.ingress or ()


def _egress(spec: TieredSpec) -> Sequence[_EgressRule]:
    return spec.egress or ()


def _ingress_rule(index: int, rule: _IngressRule) -> TieredRule:
    peers = tuple(
        peer if isinstance(peer, UnknownPeer) else _pod_set(peer.namespaces, peer.pods) for peer in rule.from_
    )
    return TieredRule(
        _ACTIONS[rule.action], peers, _ports(rule), rule.name or None, ("spec", "ingress", index)
    )


def _egress_rule(index: int, rule: _EgressRule) -> TieredRule:
    peers = tuple(peer if isinstance(peer, UnknownPeer) else _egress_peer(peer) for peer in rule.to)
    return TieredRule(
        _ACTIONS[rule.action], peers, _ports(rule), rule.name or None, ("spec", "egress", index)
    )


def _pod_set(namespaces: LabelSelector | None, pods: NamespacedPod | None) -> PodSet:
    if namespaces is not None:
        return PodSet(namespaces, _EVERYTHING)
    if pods is None:
        raise ValueError("expected `namespaces` or `pods`, found neither")
    everywhere = _EVERYTHING if pods.namespace_selector is None else pods.namespace_selector
    return PodSet(everywhere, pods.pod_selector, by_pods=True)


def _egress_peer(peer: _EgressPeer) -> Peer:
    if peer.networks is not None:
        return NetworkSet(tuple(IPBlock.model_validate({"cidr": text}) for text in peer.networks))
    if peer.nodes is not None:
        return NodeSet(peer.nodes)
    if not isinstance(peer, BaselineAdminNetworkPolicyEgressPeer) and peer.domain_names is not None:
        # Names are the same whatever their capitals, and with or without the root's dot.
        names = (name.lower().removesuffix(".") for name in peer.domain_names)
        return DomainNames(tuple(dict.fromkeys(names)))
    return _pod_set(peer.namespaces, peer.pods)


def _ports(rule: _IngressRule | _EgressRule) -> tuple[PortMatch, ...] | None:
    if isinstance(rule, ClusterNetworkPolicyIngressRule | ClusterNetworkPolicyEgressRule):
        if rule.protocols is None:
            return None
        return tuple(_protocol_ports(item) for item in rule.protocols)
    if rule.ports is None:
        return None
    found = (_admin_port(item) for item in rule.ports)
    return tuple(port for port in found if port is not None)


def _admin_port(item: AdminNetworkPolicyPort) -> PortMatch | None:
    """Return what matches; None: nothing that is looked at here does, for the protocol is another (VA-5)."""
    if item.named_port is not None:
        return NamedPort(item.named_port)
    span = _span(item)
    protocol = _PROTOCOLS.get(span.protocol or Protocol.TCP)
    if protocol is None:
        return None
    if isinstance(span, AdminNetworkPolicyPortNumber):
        return PortRange(protocol, span.port, span.port)
    return PortRange(protocol, span.start, span.end)


def _span(item: AdminNetworkPolicyPort) -> _AdminSpan:
    span = item.port_number or item.port_range
    if span is None:
        raise ValueError("expected `portNumber`, `portRange` or `namedPort` in a port, found none")
    return span


def _protocol_ports(item: ClusterNetworkPolicyProtocol) -> PortMatch:
    if item.destination_named_port is not None:
        return NamedPort(item.destination_named_port)
    for protocol, ports in _by_protocol(item):
        if ports is not None and ports.destination_port is not None:
            port = ports.destination_port
            if port.range is not None:
                return PortRange(protocol, port.range.start, port.range.end)
            if port.number is not None:
                return PortRange(protocol, port.number, port.number)
    raise ValueError("expected a port in a protocol item, found none")


def _by_protocol(item: ClusterNetworkPolicyProtocol) -> tuple[tuple[Protocol, ProtocolPorts | None], ...]:
    return (Protocol.TCP, item.tcp), (Protocol.UDP, item.udp), (Protocol.SCTP, item.sctp)


# --- warnings ----------------------------------------------------------------------------------------------


def tiered_warnings(spec: TieredSpec) -> Iterator[Fault]:
    """Yield what `spec` says that means less, or more, than it looks; routes start at the object."""
    for index, ingress_rule in enumerate(_ingress(spec)):
        yield from _peer_warnings(ingress_rule.from_, ingress_rule.action, ("spec", "ingress", index, "from"))
        yield from _port_warnings(ingress_rule, ("spec", "ingress", index))
    for index, egress_rule in enumerate(_egress(spec)):
        route: Route = ("spec", "egress", index)
        yield from _peer_warnings(egress_rule.to, egress_rule.action, (*route, "to"))
        yield from _port_warnings(egress_rule, route)
        if isinstance(egress_rule, ClusterNetworkPolicyEgressRule):
            yield from _named_beside_networks(egress_rule, route)


def _peer_warnings(
    peers: Sequence[_IngressPeer | _EgressPeer | UnknownPeer], action: str, route: Route
) -> Iterator[Fault]:
    for index, peer in enumerate(peers):
        if isinstance(peer, UnknownPeer):
            accepts = _ACTIONS[action] is Action.ACCEPT
            effect = "matches nothing" if accepts else "denies everything, whatever else it says"
            message = f"unknown peer `{one_line(peer.field)}`: read as fail closed, so this rule {effect}"
            advice = "if the cluster knows this peer, verdicts that hinge on the rule do not hold there"
            yield Fault("unknown-peer", message, (*route, index, peer.field), advice, at_key=True)
        elif not isinstance(peer, AdminNetworkPolicyIngressPeer | ClusterNetworkPolicyIngressPeer):
            yield from _network_warnings(peer.networks or (), (*route, index, "networks"))


def _network_warnings(networks: Sequence[str], route: Route) -> Iterator[Fault]:
    for index, text in enumerate(networks):
        advice = spelling_advice(text)
        if advice is not None:
            help_ = f"write `{parse_cidr(text).network}`"
            yield Fault("non-canonical-cidr", f"`{one_line(text)}` {advice}", (*route, index), help_)


def _port_warnings(rule: _IngressRule | _EgressRule, route: Route) -> Iterator[Fault]:
    if isinstance(rule, ClusterNetworkPolicyIngressRule | ClusterNetworkPolicyEgressRule):
        for index, item in enumerate(rule.protocols or ()):
            place: Route = (*route, "protocols", index, "destinationNamedPort")
            yield from _name_warnings(item.destination_named_port, place)
        return
    for index, port in enumerate(rule.ports or ()):
        yield from _name_warnings(port.named_port, (*route, "ports", index, "namedPort"))
        if port.named_port is None:
            field = "portNumber" if port.port_number is not None else "portRange"
            yield from _span_warnings(_span(port), (*route, "ports", index, field))


def _name_warnings(name: str | None, route: Route) -> Iterator[Fault]:
    problems = () if name is None else port_name_faults(name)
    if name is not None and problems:
        message = f"`{one_line(name)}` is the name of no port, so it matches nothing: {', '.join(problems)}"
        yield Fault("invalid-port-name", message, route)


def _span_warnings(span: _AdminSpan, route: Route) -> Iterator[Fault]:
    if span.protocol is not None and span.protocol not in _PROTOCOLS:
        message = f"`{one_line(span.protocol)}` is not TCP, UDP or SCTP: nothing that is looked at matches it"
        yield Fault("other-protocol", message, (*route, "protocol"))
    if isinstance(span, AdminNetworkPolicyPortRange) and span.end < span.start:
        message = f"`{span.end}` is below `start`, `{span.start}`: the range is empty, so it matches nothing"
        yield Fault("empty-range", message, (*route, "end"))


def _named_beside_networks(rule: ClusterNetworkPolicyEgressRule, route: Route) -> Iterator[Fault]:
    """Yield the networks beside named ports: the schema of the standard channel lets them pass (VC-6)."""
    if not any(item.destination_named_port is not None for item in rule.protocols or ()):
        return
    for index, peer in enumerate(rule.to):
        if not isinstance(peer, UnknownPeer) and peer.networks is not None:
            message = "addresses that are no pod's have no named ports; the experimental channel refuses this"
            yield Fault("named-port-beside-addresses", message, (*route, "to", index, "networks"))
