"""What two sets of policies say differently of one population: boxes of flows, in every world and reading.

Flows between pods that the input shows come first, then those of any pod, both under the readings of the
profile; then those that only another reading brings about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import z3

from verifier.deadline import Deadline, LimitError
from verifier.difference import Change, Extent
from verifier.encodings.symbolic_flow import Role
from verifier.encodings.symbols import Symbols, build_symbols
from verifier.encodings.vocabulary import ABSENT, Mentions
from verifier.manifest.labels import LabelSelector
from verifier.manifest.network_policy import NetworkPolicy
from verifier.manifest.tiers import PodSet, TieredPolicy
from verifier.population import Population
from verifier.solver.boxes import Box, Boxes
from verifier.solver.cells import Mentioned
from verifier.solver.comparison import Compared, Comparison, PolicySet, set_apart


@dataclass(frozen=True, slots=True)
class Limits:
    """How many boxes are looked for: of flows between pods shown, and of others.

    `first_flow`: none; it is only decided whether there is a flow, and the first one is shown.
    """

    shown: int = 50
    others: int = 10
    first_flow: bool = False


@dataclass(frozen=True, slots=True)
class Differences:
    """The boxes of one change, each with the extent in which it was found.

    `undecided` says why nobody knows whether there are more, `more` that there are.
    """

    boxes: tuple[tuple[Extent, Box], ...]
    undecided: str | None = None
    more: bool = False


class Differ:
    """Two sets of policies over one population."""

    def __init__(
        self,
        population: Population,
        old: PolicySet,
        new: PolicySet,
        changed: Mapping[Role, frozenset[str]] | None,
        profile: Mapping[str, bool | str],
        deadline: Deadline,
        *,
        twins: Callable[[str], str] | None = None,
        judged: Change | None = None,
        new_namespaces_both: bool = False,
    ) -> None:
        """Prepare.

        `changed` are the namespaces whose sides may differ; None: policies of tiers do, so that all may.
        `twins`: of two versions of the same pods, the key that the old label has; then only the pods shown
        are asked about. `judged`: one change is asked about alone, as a violation.
        """
        old, new = old.within(population.namespaces), new.within(population.namespaces)
        if changed is None:
            old = PolicySet(old.policies, set_apart(old.tiers))
        self.old, self.new = old, new
        self.symbols = _symbols(population, old, new)
        table = self.symbols.table
        indexes = {
            role: frozenset(
                range(table.existing)
                if changed is None
                else (table.index(name) for name in changed[role] if name in population.namespaces)
            )
            for role in Role
        }
        self._shown_only = twins is not None
        compared = Compared(
            self.symbols,
            old,
            new,
            indexes,
            profile,
            same_tiers=changed is not None,
            always=() if twins is None else tuple(_as_twins(self.symbols, twins)),
            judged=judged,
            new_namespaces_both=new_namespaces_both,
        )
        self.comparison = Comparison(compared, deadline)
        self._boxes = Boxes(
            self.comparison, list(_selectors(old, new)), self._mentioned(), shown_only=twins is not None
        )

    def _mentioned(self) -> dict[int | None, Mentioned]:
        found: dict[int | None, Mentioned] = {}
        by_namespace: dict[int | None, list[NetworkPolicy]] = {}
        for policy in (*self.old.policies, *self.new.policies):
            by_namespace.setdefault(self.symbols.table.index(policy.namespace), []).append(policy)
        for index, policies in by_namespace.items():
            found[index] = Mentioned()
            found[index].take_in(policies, ())
        found[None] = Mentioned()
        found[None].take_in((), (*self.old.tiers, *self.new.tiers))
        return found

    def differences(self, change: Change, limits: Limits) -> Differences:
        """Return the boxes of flows that are gained, or lost."""
        comparison = self.comparison
        worlds = {
            Extent.SHOWN: [comparison.snapshot, comparison.profile],
            Extent.ANY_POD: [comparison.profile],
            Extent.ANY_READING: [],
        }
        try:  # mostly there is none, and then that settles it
            if self._boxes.any_at_all(change, []) is None:
                return Differences(())
            if limits.first_flow:
                return self._first(change, worlds)
        except LimitError as limit:
            return Differences((), undecided=limit.reason)
        found: dict[Extent, list[Box]] = {extent: [] for extent in worlds}
        undecided, more = None, False
        try:
            more = self._look(change, limits, worlds, found)
        except LimitError as limit:
            undecided = limit.reason
        return Differences(tuple(self._needed(change, found)), undecided, more)

    def _look(
        self,
        change: Change,
        limits: Limits,
        worlds: Mapping[Extent, list[z3.BoolRef]],
        found: Mapping[Extent, list[Box]],
    ) -> bool:
        """Look for boxes in one extent after the other; return whether there are more than wanted."""
        for extent, world in worlds.items():
            if self._shown_only and extent is Extent.ANY_POD:
                continue
            if any(found.values()) and extent is Extent.ANY_READING:
                break  # what other readings add is a question of its own
            most = limits.shown if extent is Extent.SHOWN else limits.others
            for _ in range(most):
                box = self._boxes.next(change, world)
                if box is None:
                    break
                found[extent].append(box)
            else:
                return True
        return False

    def _needed(self, change: Change, found: Mapping[Extent, list[Box]]) -> Iterator[tuple[Extent, Box]]:
        """Yield the boxes but those in which nothing lies that does not lie in others as well.

        Boxes of flows between pods shown are not left out for those of others.
        """
        before: list[Box] = []
        for extent, boxes in found.items():
            needed = self._boxes.needed(change, boxes, before)
            yield from ((extent, box) for box in needed)
            before += needed

    def _first(self, change: Change, worlds: Mapping[Extent, list[z3.BoolRef]]) -> Differences:
        for extent, world in worlds.items():
            box = self._boxes.any_at_all(change, world)
            if box is not None:
                return Differences(((extent, box),), more=True)
        return Differences(())


def _as_twins(symbols: Symbols, twins: Callable[[str], str]) -> Iterator[z3.BoolRef]:
    """Yield "every pod is shown" and, of namespaces whose labels nobody knows, "they stay as they are"."""
    terms = symbols.terms
    yield terms.boolean("snapshot")
    for role in Role:
        end = symbols.flow.end(role)
        unknown = terms.one_of(end.namespace, symbols.table.unknown)
        for key in symbols.namespace_labels:
            twin = twins(key)
            if twin not in symbols.namespace_labels:
                continue
            now, was = symbols.namespace_labels[key], symbols.namespace_labels[twin]
            codes = [(ABSENT, ABSENT)]
            codes += [(now.codes[each], was.codes[each]) for each in now.values if each in was.codes]
            for code, its in codes:
                alike = terms.same_truth(
                    terms.equals(end.namespace_labels[key], code),
                    terms.equals(end.namespace_labels[twin], its),
                )
                yield terms.implication(unknown, alike)


def _symbols(population: Population, old: PolicySet, new: PolicySet) -> Symbols:
    mentions = Mentions()
    for one in (old, new):
        mentions.policies(one.policies)
        mentions.tiers(one.tiers)
    return build_symbols(population, mentions)


def _selectors(*sets: PolicySet) -> Iterator[LabelSelector]:
    """Yield the selectors of namespaces that policies of either set mention, each once."""
    seen: set[str] = set()
    for one in sets:
        for selector in (*_of_policies(one.policies), *_of_tiers(one.tiers)):
            if repr(selector) not in seen:
                seen.add(repr(selector))
                yield selector


def _of_policies(policies: Iterable[NetworkPolicy]) -> Iterator[LabelSelector]:
    for policy in policies:
        peers = [peer for rule in policy.spec.ingress or () for peer in rule.from_ or ()]
        peers += [peer for rule in policy.spec.egress or () for peer in rule.to or ()]
        yield from (p.namespace_selector for p in peers if p.namespace_selector is not None)


def _of_tiers(tiers: Iterable[TieredPolicy]) -> Iterator[LabelSelector]:
    for policy in tiers:
        yield policy.subject.namespaces
        rules = (*policy.ingress, *policy.egress)
        yield from (peer.namespaces for r in rules for peer in r.peers if isinstance(peer, PodSet))
