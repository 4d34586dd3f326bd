"""Every reason for which something violates a statement, in every completion, by brute force."""

from collections.abc import Mapping
from itertools import combinations, product
from typing import Any

from tests.differential.brute import BruteForce, Met, _Game
from tests.differential.everyone import Everyone, Given, Global, Option
from tests.strategies import seeded
from verifier.cluster import Cluster
from verifier.flow import Address, Endpoint, Flow, Pod, Reason, SideDecision
from verifier.manifest.network_policy import NetworkPolicy
from verifier.population import Population
from verifier.properties.spec.scope import Cover, Require, Statement, World
from verifier.readings import Readings
from verifier.semantics import decide, uncovered, violates
from verifier.verdict import Counterexample, FlowCounterexample

Key = Any


def causes(side: SideDecision, end: Endpoint, population: Population) -> list[Key]:
    """What lets a flow through on one side: each rule, or why it takes none and in which namespace."""
    if side.rules:
        return [(rule.policy, rule.rule) for rule in side.rules]
    if isinstance(end, Pod) and side.reason in (Reason.NOT_ISOLATED, Reason.HOST_NETWORK):
        name = end.namespace.name
        return [(side.reason, name if name in population.namespaces else "a new one")]
    return [side.reason]


def reasons_of_flow(
    statement: Statement,
    flow: Flow,
    policies: tuple[NetworkPolicy, ...],
    readings: Readings,
    population: Population,
) -> frozenset[Key]:
    decision = decide(flow, policies, readings)
    if isinstance(statement, Require):
        return frozenset(
            (side.direction, policy)
            for side in (decision.egress, decision.ingress)
            if not side.allowed
            for policy in side.isolating
        )
    out = causes(decision.egress, flow.source, population)
    into = causes(decision.ingress, flow.destination, population)
    return frozenset(pair(one, other, population) for one, other in product(out, into))


def pair(out: Key, into: Key, population: Population) -> Key:
    """Beside what a policy could stop, what it cannot is no matter."""
    stoppable = [can_be_mended(cause, population) for cause in (out, into)]
    if any(stoppable):
        return tuple(cause if can else "-" for cause, can in zip((out, into), stoppable, strict=True))
    return out, into


def can_be_mended(cause: Key, population: Population) -> bool:
    """A rule can, and that nothing isolates the pods of an existing namespace."""
    if not isinstance(cause, tuple) or cause[0] is Reason.HOST_NETWORK:
        return False
    return cause[0] is not Reason.NOT_ISOLATED or cause[1] in population.namespaces


def reason_of_pod(pod: Pod, direction: object, population: Population) -> Key:
    for workload in population.workloads:
        if (workload.namespace, workload.owner) == (pod.namespace.name, pod.owner):
            own = {k: v for k, v in workload.labels.items() if k not in workload.controller_labels}
            return direction, workload.namespace, tuple(sorted(own.items())), workload.host_network
    return direction, pod.namespace.name, None


def reasons_shown(
    statement: Statement, shown: Counterexample, policies: tuple[NetworkPolicy, ...], population: Population
) -> frozenset[Key]:
    if isinstance(shown, FlowCounterexample):
        return reasons_of_flow(statement, shown.flow, policies, shown.readings, population)
    return frozenset((reason_of_pod(shown.pod, shown.direction, population),))


class EveryoneByLabels(Everyone):
    """Tells pods apart by their labels, also where no selector does."""

    def signature(self, endpoint: Endpoint) -> object:
        labels = seen_labels(endpoint, self) if isinstance(endpoint, Pod) else None
        return super().signature(endpoint), labels


def seen_labels(pod: Pod, everyone: Everyone) -> Key:
    """What policies and statement can tell of a pod's labels: keys and values that they mention."""
    keys = everyone.pod_keys
    known = {k: v if v in keys[k][:-2] else "another" for k, v in pod.labels.items() if k in keys}
    return tuple(sorted(known.items()))


class Reasoned(BruteForce):
    """Notes the reason of every violation; one counts as such only if its reason is among the `wanted`."""

    def __init__(
        self,
        cluster: Cluster,
        statement: Statement,
        choices: Mapping[str, bool | str],
        world: World,
        *,
        both: bool,
        wanted: frozenset[Key] = frozenset(),
        given: Given | None = None,
    ) -> None:
        self.wanted, self.policies = wanted, cluster.policies
        self.reasons: set[Key] = set()
        self.unnamed: set[Key] = set()  # hypothetical pods, by reason, with what can be told of their labels
        self.shown: set[Key] = set()  # the same of pods shown that are not covered
        super().__init__(cluster, statement, choices, world, seeded(0), new_namespaces_both=both, given=given)
        if isinstance(statement, Cover):
            self.everyone = EveryoneByLabels(
                cluster, statement, choices, world, seeded(0), new_namespaces_both=both, given=given
            )

    def all_reasons(self) -> set[Key]:
        """Return the reasons of all flows or pods of all completions; nothing may be `wanted`.

        A hypothetical pod is one only where no pod is shown with the same reason whose labels it has.
        """
        assert not self.wanted
        for each in self.everyone.globals():
            game = _Game(self, each)
            sizes = [range(len(options)) for options in game.entities]
            for entity, size in enumerate(sizes):
                for option in size:
                    game._one(entity, option)
            for a, b in combinations(range(len(sizes)), 2):
                for i, j in product(sizes[a], sizes[b]):
                    game._pair(a, i, b, j)
        alone = {
            key
            for key, labels in self.unnamed
            if not any(key == other and set(own) <= set(labels) for other, own in self.shown)
        }
        return self.reasons - ({key for key, _ in self.unnamed} - alone)

    def _judge(self, met: Met, each: Global, flow: Flow, small: frozenset[Address]) -> None:
        self.spend()
        assert not isinstance(self.statement, Cover)
        if violates(self.statement, flow, self.policies, each.readings):
            found = reasons_of_flow(self.statement, flow, self.policies, each.readings, self.population)
            self._note(met, found, small)

    def alone(self, each: Global, option: Option) -> Met:
        met, pod = super().alone(each, option), option.endpoint
        if met.violated or met.needing:
            assert isinstance(self.statement, Cover)
            assert isinstance(pod, Pod)
            bare = uncovered(self.statement, pod, self.policies, each.readings)
            found = frozenset(reason_of_pod(pod, direction, self.population) for direction in bare)
            met = Met(met.in_scope)
            if pod.owner is None:
                self.unnamed.update((key, seen_labels(pod, self.everyone)) for key in found)
            elif not pod.host_network and not self._added(pod):
                self.shown.update(
                    ((way, pod.namespace.name, None), seen_labels(pod, self.everyone)) for way in bare
                )
            self._note(met, found, frozenset())
        return met

    def _added(self, pod: Pod) -> bool:
        """Whether a controller sets one of these."""
        own = (
            w for w in self.population.workloads if (w.namespace, w.owner) == (pod.namespace.name, pod.owner)
        )
        return any(key in workload.controller_labels for workload in own for key in self.everyone.pod_keys)

    def _note(self, met: Met, found: frozenset[Key], small: frozenset[Address]) -> None:
        self.reasons |= found
        if found & self.wanted:
            met.violated = not small
            met.needing |= {small} if small else set()
