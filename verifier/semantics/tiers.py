"""What one tier says of one side of a concrete flow (ANP-1 to ANP-12, CNP-1 to CNP-15).

A host-network pod is node traffic to every tier but NetworkPolicy's, whatever is read there (NP-44).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import assert_never

from verifier.flow import (
    Action,
    Address,
    Direction,
    Endpoint,
    External,
    Flow,
    Node,
    Pod,
    Protocol,
    RuleRef,
    Surroundings,
    TierStep,
)
from verifier.manifest.labels import LabelSelector
from verifier.manifest.tiers import (
    DomainNames,
    NamedPort,
    NetworkSet,
    NodeSet,
    Peer,
    PodSet,
    PortMatch,
    PortRange,
    Tier,
    TieredPolicy,
    TieredRule,
    UnknownPeer,
)
from verifier.readings import Readings
from verifier.semantics.addresses import ip_block_matches
from verifier.semantics.selectors import label_selector_matches, namespace_labels


def tiers_in_order(policies: Sequence[TieredPolicy]) -> list[Tier]:
    """Return the tiers that have a policy, in the order in which they are asked (ANP-2, CNP-2)."""
    return sorted({policy.tier for policy in policies})


def ask_tier(
    tier: Tier,
    policies: Sequence[TieredPolicy],
    direction: Direction,
    flow: Flow,
    readings: Readings,
    surroundings: Surroundings,
) -> TierStep:
    """Return what `tier` says of the side of `flow` whose pod it may speak of.

    Args:
        policies: of all tiers, in any order.

    Raises:
        ValueError: a fact of the surroundings that matters is not given, or a CIDR cannot be read.

    Source: ANP-2, CNP-2: policies by ascending priority, rules from the top, the first that matches; ANP-5.
    """
    subject, _, _ = _ends(flow, direction)
    for policy in policies_in_order(tier, policies, surroundings.precedence):
        if not in_pod_set(policy.subject, subject):
            continue
        for index, rule in enumerate(policy.rules(direction)):
            action = _effect(rule, direction, flow, readings, surroundings)
            if action is not None:
                return TierStep(
                    tier=tier.name,
                    action=action,
                    rule=RuleRef(policy.title, direction, index),
                    name=rule.name,
                    priority=policy.priority,
                    fails_closed=has_unknown_peer(rule),
                )
    return TierStep(tier.name)


def policies_in_order(
    tier: Tier, policies: Iterable[TieredPolicy], precedence: Sequence[str]
) -> list[TieredPolicy]:
    """Return the policies of `tier` in the order in which they are asked.

    Raises:
        ValueError: `precedence` does not say which of two policies of equal priority comes first.

    Source: ANP-2; ANP-11: equal priorities are in some order, the same for the whole cluster.
    """
    ordered: list[TieredPolicy] = []
    own = sorted((policy for policy in policies if policy.tier == tier), key=lambda policy: policy.priority)
    for _, tied in groupby(own, key=lambda policy: policy.priority):
        group = list(tied)
        if len(group) > 1:
            missing = [policy.title for policy in group if policy.title not in precedence]
            if missing:
                raise ValueError(f"expected a place among equal priorities, found none for `{missing[0]}`")
            group.sort(key=lambda policy: precedence.index(policy.title))
        ordered += group
    return ordered


def _ends(flow: Flow, direction: Direction) -> tuple[Endpoint, Endpoint, Address]:
    """Return whose side it is, and the other end with its address."""
    if direction is Direction.INGRESS:
        return flow.destination, flow.source, flow.source_address
    return flow.source, flow.destination, flow.destination_address


def _effect(
    rule: TieredRule, direction: Direction, flow: Flow, readings: Readings, surroundings: Surroundings
) -> Action | None:
    """Return what `rule` does with the flow; None: it does not match."""
    if has_unknown_peer(rule):  # ANP-12: whatever else the rule says
        return None if rule.action is Action.ACCEPT else Action.DENY
    _, peer, address = _ends(flow, direction)
    if not any(peer_matches(one, peer, address, readings, surroundings) for one in rule.peers):
        return None
    if rule.ports is not None and not any(port_matches(one, flow, readings) for one in rule.ports):
        return None
    return rule.action


def has_unknown_peer(rule: TieredRule) -> bool:
    """Return whether a peer of `rule` is of a sort that is not known (ANP-12)."""
    return any(isinstance(peer, UnknownPeer) for peer in rule.peers)


def peer_matches(
    peer: Peer, endpoint: Endpoint, address: Address, readings: Readings, surroundings: Surroundings
) -> bool:
    """Return whether `endpoint`, with the address that the flow has there, is one whom `peer` means.

    Raises:
        ValueError: a fact of the surroundings that matters is not given, or the peer is not known.

    Source: ANP-10, CNP-7, CNP-9, CNP-10.
    """
    match peer:
        case PodSet():
            return in_pod_set(peer, endpoint)
        case NetworkSet():
            return _seen_by_address(endpoint, readings) and any(
                ip_block_matches(block, address) for block in peer.blocks
            )
        case NodeSet():
            return _on_node(peer.nodes, endpoint, surroundings)
        case DomainNames():
            return isinstance(endpoint, External) and any(
                address in _addresses_of(name, surroundings) for name in peer.names
            )
        case UnknownPeer():
            raise ValueError(f"expected a peer that is known, found `{peer.field}`")
        case _:
            assert_never(peer)


def in_pod_set(pods: PodSet, endpoint: Endpoint) -> bool:
    """Return whether `endpoint` is among `pods`.

    Source: ANP-1, CNP-5; NP-44: a host-network pod never is.
    """
    if not isinstance(endpoint, Pod) or endpoint.host_network:
        return False
    in_namespace = label_selector_matches(pods.namespaces, namespace_labels(endpoint.namespace))
    return in_namespace and label_selector_matches(pods.pods, endpoint.labels)


def _seen_by_address(endpoint: Endpoint, readings: Readings) -> bool:
    """ANP-10, CNP-7, NP-34: whether networks apply to this sort of endpoint at all."""
    if isinstance(endpoint, External):
        return True
    if isinstance(endpoint, Pod) and not endpoint.host_network:
        return readings.cidr_matches_pods
    return readings.cidr_matches_nodes


def _on_node(nodes: LabelSelector, endpoint: Endpoint, surroundings: Surroundings) -> bool:
    """ANP-10; CNP-10: a host-network pod has the addresses of its node."""
    stated: Mapping[str, str] | None = None
    name: str | None
    if isinstance(endpoint, Node):
        stated, name = endpoint.labels, endpoint.name
    elif isinstance(endpoint, Pod) and endpoint.host_network:
        name = endpoint.node
    else:
        return False
    if not nodes.match_labels and not nodes.match_expressions:  # `{}`: every node, whatever it is called
        return True
    return label_selector_matches(nodes, _node_labels(name, stated, surroundings))


def _node_labels(
    name: str | None, stated: Mapping[str, str] | None, surroundings: Surroundings
) -> Mapping[str, str]:
    if stated is not None:
        return stated
    for node in surroundings.nodes:
        if node.name == name and node.labels is not None:
            return node.labels
    raise ValueError(f"expected the labels of node `{name}`, found none")


def _addresses_of(name: str, surroundings: Surroundings) -> frozenset[Address]:
    """CNP-9, S-12: the addresses of a domain name are a fact."""
    if name not in surroundings.domain_names:
        raise ValueError(f"expected the addresses of the domain name `{name}`, found none")
    return surroundings.domain_names[name]


def port_matches(entry: PortMatch, flow: Flow, readings: Readings) -> bool:
    """Return whether `entry` admits the port and protocol of `flow` (ANP-9, CNP-6)."""
    if flow.protocol is Protocol.SCTP and not readings.sctp_support:  # NP-27
        return False
    match entry:
        case PortRange():
            return flow.protocol is entry.protocol and entry.first <= flow.port <= entry.last
        case NamedPort():
            return (flow.protocol, flow.port) in _named_ports(entry.name, flow.destination, readings)
        case _:
            assert_never(entry)


def _named_ports(name: str, destination: Endpoint, readings: Readings) -> list[tuple[Protocol, int]]:
    """ANP-9, CNP-6, NP-24, NP-25: what a port name stands for on the destination."""
    if not isinstance(destination, Pod) or destination.host_network:
        return []
    declared = [(port.protocol, port.number) for port in destination.ports if port.name == name]
    return declared if readings.named_port_duplicates == "any" else declared[:1]
