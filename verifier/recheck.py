"""Counterexamples of earlier runs, replayed once more by the reference reading (S-10)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from verifier.analyses.written import as_yaml, sets_of_policies
from verifier.cluster import Cluster
from verifier.manifest.by_namespace import PoliciesByNamespace
from verifier.manifest.network_policy import NetworkPolicy
from verifier.properties.spec.scope import Cover, Isolate, Property, World
from verifier.readings import FREE
from verifier.semantics import (
    decide,
    in_existing_namespaces,
    membership_faults,
    surroundings_faults,
    uncovered,
    violates,
)
from verifier.verdict import (
    Counterexample,
    Depends,
    FlowCounterexample,
    PodCounterexample,
    Refuted,
    Unknown,
    Verdict,
)


class Recheck:
    """The reference reading of one cluster; `both`: both ends of a flow may be in new namespaces."""

    def __init__(self, cluster: Cluster, *, both: bool) -> None:
        self._cluster, self._both = cluster, both
        self._policies = PoliciesByNamespace(cluster.grouping)

    def stands(self, prop: Property, verdict: Verdict, world: World) -> bool:
        """Return whether every counterexample of a verdict is one: in that world, under those readings."""
        return all(self._is_one(prop, shown, world) for shown in _shown(verdict))

    def _is_one(self, prop: Property, shown: Counterexample, world: World) -> bool:
        stated = prop.readings.items()
        if any(value != FREE and getattr(shown.readings, name) != value for name, value in stated):
            return False
        people = World.SNAPSHOT if world is World.SNAPSHOT else World.ANY_POD
        if isinstance(shown, PodCounterexample):
            return self._is_uncovered(prop, shown, people)
        return self._violates(prop, shown, people)

    def _is_uncovered(self, prop: Property, shown: PodCounterexample, people: World) -> bool:
        statement, pod, population = prop.of_one_set, shown.pod, self._cluster.population
        if not isinstance(statement, Cover) or membership_faults([pod], population, people, self._both):
            return False
        open_in = uncovered(statement, pod, self._policies.around(pod), shown.readings)
        return shown.direction in open_in and in_existing_namespaces([pod], population)

    def _violates(self, prop: Property, shown: FlowCounterexample, people: World) -> bool:
        flow, readings, around = shown.flow, shown.readings, shown.surroundings
        statement, tiers, population = prop.of_one_set, self._cluster.tiers, self._cluster.population
        if isinstance(statement, Cover) or membership_faults(flow, population, people, self._both):
            return False
        if surroundings_faults(around, population):
            return False
        if isinstance(statement, Isolate) and not in_existing_namespaces(flow, population):
            return False
        return any(
            violates(statement, flow, policies, readings, tiers, around)
            and decide(flow, policies, readings, tiers, around) == shown.decision
            for policies in self._given(shown)
        )

    def _given(self, shown: FlowCounterexample) -> Iterable[Sequence[NetworkPolicy]]:
        """Return the policies of the flow's ends or, where anybody may write some, those written."""
        flow = shown.flow
        if shown.written is None:
            return [self._policies.around(flow.source, flow.destination)]
        every = (each for allowing in (True, False) for each in sets_of_policies(flow, allowing=allowing))
        return [policies for policies in every if tuple(map(as_yaml, policies)) == shown.written]


def _shown(verdict: Verdict) -> Iterator[Counterexample]:
    if isinstance(verdict, Refuted | Depends):
        yield verdict.counterexample
        if verdict.more is not None:
            yield from verdict.more.counterexamples
    elif isinstance(verdict, Unknown) and verdict.counterexample is not None:
        yield verdict.counterexample
