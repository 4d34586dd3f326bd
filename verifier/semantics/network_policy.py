"""What the NetworkPolicies together say of one side of a concrete flow (NP-1 to NP-9, NP-41 to NP-43)."""

from __future__ import annotations

from collections.abc import Sequence

from verifier.flow import (
    Address,
    Direction,
    Endpoint,
    Flow,
    Node,
    Pod,
    Reason,
    RuleRef,
    SideDecision,
)
from verifier.manifest.network_policy import NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort
from verifier.readings import Readings
from verifier.semantics.rules import has_identity, peers_match, ports_match
from verifier.semantics.selectors import label_selector_matches


def effective_policy_types(policy: NetworkPolicy) -> frozenset[Direction]:
    """Return the directions in which `policy` isolates the pods it selects.

    Source: NP-7 (what the API server fills in), NP-9 (duplicates mean nothing).
    """
    if policy.spec.policy_types:
        return frozenset(policy.spec.policy_types)
    if policy.spec.egress:
        return frozenset({Direction.INGRESS, Direction.EGRESS})
    return frozenset({Direction.INGRESS})


def selecting_policies(
    pod: Pod, policies: Sequence[NetworkPolicy], readings: Readings
) -> tuple[NetworkPolicy, ...]:
    """Return the policies that select `pod`, whatever direction they isolate it in, in the order given.

    Source: NP-1; NP-43: under `node-ip` no policy selects a host-network pod.
    """
    if not has_identity(pod, readings):
        return ()
    return tuple(policy for policy in policies if _selects_pod(policy, pod))


def isolating_policies(
    pod: Pod, direction: Direction, policies: Sequence[NetworkPolicy], readings: Readings
) -> tuple[NetworkPolicy, ...]:
    """Return the policies that isolate `pod` in `direction`, in the order given.

    Source: NP-2.
    """
    selecting = selecting_policies(pod, policies, readings)
    return tuple(policy for policy in selecting if direction in effective_policy_types(policy))


def same_pod(one: Endpoint, other: Endpoint) -> bool:
    """Return whether both are one pod: namespace name and pod name are the same."""
    if not isinstance(one, Pod) or not isinstance(other, Pod):
        return False
    return one.namespace.name == other.namespace.name and one.name == other.name


def is_own_node(endpoint: Endpoint, pod: Endpoint, readings: Readings) -> bool:
    """Return whether `endpoint` is the node on which `pod` runs, or speaks with that node's address.

    Source: NP-41; NP-43: under `node-ip` the traffic of a host-network pod is that of its node.
    """
    if not isinstance(pod, Pod) or pod.node is None:
        return False
    if isinstance(endpoint, Node):
        return endpoint.name == pod.node
    if isinstance(endpoint, Pod) and not has_identity(endpoint, readings):
        return endpoint.node == pod.node
    return False


def _selects_pod(policy: NetworkPolicy, pod: Pod) -> bool:
    if policy.namespace != pod.namespace.name:
        return False
    return policy.spec.pod_selector is None or label_selector_matches(policy.spec.pod_selector, pod.labels)


def network_policy_side(
    direction: Direction, pod: Pod, flow: Flow, policies: Sequence[NetworkPolicy], readings: Readings
) -> SideDecision:
    """Return what `policies` say of the side of `flow` at `pod`, which is one of its ends.

    Raises:
        ValueError: a CIDR of a policy that matters cannot be read, or a peer is empty.

    Source: NP-2 to NP-4; NP-41 to NP-43.
    """
    peer, own_node = (
        (flow.source, readings.own_node_ingress)
        if direction is Direction.INGRESS
        else (flow.destination, readings.own_node_egress)
    )
    if not has_identity(pod, readings):  # NP-43
        return SideDecision(direction, True, Reason.HOST_NETWORK)
    if own_node == "allowed" and is_own_node(peer, pod, readings):  # NP-41, NP-42
        return SideDecision(direction, True, Reason.OWN_NODE)
    isolating = isolating_policies(pod, direction, policies, readings)
    if not isolating:
        return SideDecision(direction, True, Reason.NOT_ISOLATED)
    titles = tuple(policy.title for policy in isolating)
    rules = tuple(rule for policy in isolating for rule in _matching_rules(policy, direction, flow, readings))
    if rules:
        return SideDecision(direction, True, Reason.RULE, rules, titles)
    return SideDecision(direction, False, Reason.NO_RULE, (), titles)


def _matching_rules(
    policy: NetworkPolicy, direction: Direction, flow: Flow, readings: Readings
) -> list[RuleRef]:
    """NP-5: a rule matches iff its peers match and its ports match."""
    peer, address = _far_end(flow, direction)
    return [
        RuleRef(policy.title, direction, index)
        for index, (peers, ports) in enumerate(_rules(policy, direction))
        if peers_match(peers, policy.namespace, peer, address, readings)
        and ports_match(ports, flow, readings)
    ]


def _far_end(flow: Flow, direction: Direction) -> tuple[Endpoint, Address]:
    if direction == Direction.INGRESS:
        return flow.source, flow.source_address
    return flow.destination, flow.destination_address


def _rules(
    policy: NetworkPolicy, direction: Direction
) -> list[tuple[Sequence[NetworkPolicyPeer] | None, Sequence[NetworkPolicyPort] | None]]:
    if direction == Direction.INGRESS:
        return [(rule.from_, rule.ports) for rule in policy.spec.ingress or ()]
    return [(rule.to, rule.ports) for rule in policy.spec.egress or ()]
