"""Sides of namespaces in a normal form: equal forms say the same, whatever files, names and order they have.

A side is what the policies of one namespace do in one direction. Policies for the same pods are one, rules
and what is listed in them are sets (NP-3, NP-10, NP-20): so a policy may be renamed, moved or split, and the
form stays.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass

from verifier.analyses.nearest import rules_of
from verifier.flow import Direction, Protocol
from verifier.manifest.cidr import parse_cidr
from verifier.manifest.labels import LabelSelector, Operator
from verifier.manifest.network_policy import IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort
from verifier.semantics import effective_policy_types

Form = Hashable


@dataclass(frozen=True, slots=True)
class Sides:
    """The normal forms of a set of policies: of each namespace and direction in which something isolates."""

    forms: Mapping[tuple[str, Direction], Form]

    def differ_from(self, other: Sides, direction: Direction) -> frozenset[str]:
        """Return the namespaces whose sides in `direction` have another form there."""
        names = {name for name, side in (*self.forms, *other.forms) if side is direction}
        return frozenset(
            name for name in names if self.forms.get((name, direction)) != other.forms.get((name, direction))
        )


def sides_of(policies: Iterable[NetworkPolicy]) -> Sides:
    """Return the normal forms of the sides of `policies`."""
    gathered: dict[tuple[str, Direction], dict[Form, set[Form]]] = {}
    for policy in policies:
        selector = _selector(policy.spec.pod_selector)
        for direction in effective_policy_types(policy):
            rules = gathered.setdefault((policy.namespace, direction), {}).setdefault(selector, set())
            rules.update(_rule(*each) for each in rules_of(policy, direction))
    return Sides(
        {
            side: frozenset((selector, frozenset(rules)) for selector, rules in by_selector.items())
            for side, by_selector in gathered.items()
        }
    )


def _rule(peers: Iterable[NetworkPolicyPeer], ports: Iterable[NetworkPolicyPort]) -> Form:
    return frozenset(map(_peer, peers)), frozenset(map(_port, ports))


def _peer(peer: NetworkPolicyPeer) -> Form:
    pods = None if peer.pod_selector is None else _selector(peer.pod_selector)
    namespaces = None if peer.namespace_selector is None else _selector(peer.namespace_selector)
    if namespaces is not None and pods is None:
        pods = _selector(None)  # every pod of those namespaces (NP-12)
    return pods, namespaces, None if peer.ip_block is None else _block(peer.ip_block)


def _block(block: IPBlock) -> Form:
    return _network(block.cidr), frozenset(map(_network, block.except_ or ()))


def _network(text: str) -> Form:
    return parse_cidr(text).network


def _port(entry: NetworkPolicyPort) -> Form:
    last = entry.end_port if entry.end_port is not None and entry.end_port != entry.port else None
    return entry.protocol or Protocol.TCP, entry.port, last


def _selector(selector: LabelSelector | None) -> Form:
    if selector is None:
        return frozenset()
    parts: set[Form] = {
        (key, Operator.IN, frozenset((value,))) for key, value in (selector.match_labels or {}).items()
    }
    parts.update(
        (each.key, each.operator, frozenset(each.values or ())) for each in selector.match_expressions or ()
    )
    return frozenset(parts)
