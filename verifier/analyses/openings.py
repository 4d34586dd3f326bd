"""Why a flow is allowed: what of a rule admits it, and which policy might have closed a side that is open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from verifier.analyses.nearest import port_in_words, rules_of
from verifier.analyses.selectors import all_of
from verifier.flow import Direction, Flow, Pod, Reason, SideDecision
from verifier.manifest.network_policy import NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort
from verifier.readings import Readings
from verifier.semantics import effective_policy_types, isolating_policies
from verifier.semantics.rules import peers_match, ports_match
from verifier.verdict import Admission, Overlooked

_MOST_RULES = 3  # of those that let one flow through


def admissions(
    side: SideDecision, flow: Flow, policies: Sequence[NetworkPolicy], readings: Readings
) -> Iterator[Admission]:
    """Yield, for the first rules that let `flow` through on this side, the peer and port that do."""
    by_title = {policy.title: policy for policy in policies}
    for ref in side.rules[:_MOST_RULES]:
        policy = by_title[ref.policy]
        peers, ports = rules_of(policy, ref.direction)[ref.index]
        text = f"{_who(peers, policy, ref.direction, flow, readings)}, on {_on(ports, flow, readings)}"
        yield Admission(ref, text)


def overlooked(
    pod: Pod, direction: Direction, policies: Sequence[NetworkPolicy], readings: Readings
) -> Overlooked | None:
    """Return a policy that isolates `pod` in the other direction alone, perhaps by mistake.

    That is one without `policyTypes`, for which Ingress is taken (NP-7), or one that does nothing but
    isolate.
    """
    other = Direction.INGRESS if direction is Direction.EGRESS else Direction.EGRESS
    for policy in isolating_policies(pod, other, policies, readings):
        if direction in effective_policy_types(policy):
            continue
        section, alone = direction.lower(), f"isolates it for {other.lower()} alone"
        if not policy.spec.policy_types:
            return Overlooked(
                policy.title, direction, f"{alone}: it has no `policyTypes` and no {section} rule"
            )
        if not policy.spec.ingress and not policy.spec.egress:
            return Overlooked(policy.title, direction, f"{alone}: its `policyTypes` do not list {direction}")
    return None


def overlooked_of(
    side: SideDecision, flow: Flow, policies: Sequence[NetworkPolicy], readings: Readings
) -> Overlooked | None:
    """Return what `overlooked` does of the pod that a side leaves open for want of a policy."""
    pod = flow.destination if side.direction is Direction.INGRESS else flow.source
    if side.reason is not Reason.NOT_ISOLATED or not isinstance(pod, Pod):
        return None
    return overlooked(pod, side.direction, policies, readings)


def _who(
    peers: Sequence[NetworkPolicyPeer],
    policy: NetworkPolicy,
    direction: Direction,
    flow: Flow,
    readings: Readings,
) -> str:
    ingress = direction is Direction.INGRESS
    far = flow.source if ingress else flow.destination
    address = flow.source_address if ingress else flow.destination_address
    for place, peer in enumerate(peers):
        if peers_match((peer,), policy.namespace, far, address, readings):
            return f"{'from' if ingress else 'to'}[{place}]: {peer_in_words(peer, policy.namespace)}"
    return "anybody"


def peer_in_words(peer: NetworkPolicyPeer, namespace: str) -> str:
    """Return in words whom a peer means (NP-10 to NP-14)."""
    if peer.ip_block is not None:
        holes = ", ".join(peer.ip_block.except_ or ())
        return f"ipBlock {peer.ip_block.cidr}" + (f" except {holes}" if holes else "")
    labels = all_of(peer.pod_selector)
    pods = f"pods with {labels}" if labels else "every pod"
    if peer.namespace_selector is None:
        return f"{pods} of namespace `{namespace}`"
    wanted = all_of(peer.namespace_selector)
    return f"{pods} of {f'namespaces with {wanted}' if wanted else 'every namespace'}"


def _on(ports: Sequence[NetworkPolicyPort], flow: Flow, readings: Readings) -> str:
    for entry in ports:
        if ports_match((entry,), flow, readings):
            return port_in_words(entry)
    return "every port"
