"""What is said to let a refused flow through does: done to random manifests, both readings allow the flow."""

from collections import Counter
from collections.abc import Mapping
from random import Random

from tests.analyses.patching import changed
from tests.differential.rounds import SEED, rounds
from tests.differential.test_verdicts import tiny
from tests.strategies import RICH, Vocabulary, chance, choices, policies, population, statement
from tests.tier_strategies import tiers
from verifier.cluster import Cluster
from verifier.engine import Engine
from verifier.flow import Endpoint, External, Flow, Node, Pod, Protocol
from verifier.manifest.network_policy import IPBlock, NetworkPolicy
from verifier.population import METADATA_NAME, Population, Workload
from verifier.properties.spec.scope import PortRange, Property, Require, Selection, World
from verifier.semantics import decide
from verifier.verdict import FlowCounterexample, Proved, Refuted


def asked(dice: Random) -> tuple[Cluster, Require, Mapping[str, bool | str]]:
    words = RICH if chance(dice, 2) else tiny(dice)
    people = population(dice, words, most=4)
    required = statement(dice, words, people, "require") if chance(dice, 6) else between(dice, words, people)
    assert isinstance(required, Require)
    near = [nearly(dice, words, people, f"near{number}") for number in range(dice.randint(0, 3))]
    found = (*policies(dice, words, 2), *(policy for policy in near if policy is not None))
    around = tiers(dice, words, 3) if chance(dice, 2) else ()
    return Cluster(people, found, around), required, choices(dice, free=2)


def nearly(dice: Random, words: Vocabulary, people: Population, name: str) -> NetworkPolicy | None:
    """A policy that lets pods of one workload reach those of another, but for some slip perhaps."""
    if not people.workloads:
        return None
    one, other = dice.choice(people.workloads), dice.choice(people.workloads)
    whom = {"podSelector": selecting(dice, other)}
    if other.namespace != one.namespace and not chance(dice, 4):
        key = dice.choice((METADATA_NAME, "name"))
        whom["namespaceSelector"] = {"matchLabels": {key: other.namespace}}
    entry: dict[str, object] = {"port": dice.choice((*words.ports, *words.port_names, "wbe"))}
    entry["protocol"] = dice.choice(tuple(Protocol))
    rule = {"ports": [entry], dice.choice(("from", "to")): [whom]}
    section = "ingress" if "from" in rule else "egress"
    if chance(dice, 3):
        del rule["ports"]
    spec = {"podSelector": selecting(dice, one), section: [rule]}
    if chance(dice, 2):
        spec["policyTypes"] = [section.capitalize()]
    return NetworkPolicy.model_validate({"name": name, "namespace": one.namespace, "spec": spec})


def selecting(dice: Random, workload: Workload) -> dict[str, object]:
    """A selector for its pods, in which a value or a key is misspelt perhaps."""
    if not workload.labels:
        return {}
    key, value = dice.choice(sorted(workload.labels.items()))
    slip = dice.choice((value, value, f"{value}s", value[:-1]))
    if chance(dice, 2):
        return {"matchLabels": {key: slip}}
    return {"matchExpressions": [{"key": key, "operator": "In", "values": [slip]}]}


def between(dice: Random, words: Vocabulary, people: Population) -> Require:
    """That one workload reaches another, an address or a node on one port, or the other way round."""
    pods = [
        Selection(pods=True, namespace=w.namespace, workload=(w.kind, w.name)) for w in people.workloads
    ] or [Selection(pods=True)]
    others = (*pods, *pods, Selection(externals=True), Selection(nodes=True))
    ends = [dice.choice(pods), dice.choice(others)]
    dice.shuffle(ends)
    port = dice.choice(words.ports)
    return Require((ends[0],), (ends[1],), (PortRange(dice.choice(tuple(Protocol)), port, port),))


def verdict(cluster: Cluster, required: Require, world: World, given: Mapping[str, bool | str]) -> object:
    prop = Property(0, "p", required, world, readings=given)
    return Engine(cluster, [required], new_namespaces_both=True).decide(prop, 30)[world]


def address_known(end: Endpoint, people: Population) -> bool:
    nodes = {node.name: node.addresses for node in people.nodes}
    match end:
        case External():
            return True
        case Node():
            return bool(nodes.get(end.name))
        case Pod():
            (own,) = [
                w for w in people.workloads if (w.namespace, w.owner) == (end.namespace.name, end.owner)
            ]
            return own.addresses is not None or (own.host_network and bool(nodes.get(own.node or "")))


def exactly(flow: Flow, people: Population) -> Require | None:
    """That this flow is allowed, and all that are told apart from it by unknown facts alone."""
    ends = []
    for end, address in ((flow.source, flow.source_address), (flow.destination, flow.destination_address)):
        if isinstance(end, Pod) and end.owner is None:
            return None
        block = IPBlock(cidr=f"{address}/{address.max_prefixlen}") if address_known(end, people) else None
        match end:
            case External():
                ends.append(Selection(externals=True, ip_block=block))
            case Node():
                ends.append(Selection(nodes=True, node=end.name, ip_block=block))
            case Pod(owner=owner):
                kind, _, name = (owner or "").partition("/")
                ends.append(
                    Selection(pods=True, namespace=end.namespace.name, workload=(kind, name), ip_block=block)
                )
    return Require((ends[0],), (ends[1],), (PortRange(flow.protocol, flow.port, flow.port),))


def test_a_change_lets_the_flow_through_whatever_is_unknown() -> None:
    met: Counter[str] = Counter()
    for seed, dice in rounds(60):
        cluster, required, given = asked(dice)
        world = dice.choice((World.SNAPSHOT, World.SNAPSHOT, World.ANY_POD))
        found = verdict(cluster, required, world, given)
        if isinstance(found, Refuted):
            judged(cluster, found, given, met, f"seed {seed}, {world}: {found}\n{cluster}\n{given}")
    print(f"from seed {SEED}: {dict(met)}")
    assert min(met[kind] for kind in ("new policy", "new rule", "part")) >= 2
    assert met["nothing said"] <= met["refuted"] / 2


def judged(
    cluster: Cluster, found: Refuted, given: Mapping[str, bool | str], met: Counter[str], told: str
) -> None:
    shown, people = found.counterexample, cluster.population
    assert isinstance(shown, FlowCounterexample)
    met["refuted"] += 1
    if not shown.changes:
        met["nothing said, tiers" if cluster.tiers else "nothing said"] += 1
        return
    after = changed(cluster.policies, shown.changes)
    rest = (shown.readings, cluster.tiers, shown.surroundings)
    assert not decide(shown.flow, cluster.policies, *rest).allowed, told
    assert decide(shown.flow, after, *rest).allowed, told
    met["beside tiers"] += bool(cluster.tiers)
    for change in shown.changes:
        selects = any("podSelector" in step.path for step in change.patch)
        met["new policy" if change.policy is None else "part" if change.rule or selects else "new rule"] += 1
    required = exactly(shown.flow, people)
    if required is not None:
        again = verdict(Cluster(people, after, cluster.tiers), required, World.SNAPSHOT, given)
        assert isinstance(again, Proved), f"{again}\n{told}"
        met["allowed in every completion"] += 1
