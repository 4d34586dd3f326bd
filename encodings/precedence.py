"""Which of two policies of equal priority is asked first: an order of the whole cluster that nobody knows.

Every total order is a reading (ANP-11, CNP-11). Each policy has a rank, and of two equal ranks that of the
policy that stands first in the input counts as the lower: so every value of the ranks is a total order, and
every total order has one, with nothing to assert (S-16).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import z3

from verifier.encodings.namespaces import match_namespaces
from verifier.encodings.symbols import Symbols
from verifier.manifest.labels import LabelSelector
from verifier.manifest.tiers import PodSet, TieredPolicy


class Precedence:
    """The order of policies of equal priority; it has variables only where one makes a difference."""

    def __init__(self, symbols: Symbols, policies: Iterable[TieredPolicy]) -> None:
        self.symbols = symbols
        groups: dict[tuple[int, int], list[TieredPolicy]] = {}
        for policy in policies:
            groups.setdefault((policy.tier.position, policy.priority), []).append(policy)
        self.tied: tuple[Sequence[TieredPolicy], ...] = tuple(g for g in groups.values() if len(g) > 1)
        self._place = {
            policy.title: (place, max(1, (len(group) - 1).bit_length()))
            for group in self.tied
            for place, policy in enumerate(group)
        }
        self._before: dict[tuple[str, str], z3.BoolRef] = {}

    @property
    def asked(self) -> tuple[tuple[TieredPolicy, TieredPolicy, z3.BoolRef], ...]:
        """The pairs in whose order some term is interested, each with the term "the first comes first"."""
        by_title = {policy.title: policy for group in self.tied for policy in group}
        return tuple(
            (by_title[one], by_title[other], term)
            for (one, other), term in self._before.items()
            if term is not self.symbols.terms.true
        )

    @property
    def ranks(self) -> tuple[z3.BitVecRef, ...]:
        """The ranks of the policies of those pairs."""
        found = {policy.title: policy for one, other, _ in self.asked for policy in (one, other)}
        return tuple(self.rank(policy) for policy in found.values())

    def rank(self, policy: TieredPolicy) -> z3.BitVecRef:
        """Return the rank of a policy that has one of equal priority."""
        return self.symbols.terms.bits(f"rank[{policy.title}]", self._place[policy.title][1])

    def before(self, one: TieredPolicy, other: TieredPolicy) -> z3.BoolRef:
        """Return the term "`one` is asked before `other`"; true where no pod is subject to both."""
        terms = self.symbols.terms
        if self._place[one.title] > self._place[other.title]:
            later = self.before(other, one)
            return later if later is terms.true else terms.negation(later)
        found = self._before.get((one.title, other.title))
        if found is None:
            found = terms.true
            if may_share_pods(self.symbols, one.subject, other.subject):
                found = terms.at_most(self.rank(one), self.rank(other))
            self._before[one.title, other.title] = found
        return found


def may_share_pods(symbols: Symbols, one: PodSet, other: PodSet) -> bool:
    """Return whether one pod can be of both sets; False only if it surely cannot."""
    found = [match_namespaces(pods.namespaces, symbols.table) for pods in (one, other)]
    first, second = ({*match.known, *match.possible} for match in found)
    return not first.isdisjoint(second) and not _contradict(one.pods, other.pods)


def _contradict(one: LabelSelector, other: LabelSelector) -> bool:
    wanted = other.match_labels or {}
    return any(wanted.get(key, value) != value for key, value in (one.match_labels or {}).items())
