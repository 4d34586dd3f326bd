"""What of a policy has an effect: directions, rules, actions. No terms here, so that nobody waits for z3."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from verifier.flow import Action, Direction
from verifier.manifest.network_policy import (
    NetworkPolicy,
    NetworkPolicyEgressRule,
    NetworkPolicyIngressRule,
    NetworkPolicyPeer,
    NetworkPolicyPort,
)
from verifier.manifest.tiers import TieredRule, UnknownPeer


def effective_types(policy: NetworkPolicy) -> frozenset[Direction]:
    """Return the directions in which a policy isolates, with the API server's default (NP-7, NP-9)."""
    if policy.spec.policy_types:
        return frozenset(policy.spec.policy_types)
    if policy.spec.egress:
        return frozenset((Direction.INGRESS, Direction.EGRESS))
    return frozenset((Direction.INGRESS,))


def rules_of(
    policy: NetworkPolicy, direction: Direction
) -> list[tuple[Sequence[NetworkPolicyPeer], Sequence[NetworkPolicyPort]]]:
    """Return (peers, ports) of each rule of a direction; empty means any (NP-10, NP-20)."""
    rules: Iterable[NetworkPolicyIngressRule | NetworkPolicyEgressRule]
    rules = (policy.spec.ingress if direction is Direction.INGRESS else policy.spec.egress) or ()
    return [
        ((rule.from_ if isinstance(rule, NetworkPolicyIngressRule) else rule.to) or (), rule.ports or ())
        for rule in rules
    ]


def effect(rule: TieredRule) -> Action | None:
    """Return what a rule does where it matches; None: it matches nothing (ANP-12, CNP-12)."""
    if not fails_closed(rule):
        return rule.action
    return None if rule.action is Action.ACCEPT else Action.DENY


def fails_closed(rule: TieredRule) -> bool:
    """Return whether a peer is of a sort that is not known here (ANP-12, CNP-12)."""
    return any(isinstance(peer, UnknownPeer) for peer in rule.peers)
