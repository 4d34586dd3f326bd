"""Why a flow is refused: the rule that comes nearest to letting it through, and what of it does not match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from verifier.analyses.selectors import all_of, requirements
from verifier.deadline import Deadline, LimitError
from verifier.flow import (
    NETWORK_POLICY_TIER,
    Address,
    Direction,
    Endpoint,
    External,
    Flow,
    Node,
    Pod,
    Reason,
    RuleRef,
    SideDecision,
)
from verifier.manifest.labels import LabelSelector
from verifier.manifest.network_policy import NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort
from verifier.population import METADATA_NAME
from verifier.readings import Readings
from verifier.semantics import ip_block_matches, label_selector_matches, namespace_labels
from verifier.semantics.rules import has_identity, peers_match, ports_match
from verifier.verdict import NearMiss

# What a half of a rule that matches counts: more if it says whom or what it means, and who the peer is most.
# Peers that nearly match count less than one.
_PEER_LISTED, _PORT_LISTED, _ANYBODY, _ANY_PORT = 4.0, 3.0, 2.0, 1.0


def nearest(
    side: SideDecision,
    flow: Flow,
    policies: Sequence[NetworkPolicy],
    readings: Readings,
    deadline: Deadline,
) -> NearMiss | None:
    """Return the rule of the isolating policies that comes nearest to `flow`.

    Of rules that come as near it is one of a policy that selects the pod by label, and of those the first.
    None: they have no rule, or there was no time to look at all of them.
    """
    try:
        return _nearest(side, flow, policies, readings, deadline)
    except LimitError:
        return None


def _nearest(
    side: SideDecision,
    flow: Flow,
    policies: Sequence[NetworkPolicy],
    readings: Readings,
    deadline: Deadline,
) -> NearMiss | None:
    # Where a rule of a tier denies it, it is that rule: only before it can something let the flow through.
    if side.reason is Reason.DENIED:
        return _denied(side)
    best: tuple[tuple[float, bool], NearMiss] | None = None
    isolating = frozenset(side.isolating)
    for policy in policies:
        if policy.title not in isolating:
            continue
        by_label = bool(all_of(policy.spec.pod_selector))
        for index, (peers, ports) in enumerate(rules_of(policy, side.direction)):
            deadline.check()
            score, text = nearness(peers, ports, policy, side.direction, flow, readings)
            if best is None or (score, by_label) > best[0]:
                best = (score, by_label), NearMiss(RuleRef(policy.title, side.direction, index), text)
    return None if best is None else best[1]


def _denied(side: SideDecision) -> NearMiss:
    asked = any(step.tier == NETWORK_POLICY_TIER for step in side.walk)
    if asked:
        text = "it denies what no NetworkPolicy decides: one that selects the pod could let the flow through"
    else:
        text = "it denies whatever NetworkPolicies say: only a rule asked before it can let the flow through"
    return NearMiss(side.rules[0], text)


def rules_of(
    policy: NetworkPolicy, direction: Direction
) -> list[tuple[Sequence[NetworkPolicyPeer], Sequence[NetworkPolicyPort]]]:
    """Return peers and ports of each rule of a direction; empty means any."""
    if direction is Direction.INGRESS:
        return [(rule.from_ or (), rule.ports or ()) for rule in policy.spec.ingress or ()]
    return [(rule.to or (), rule.ports or ()) for rule in policy.spec.egress or ()]


def nearness(
    peers: Sequence[NetworkPolicyPeer],
    ports: Sequence[NetworkPolicyPort],
    policy: NetworkPolicy,
    direction: Direction,
    flow: Flow,
    readings: Readings,
) -> tuple[float, str]:
    """Return how near a rule comes, and in words what of it does not match."""
    ingress = direction is Direction.INGRESS
    far = flow.source if ingress else flow.destination
    address = flow.source_address if ingress else flow.destination_address
    admits = peers_match(peers, policy.namespace, far, address, readings)
    on_port = ports_match(ports, flow, readings)
    parts = [] if on_port else [_port_miss(ports, flow)]
    score = (_PORT_LISTED if ports else _ANY_PORT) if on_port else 0.0
    if admits:
        score += _PEER_LISTED if peers else _ANYBODY
    else:
        near, text = max(
            (_peer_miss(peer, policy.namespace, far, address, readings) for peer in peers),
            key=lambda miss: miss[0],
        )
        score += near
        parts.insert(0, text)
    return score, "; ".join(parts)


def _port_miss(ports: Sequence[NetworkPolicyPort], flow: Flow) -> str:
    listed = ", ".join(port_in_words(entry) for entry in ports)
    named = [entry.port for entry in ports if isinstance(entry.port, str)]
    own = flow.destination.ports if isinstance(flow.destination, Pod) else ()
    missing = [name for name in named if not any(port.name == name for port in own)]
    if missing:
        return f"it allows {listed}, and the destination declares no port named `{missing[0]}`"
    return f"it allows {listed}, not {flow.port}/{flow.protocol}"


def port_in_words(entry: NetworkPolicyPort) -> str:
    """Return what an entry of `ports` lists: `80-90/TCP`, `every port of UDP` (NP-21, NP-26)."""
    protocol = entry.protocol or "TCP"
    if entry.port is None:
        return f"every port of {protocol}"
    upto = "" if entry.end_port is None else f"-{entry.end_port}"
    return f"{entry.port}{upto}/{protocol}"


def _peer_miss(
    peer: NetworkPolicyPeer, namespace: str, far: Endpoint, address: Address, readings: Readings
) -> tuple[float, str]:
    """Return how near a peer comes (below 1) and what of it does not match."""
    if peer.ip_block is not None:
        return block_miss(peer, far, address, readings)
    if not isinstance(far, Pod) or not has_identity(far, readings):
        return 0.0, f"its peer is pods by label, and {sort_of(far)} has none"
    if peer.namespace_selector is None:
        if far.namespace.name != namespace:
            where = f"and this one is in `{far.namespace.name}`"
            return 0.2, f"a podSelector alone means pods of namespace `{namespace}`, {where}"
    elif not label_selector_matches(peer.namespace_selector, namespace_labels(far.namespace)):
        return 0.4, namespace_miss(peer.namespace_selector, far)
    selector = peer.pod_selector or LabelSelector()
    return 0.6, f"podSelector {_first_miss(selector, far.labels, 'the pod')}"


def block_miss(
    peer: NetworkPolicyPeer, far: Endpoint, address: Address, readings: Readings
) -> tuple[float, str]:
    """Return how near a peer of addresses comes, and why it does not match.

    Raises:
        ValueError: `peer` is none of addresses.
    """
    block = peer.ip_block
    if block is None:
        raise ValueError("expected a peer with an ipBlock")
    if ip_block_matches(block, address):
        return 0.5, f"ipBlock {block.cidr} is not read as matching {sort_of(far)}"
    if ip_block_matches(block.model_copy(update={"except_": None}), address):
        return 0.5, f"ipBlock {block.cidr} excepts {address}"
    return 0.1, f"{address} lies outside ipBlock {block.cidr}"


def sort_of(far: Endpoint) -> str:
    """Return in words what sort of endpoint it is."""
    match far:
        case External():
            return "an address outside the cluster"
        case Node():
            return "a node"
        case Pod():
            return "a host-network pod" if far.host_network else "a pod"


def namespace_miss(selector: LabelSelector, far: Pod) -> str:
    """Return the first requirement that the namespace of `far` does not satisfy; it does not satisfy all."""
    name = far.namespace.name
    text = (
        f"namespaceSelector {_first_miss(selector, namespace_labels(far.namespace), f'namespace `{name}`')}"
    )
    wanted = (selector.match_labels or {}).items()
    if any(value == name and key != METADATA_NAME for key, value in wanted):
        return f"{text}; `{METADATA_NAME}: {name}` would match"
    return text


def _first_miss(selector: LabelSelector, labels: Mapping[str, str], who: str) -> str:
    """Return the first requirement that `labels` do not satisfy, and what they say instead."""
    for text, key, requirement in requirements(selector):
        if not label_selector_matches(requirement, labels):
            own = f"has no label `{key}`" if key not in labels else f"has `{key}: {labels[key]}`"
            return f"{text}: {who} {own}"
    raise ValueError("expected a selector that does not match")
