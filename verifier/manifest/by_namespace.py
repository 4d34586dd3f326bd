"""NetworkPolicies by namespace: those of one select its pods alone (NP-1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from verifier.manifest.network_policy import NetworkPolicy


class PoliciesByNamespace:
    """NetworkPolicies by namespace, each in input order; `asked` are the namespaces somebody asked about.

    What was found by asking holds whatever the policies of all other namespaces say (S-8).
    """

    def __init__(self, policies: Iterable[NetworkPolicy]) -> None:
        grouped: dict[str, list[NetworkPolicy]] = {}
        for policy in policies:
            grouped.setdefault(policy.namespace, []).append(policy)
        self._grouped: Mapping[str, Sequence[NetworkPolicy]] = grouped
        self.asked: set[str] = set()

    def __iter__(self) -> Iterator[NetworkPolicy]:
        """Yield every policy; that is no question about a namespace."""
        for policies in self._grouped.values():
            yield from policies

    def of(self, namespace: str) -> Sequence[NetworkPolicy]:
        """Return the policies of a namespace."""
        self.asked.add(namespace)
        return self._grouped.get(namespace, ())

    def anew(self) -> PoliciesByNamespace:
        """Return the same policies, about which nobody has asked yet."""
        fresh = PoliciesByNamespace(())
        fresh._grouped = self._grouped
        return fresh
