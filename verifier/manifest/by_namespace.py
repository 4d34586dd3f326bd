"""NetworkPolicies by namespace: those of one select its pods alone (NP-1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from verifier.flow import Direction, Pod
from verifier.manifest.network_policy import NetworkPolicy

_ANYBODY: Final = 50  # peers of other namespaces that a rule for everybody counts as


class PoliciesByNamespace:
    """NetworkPolicies by namespace, each in input order; `asked` are the namespaces somebody asked about.

    `compared`: somebody asked how open all of them are.

    What was found by asking holds whatever the policies of all other namespaces say (S-8).
    """

    def __init__(self, policies: Iterable[NetworkPolicy]) -> None:
        grouped: dict[str, list[NetworkPolicy]] = {}
        for policy in policies:
            grouped.setdefault(policy.namespace, []).append(policy)
        self._grouped: Mapping[str, Sequence[NetworkPolicy]] = grouped
        self._openness: dict[Direction, Mapping[str, int]] = {}
        self._plain: frozenset[str] | None = None
        self.asked: set[str] = set()
        self.compared = False

    def __iter__(self) -> Iterator[NetworkPolicy]:
        """Yield every policy; that is no question about a namespace."""
        for policies in self._grouped.values():
            yield from policies

    def of(self, namespace: str) -> Sequence[NetworkPolicy]:
        """Return the policies of a namespace."""
        self.asked.add(namespace)
        return self._grouped.get(namespace, ())

    def around(self, *ends: object) -> list[NetworkPolicy]:
        """Return the policies of the namespaces of those ends that are pods; no other can select them."""
        names = dict.fromkeys(end.namespace.name for end in ends if isinstance(end, Pod))
        return [policy for name in names for policy in self.of(name)]

    def anew(self) -> PoliciesByNamespace:
        """Return the same policies, about which nobody has asked yet."""
        fresh = PoliciesByNamespace(())
        fresh._grouped, fresh._openness, fresh._plain = self._grouped, self._openness, self.plain
        return fresh

    @property
    def plain(self) -> frozenset[str]:
        """The titles of the policies without a rule: they isolate, and do nothing else."""
        if self._plain is None:
            self._plain = frozenset(p.title for p in self if not p.spec.ingress and not p.spec.egress)
        return self._plain

    def openness(self, direction: Direction) -> Mapping[str, int]:
        """Return how open rules make each namespace to others: a guess, good for an order.

        No verdict hangs on it, but what is found first, and so shown, does.
        """
        self.compared = True
        found = self._openness.get(direction)
        if found is None:
            found = self._openness[direction] = {
                namespace: sum(_openness(policy, direction) for policy in policies)
                for namespace, policies in self._grouped.items()
            }
        return found


def _openness(policy: NetworkPolicy, direction: Direction) -> int:
    if direction is Direction.INGRESS:
        peers = [rule.from_ for rule in policy.spec.ingress or ()]
    else:
        peers = [rule.to for rule in policy.spec.egress or ()]
    found = 0
    for each in peers:
        if each:
            for peer in each:
                if peer.namespace_selector is not None:
                    found += 1
        else:
            found += _ANYBODY
    return found
