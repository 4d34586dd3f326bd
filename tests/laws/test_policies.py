"""Laws that hold of every set of policies: on concrete flows in both readings, and on verdicts."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from random import Random

import pytest

from tests.differential.people import Cast
from tests.strategies import KINDS, RICH, policies, population, seeded, statement
from verifier.cluster import Cluster
from verifier.engine import Engine
from verifier.flow import Direction, Endpoint, Flow, Pod, PodNamespace
from verifier.manifest.labels import LabelSelector
from verifier.manifest.network_policy import (
    NetworkPolicy,
    NetworkPolicyEgressRule,
    NetworkPolicyIngressRule,
    NetworkPolicyPeer,
    NetworkPolicySpec,
)
from verifier.population import METADATA_NAME, Namespace, Population
from verifier.properties.spec.scope import Property, Require, Selection, Statement, World
from verifier.readings import Readings
from verifier.semantics import decide, effective_policy_types
from verifier.verdict import Word

DEFAULT = Readings()
CLUSTERS = 12
FLOWS = 60

Policies = tuple[NetworkPolicy, ...]
Change = Callable[[Random, Policies], Policies]


@dataclass(frozen=True)
class Scene:
    """A cluster, a property of it and flows through it."""

    cluster: Cluster
    statement: Statement
    flows: tuple[Flow, ...]

    def with_policies(self, changed: Policies) -> "Scene":
        return replace(self, cluster=replace(self.cluster, policies=changed))

    def allowed(self) -> list[bool]:
        return [decide(flow, self.cluster.policies, DEFAULT).allowed for flow in self.flows]

    def words(self) -> dict[World, Word]:
        return words(self.cluster, self.statement)


def words(cluster: Cluster, asked: Statement) -> dict[World, Word]:
    decided = Engine(cluster, [asked]).decide(Property(0, "p", asked, World.SNAPSHOT), 30)
    return {world: verdict.word for world, verdict in decided.items()}


def scene(dice: Random) -> Scene:
    people = population(dice, RICH)
    cluster = Cluster(people, policies(dice, RICH, 4))
    asked = statement(dice, RICH, people, dice.choice(KINDS))
    return Scene(cluster, asked, tuple(Cast(dice, RICH, people).flows(FLOWS)))


def scenes() -> Iterable[tuple[Random, Scene]]:
    for seed in range(CLUSTERS):
        dice = seeded(seed)
        yield dice, scene(dice)


def written_out(policy: NetworkPolicy) -> NetworkPolicySpec:
    """The spec with its effective policyTypes said."""
    types = tuple(d for d in Direction if d in effective_policy_types(policy))
    return policy.spec.model_copy(update={"policy_types": types})


def reversed_peers(policy: NetworkPolicy) -> NetworkPolicy:
    """Rules, their peers and their ports, the other way round."""
    ingress = tuple(
        rule.model_copy(update={"from_": (rule.from_ or ())[::-1], "ports": (rule.ports or ())[::-1]})
        for rule in reversed(policy.spec.ingress or ())
    )
    egress = tuple(
        rule.model_copy(update={"to": (rule.to or ())[::-1], "ports": (rule.ports or ())[::-1]})
        for rule in reversed(policy.spec.egress or ())
    )
    return policy.model_copy(
        update={"spec": policy.spec.model_copy(update={"ingress": ingress, "egress": egress})}
    )


def in_two(policy: NetworkPolicy) -> Policies:
    """Two policies of the same selector and policyTypes, each with some of the rules."""
    parts = []
    for side in (0, 1):
        spec = written_out(policy).model_copy(
            update={
                "ingress": (policy.spec.ingress or ())[side::2],
                "egress": (policy.spec.egress or ())[side::2],
            }
        )
        parts.append(policy.model_copy(update={"name": f"{policy.name}-{side}", "spec": spec}))
    return tuple(parts)


def shuffled(dice: Random, given: Policies) -> Policies:
    return tuple(dice.sample(given, len(given)))


def turned(_: Random, given: Policies) -> Policies:
    return tuple(reversed_peers(policy) for policy in given)


def divided(_: Random, given: Policies) -> Policies:
    return tuple(part for policy in given for part in in_two(policy))


def doubled(_: Random, given: Policies) -> Policies:
    return (*given, *(policy.model_copy(update={"name": f"{policy.name}-again"}) for policy in given))


@pytest.mark.parametrize("change", [shuffled, turned, divided, doubled])
def test_what_changes_nothing(change: Change) -> None:
    """The order of policies, of rules, peers and ports; a policy split in two; a policy said twice."""
    met = set()
    for dice, before in scenes():
        after = before.with_policies(change(dice, before.cluster.policies))
        assert after.allowed() == before.allowed()
        assert after.words() == before.words()
        met |= set(before.allowed())
    assert met == {True, False}


def test_adding_a_rule_never_removes_a_flow() -> None:
    """With `policyTypes` written out: else an egress rule would isolate."""
    gained = 0
    for dice, before in scenes():
        if not before.cluster.policies:
            continue
        fixed = tuple(p.model_copy(update={"spec": written_out(p)}) for p in before.cluster.policies)
        changed = dice.choice(fixed)
        more = {
            "ingress": (*(changed.spec.ingress or ()), NetworkPolicyIngressRule()),
            "egress": (*(changed.spec.egress or ()), NetworkPolicyEgressRule()),
        }
        opened = changed.model_copy(update={"spec": changed.spec.model_copy(update=more)})
        after = before.with_policies(tuple(opened if p is changed else p for p in fixed))
        pairs = list(zip(before.allowed(), after.allowed(), strict=True))
        assert (True, False) not in pairs
        gained += pairs.count((False, True))
        worse = {(Word.PROVED, Word.REFUTED), (Word.PROVED, Word.UNKNOWN), (Word.UNKNOWN, Word.REFUTED)}
        if isinstance(before.statement, Require):
            for world, word in before.words().items():
                assert (word, after.words()[world]) not in worse
    assert gained


# --- names -----------------------------------------------------------------------------------------


def renamed(text: str) -> str:
    return "" if text == "" else f"{text}0"


def renamed_labels(labels: dict[str, str]) -> dict[str, str]:
    return {renamed(key): renamed(value) for key, value in labels.items()}


def renamed_selector(selector: LabelSelector | None) -> LabelSelector | None:
    if selector is None:
        return None
    labels = {_key(key): renamed(value) for key, value in (selector.match_labels or {}).items()}
    expressions = tuple(
        r.model_copy(update={"key": _key(r.key), "values": tuple(renamed(v) for v in r.values or ())})
        for r in selector.match_expressions or ()
    )
    return LabelSelector.model_construct(match_labels=labels, match_expressions=expressions)


def _key(key: str) -> str:
    return key if key == METADATA_NAME else renamed(key)


def renamed_peers(peers: Sequence[NetworkPolicyPeer] | None) -> tuple[NetworkPolicyPeer, ...] | None:
    if peers is None:
        return None
    return tuple(
        peer.model_copy(
            update={
                "pod_selector": renamed_selector(peer.pod_selector),
                "namespace_selector": renamed_selector(peer.namespace_selector),
            }
        )
        for peer in peers
    )


def renamed_policy(policy: NetworkPolicy) -> NetworkPolicy:
    spec = policy.spec
    ingress = spec.ingress and tuple(
        r.model_copy(update={"from_": renamed_peers(r.from_)}) for r in spec.ingress
    )
    egress = spec.egress and tuple(r.model_copy(update={"to": renamed_peers(r.to)}) for r in spec.egress)
    chosen = renamed_selector(spec.pod_selector)
    fresh = spec.model_copy(update={"pod_selector": chosen, "ingress": ingress, "egress": egress})
    return policy.model_copy(update={"namespace": renamed(policy.namespace), "spec": fresh})


def renamed_people(people: Population) -> Population:
    namespaces = {
        renamed(n.name): Namespace(
            renamed(n.name), None if n.labels is None else renamed_labels(dict(n.labels))
        )
        for n in people.namespaces.values()
    }
    workloads = tuple(
        replace(
            w,
            namespace=renamed(w.namespace),
            labels=renamed_labels(dict(w.labels)),
            controller_labels=frozenset(renamed(key) for key in w.controller_labels),
        )
        for w in people.workloads
    )
    return replace(people, namespaces=namespaces, workloads=workloads)


ENDS = Selection(pods=True, externals=True)
EVERYTHING: tuple[Statement, ...] = (
    Require((ENDS,), (ENDS,)),
    Require((Selection(pods=True),), (Selection(pods=True),)),
)


def test_names_mean_nothing() -> None:
    """Labels and namespaces renamed throughout: the same flows, the same verdicts."""
    for _, before in scenes():
        people = renamed_people(before.cluster.population)
        after = Cluster(people, tuple(renamed_policy(policy) for policy in before.cluster.policies))
        for asked in EVERYTHING:
            assert words(after, asked) == words(before.cluster, asked)
        for flow in before.flows:
            ends = [renamed_endpoint(end) for end in (flow.source, flow.destination)]
            other = replace(flow, source=ends[0], destination=ends[1])
            one = decide(flow, before.cluster.policies, DEFAULT)
            assert decide(other, after.policies, DEFAULT).allowed == one.allowed


def renamed_endpoint(end: Endpoint) -> Endpoint:
    if not isinstance(end, Pod):
        return end
    own = PodNamespace(renamed(end.namespace.name), renamed_labels(dict(end.namespace.labels)))
    return replace(end, namespace=own, labels=renamed_labels(dict(end.labels)))


def test_without_policies_all_pods_reach_each_other() -> None:
    pods = (Selection(pods=True),)
    for _, before in scenes():
        bare = before.with_policies(())
        assert all(bare.allowed())
        word = words(bare.cluster, Require(pods, pods))
        assert word[World.ANY_POD] is Word.PROVED
        assert word[World.SNAPSHOT] in (Word.PROVED, Word.VACUOUS)
