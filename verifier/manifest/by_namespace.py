"""NetworkPolicies by namespace: those of one select its pods alone (NP-1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final

from verifier.flow import Direction, Pod
from verifier.manifest.network_policy import NetworkPolicy, NetworkPolicyPeer

_ANYBODY: Final = 50  # peers of other namespaces that a rule for everybody counts as


class Grouping:
    """NetworkPolicies by namespace, each in input order, and what is true of all of them: worked out once.

    What decides a property asks through `PoliciesByNamespace`: it notes what a verdict hangs on (S-10).
    """

    def __init__(self, policies: Iterable[NetworkPolicy]) -> None:
        grouped: dict[str, list[NetworkPolicy]] = {}
        for policy in policies:
            grouped.setdefault(policy.namespace, []).append(policy)
        self.policies: Mapping[str, Sequence[NetworkPolicy]] = grouped

    @cached_property
    def plain(self) -> frozenset[str]:
        """The titles of the policies without a rule: they isolate, and do nothing else."""
        every = (policy for policies in self.policies.values() for policy in policies)
        return frozenset(p.title for p in every if not p.spec.ingress and not p.spec.egress)

    @cached_property
    def openness(self) -> Mapping[Direction, Mapping[str, int]]:
        """How open rules make each namespace to others: a guess, good for an order."""
        return _openness(self.policies)


class PoliciesByNamespace:
    """NetworkPolicies by namespace, with a note of the namespaces somebody `asked` about.

    `compared`: somebody asked how open all of them are.

    What was found by asking holds whatever the policies of all other namespaces say (S-8).
    """

    def __init__(self, grouping: Grouping) -> None:
        self._grouping = grouping
        self.asked: set[str] = set()
        self.compared = False

    def __iter__(self) -> Iterator[NetworkPolicy]:
        """Yield every policy; that is no question about a namespace."""
        for policies in self._grouping.policies.values():
            yield from policies

    def of(self, namespace: str) -> Sequence[NetworkPolicy]:
        """Return the policies of a namespace."""
        self.asked.add(namespace)
        return self._grouping.policies.get(namespace, ())

    def around(self, *ends: object) -> list[NetworkPolicy]:
        """Return the policies of the namespaces of those ends that are pods; no other can select them."""
        names = dict.fromkeys(end.namespace.name for end in ends if isinstance(end, Pod))
        return [policy for name in names for policy in self.of(name)]

    def anew(self) -> PoliciesByNamespace:
        """Return the same policies, about which nobody has asked yet."""
        return PoliciesByNamespace(self._grouping)

    @property
    def plain(self) -> frozenset[str]:
        """The titles of the policies without a rule: they isolate, and do nothing else."""
        return self._grouping.plain

    def openness(self, direction: Direction) -> Mapping[str, int]:
        """Return how open rules make each namespace to others: a guess, good for an order.

        No verdict hangs on it, but what is found first, and so shown, does.
        """
        self.compared = True
        return self._grouping.openness[direction]


def _openness(grouped: Mapping[str, Sequence[NetworkPolicy]]) -> Mapping[Direction, Mapping[str, int]]:
    """Return how open each namespace is, in both directions: every policy is looked at once."""
    ingress: dict[str, int] = {}
    egress: dict[str, int] = {}
    for namespace, policies in grouped.items():
        ingress[namespace] = egress[namespace] = 0
        for policy in policies:
            spec = policy.spec
            for admitting in spec.ingress or ():
                ingress[namespace] += _width(admitting.from_)
            for admitted in spec.egress or ():
                egress[namespace] += _width(admitted.to)
    return {Direction.INGRESS: ingress, Direction.EGRESS: egress}


def _width(peers: Sequence[NetworkPolicyPeer] | None) -> int:
    if not peers:
        return _ANYBODY
    return sum([peer.namespace_selector is not None for peer in peers])
