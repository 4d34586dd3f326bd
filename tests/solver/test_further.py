"""Several counterexamples: each for another reason, and none left out where there is said to be no other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.soundness.cluster import (
    DB,
    DENY_ALL,
    SHOP,
    TO_DB,
    WEB,
    deployment,
    namespace,
    node,
    pod,
    policy,
    write,
)
from verifier.engine import Engine
from verifier.property_file import Overrides, load_property_sets
from verifier.report import PropertyResult
from verifier.verdict import Depends, FlowCounterexample, More, PodCounterexample, Refuted
from verifier.verify import check

OPS = namespace("ops") + pod("mon", "app: mon", where="ops")
INTO_DB = "forbid: {from: any, to: {namespace: shop, workload: db}}"


def found(folder: Path, manifests: str, statement: str, most: int = 20, spec: str = "") -> PropertyResult:
    """Return what is found, having seen that the option moves neither verdict nor first counterexample."""
    file = str(write(folder, manifests, statement, spec))
    (alone,) = check(file).results
    (result,) = check(file, counterexamples=most).results
    assert {world: verdict.word for world, verdict in alone.verdicts.items()} == {
        world: verdict.word for world, verdict in result.verdicts.items()
    }
    assert alone.counterexample == result.counterexample
    return result


def more(result: PropertyResult) -> More:
    assert isinstance(result.verdict, Refuted | Depends)
    assert result.verdict.more is not None
    assert result.counterexamples == result.verdict.more.counterexamples
    return result.verdict.more


def sides(result: PropertyResult) -> list[tuple[str, str]]:
    """What lets out and lets in, or refuses, for each counterexample: rules, or the reason."""
    told = []
    for shown in result.counterexamples:
        assert isinstance(shown, FlowCounterexample)
        both = (shown.decision.egress, shown.decision.ingress)
        words = [" ".join(f"{r.policy} {r.rule}" for r in side.rules) or str(side.reason) for side in both]
        told.append((words[0], words[1]))
    return told


def pods(result: PropertyResult) -> list[tuple[str, str]]:
    told = []
    for shown in result.counterexamples:
        assert isinstance(shown, PodCounterexample)
        told.append((f"{shown.pod.namespace.name}/{shown.pod.name}", str(shown.direction)))
    return sorted(told)


# --- what should be refused --------------------------------------------------------------------------------


def into(*rules: str, name: str = "p") -> str:
    """Return a policy that isolates db for ingress."""
    selector = "{podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress]"
    return policy(f"{selector}, ingress: [{', '.join(rules)}]}}", name=name)


def test_each_rule_is_a_reason(tmp_path: Path) -> None:
    rules = into("{ports: [{port: 80}]}", "{ports: [{port: 90}]}", name="in")
    out = policy("{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: [{}]}", name="out")

    result = found(tmp_path, SHOP + WEB + DB + rules + out, TO_DB)

    assert sorted(sides(result)) == [
        ("shop/out egress[0]", "shop/in ingress[0]"),
        ("shop/out egress[0]", "shop/in ingress[1]"),
    ]
    assert more(result).exhaustive


def test_a_rule_within_another_is_shown_too(tmp_path: Path) -> None:
    # Whoever mends the wide rule alone still has the narrow one.
    rules = into("{}", "{ports: [{port: 90}]}", name="in")

    result = found(tmp_path, SHOP + WEB + DB + rules, TO_DB)

    assert sides(result) == [
        ("not isolated", "shop/in ingress[0]"),
        ("not isolated", "shop/in ingress[0] shop/in ingress[1]"),
    ]
    assert more(result).exhaustive


def test_pods_that_nothing_isolates_are_one_reason_for_each_namespace(tmp_path: Path) -> None:
    crowd = "".join(pod(f"p{number}", f"app: p{number}") for number in range(3)) + OPS

    result = found(tmp_path, SHOP + DB + crowd, INTO_DB.replace("any", "{namespaceSelector: {}}"))

    sources = [c.flow.source for c in result.counterexamples if isinstance(c, FlowCounterexample)]
    assert len(sources) == 2
    assert {source.namespace.name for source in sources if hasattr(source, "namespace")} == {"shop", "ops"}
    assert more(result).exhaustive


def test_what_must_be_mended_anyhow_is_told_once(tmp_path: Path) -> None:
    # Only db's side can stop what comes from outside; then it need not be said of each namespace.
    crowd = "".join(namespace(f"n{i}") + pod("p", where=f"n{i}") for i in range(6))

    result = found(tmp_path, SHOP + DB + crowd + into("{}", name="in"), INTO_DB)

    assert {ingress for _, ingress in sides(result)} == {"shop/in ingress[0]"}
    assert len(result.counterexamples) <= 2
    assert more(result).exhaustive


def test_two_ways_out_and_two_ways_in_are_four_pairs(tmp_path: Path) -> None:
    two = "[{ports: [{port: 80}]}, {ports: [{port: 80}]}]"
    out = policy(f"{{podSelector: {{}}, policyTypes: [Egress], egress: {two}}}", name="out")
    rules = into("{ports: [{port: 80}]}", "{}", name="in")
    apart = rules.replace("[{ports: [{port: 80}]}, {}]", "[{ports: [{port: 80, endPort: 81}]}, {}]")

    one = found(tmp_path, SHOP + WEB + DB + out + rules, TO_DB)
    (tmp_path / "second").mkdir()
    other = found(tmp_path / "second", SHOP + WEB + DB + out + apart, TO_DB)

    assert sides(one) == sides(other)  # on port 80 all of them at once
    assert len(sides(one)) == 1
    assert more(one).exhaustive


@pytest.mark.parametrize(
    ("most", "shown", "exhaustive"), [(1, 1, None), (2, 2, False), (3, 3, True), (4, 3, True)]
)
def test_no_more_than_asked_for(most: int, shown: int, exhaustive: bool | None, tmp_path: Path) -> None:
    rules = into(*(f"{{ports: [{{port: {port}}}]}}" for port in (80, 90, 100)))

    result = found(tmp_path, SHOP + WEB + DB + rules, TO_DB, most)

    assert isinstance(result.verdict, Refuted)
    assert len(result.counterexamples) == shown
    assert (None if result.verdict.more is None else result.verdict.more.exhaustive) is exhaustive


def test_something_new_comes_before_the_known_combined_anew(tmp_path: Path) -> None:
    ports = (80, 90, 100)
    rules = into(*(f"{{ports: [{{port: {port}}}]}}" for port in ports), name="in")
    namespaces = "".join(namespace(f"n{i}") + pod("p", where=f"n{i}") for i in range(3))
    statement = INTO_DB.replace("any", "{namespaceSelector: {}, except: {namespace: shop}}")

    result = found(tmp_path, SHOP + DB + namespaces + rules, statement)

    first = result.counterexamples[:3]
    assert len(result.counterexamples) == 9
    assert more(result).exhaustive
    flows = [shown.flow for shown in first if isinstance(shown, FlowCounterexample)]
    assert {flow.port for flow in flows} == set(ports)
    assert len({str(flow.source) for flow in flows}) == 3


def test_beside_a_rule_that_can_be_mended_what_cannot_is_no_matter(tmp_path: Path) -> None:
    agents = pod("agent", where="ops", spec="hostNetwork: true,") + pod(
        "agent-2", where="ops", spec="hostNetwork: true,"
    )
    manifests = SHOP + namespace("ops") + agents + DB + into("{}", name="in") + node("n1", "192.168.0.1")

    result = found(tmp_path, manifests, INTO_DB.replace("any", "[{namespace: ops}, external, node]"))

    assert [ingress for _, ingress in sides(result)] == ["shop/in ingress[0]"]
    assert more(result).exhaustive


def test_where_no_policy_can_change_either_side_each_is_a_reason(tmp_path: Path) -> None:
    agents = [pod(f"agent-{n}", where=f"n{n}", spec="hostNetwork: true,") + namespace(f"n{n}") for n in "ab"]
    statement = "forbid: {from: {namespaceSelector: {}}, to: [external, node]}"
    close = "".join(policy("{podSelector: {}, policyTypes: [Egress]}", where=f"n{n}") for n in "ab")

    result = found(tmp_path, "".join(agents) + close, statement)

    assert sides(result) == [("host network", "not a pod")] * 2
    assert more(result).exhaustive


def test_new_namespaces_are_one_reason(tmp_path: Path) -> None:
    statement = f"world: any-pod\n{INTO_DB.replace('any', '{namespaceSelector: {}}')}"

    result = found(tmp_path, SHOP + DB + DENY_ALL + into("{from: [{namespaceSelector: {}}]}"), statement)

    assert sides(result) == [("not isolated", "shop/p ingress[0]")]
    assert more(result).exhaustive


# --- what should be allowed --------------------------------------------------------------------------------


def test_each_side_that_refuses_is_a_reason(tmp_path: Path) -> None:
    deny = DENY_ALL + policy("{podSelector: {}, policyTypes: [Egress]}", where="ops", name="deny")
    manifests = SHOP + WEB + DB + OPS + deny + into("{from: [{podSelector: {}}]}")
    statement = "require: {from: [{namespace: ops}, {namespace: shop}], to: {namespace: shop, workload: db}}"

    result = found(tmp_path, manifests, statement)

    refusing = [
        {(str(side.direction), name) for name in side.isolating}
        for shown in result.counterexamples
        if isinstance(shown, FlowCounterexample)
        for side in (shown.decision.egress, shown.decision.ingress)
        if not side.allowed
    ]
    assert set().union(*refusing) == {
        ("Egress", "ops/deny"),
        ("Egress", "shop/deny"),
        ("Ingress", "shop/deny"),
        ("Ingress", "shop/p"),
    }
    assert len(result.counterexamples) == 2
    assert more(result).exhaustive


# --- what should be covered --------------------------------------------------------------------------------

COVER = "cover: {pods: {namespaceSelector: {}}, directions: [Ingress]}"


def test_each_pod_that_is_not_covered_is_shown_once(tmp_path: Path) -> None:
    # No policy tells them apart; a person does.
    result = found(tmp_path, SHOP + WEB + DB + deployment("api", "app: api") + OPS, COVER)

    assert pods(result) == [
        ("ops/mon", "Ingress"),
        ("shop/api-a", "Ingress"),
        ("shop/db", "Ingress"),
        ("shop/web", "Ingress"),
    ]
    assert more(result).exhaustive
    first = result.counterexamples[:2]
    assert len({c.pod.namespace.name for c in first if isinstance(c, PodCounterexample)}) == 2


def test_pods_with_the_same_labels_are_shown_once(tmp_path: Path) -> None:
    crowd = "".join(
        pod(f"web-{i}", f"app: web, apps.kubernetes.io/pod-index: '{i}', pod-template-hash: abc")
        for i in range(5)
    )

    result = found(tmp_path, SHOP + crowd + DB, COVER)

    assert len(pods(result)) == 2
    assert more(result).exhaustive


def test_directions_are_reasons_of_their_own(tmp_path: Path) -> None:
    only_db = policy("{podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress]}")
    manifests = SHOP + WEB + DB + only_db

    result = found(tmp_path, manifests, COVER.replace("[Ingress]", "[Ingress, Egress]"))

    assert pods(result) == [
        ("shop/db", "Egress"),
        ("shop/web", "Egress"),
        ("shop/web", "Ingress"),
    ]
    two = {c.direction for c in result.counterexamples[:2] if isinstance(c, PodCounterexample)}
    assert len(two) == 2
    assert more(result).exhaustive


def test_pods_that_nobody_shows_are_one_reason_for_each_namespace(tmp_path: Path) -> None:
    closed = policy("{podSelector: {matchLabels: {app: web}}}") + policy("{podSelector: {}}", where="ops")

    result = found(tmp_path, SHOP + WEB + OPS + closed, f"world: any-pod\n{COVER}")

    assert pods(result) == [("shop/any-destination", "Ingress")]
    assert more(result).exhaustive


def test_a_pod_that_nobody_shows_but_is_like_one_shown_is_the_same_reason(tmp_path: Path) -> None:
    closed = policy("{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [web]}]}}")

    result = found(tmp_path, SHOP + WEB + DB + closed, f"world: any-pod\n{COVER}")

    assert pods(result) == [("shop/web", "Ingress")]
    assert more(result).exhaustive


# --- completions -------------------------------------------------------------------------------------------


def test_s1_a_reason_of_some_completions_says_of_which(tmp_path: Path) -> None:
    # web always gets out on 80; on 90 only where db lies in the block.
    out = policy(
        "{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: [{ports: [{port: 80}]},"
        " {to: [{ipBlock: {cidr: 10.0.0.0/16}}], ports: [{port: 90}]}]}"
    )

    result = found(tmp_path, SHOP + WEB + DB + out, TO_DB)

    assert isinstance(result.verdict, Refuted)
    assert [[choice.text for choice in shown.conditions] for shown in result.counterexamples] == [
        [],
        ["the IPv4 address of `shop/db` lies in `10.0.0.0/16`"],
    ]
    assert more(result).exhaustive


def test_s1_where_every_completion_has_its_own_reason_the_first_says_so_too(tmp_path: Path) -> None:
    halves = policy(
        "{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress],"
        " egress: [{to: [{ipBlock: {cidr: 0.0.0.0/1}}]}, {to: [{ipBlock: {cidr: 128.0.0.0/1}}]}]}"
    )

    result = found(tmp_path, SHOP + WEB + DB + halves, TO_DB)

    assert isinstance(result.verdict, Refuted)
    told = [[choice.value for choice in shown.conditions] for shown in result.counterexamples]
    assert sorted(told) == [["0.0.0.0/1"], ["128.0.0.0/1"]]
    assert more(result).exhaustive


def test_s1_what_depends_may_depend_for_several_reasons(tmp_path: Path) -> None:
    blocks = policy(
        "{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress],"
        " egress: [{to: [{ipBlock: {cidr: 10.0.0.0/16}}]}, {to: [{ipBlock: {cidr: 10.7.0.0/16}}]}]}"
    )

    result = found(tmp_path, SHOP + WEB + DB + blocks, TO_DB)

    assert isinstance(result.verdict, Depends)
    first, second = result.counterexamples
    assert first.conditions == ()
    told = {choice.value for choice in (*result.verdict.assignment, *second.conditions)}
    assert told == {"10.0.0.0/16", "10.7.0.0/16"}
    assert more(result).exhaustive


def test_s12_beside_policies_that_are_not_modelled_no_other_is_looked_for(tmp_path: Path) -> None:
    unmodelled = (
        "---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: c, namespace: ops}\n"
    )
    manifests = SHOP + WEB + DB + OPS + into("{ports: [{port: 80}]}", "{ports: [{port: 90}]}") + unmodelled

    result = found(tmp_path, manifests, TO_DB)

    assert len(result.counterexamples) == 1
    assert not more(result).exhaustive


def test_beside_other_tiers_no_other_is_looked_for_but_for_cover(tmp_path: Path) -> None:
    tier = (
        "---\napiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {name: a}\n"
        "spec: {priority: 5, subject: {namespaces: {}},"
        " ingress: [{action: Pass, from: [{namespaces: {}}]}]}\n"
    )
    manifests = SHOP + WEB + DB + into("{ports: [{port: 80}]}", "{ports: [{port: 90}]}") + tier

    flows = found(tmp_path, manifests, TO_DB)
    bare = found(tmp_path, manifests, COVER.replace("[Ingress]", "[Egress]"))
    whatever = found(tmp_path, manifests, f"world: any-policy\n{TO_DB}")

    for result in (flows, whatever):
        assert len(result.counterexamples) == 1
        assert not more(result).exhaustive
    assert pods(bare) == [("shop/db", "Egress"), ("shop/web", "Egress")]
    assert more(bare).exhaustive


def test_what_holds_has_none(tmp_path: Path) -> None:
    result = found(tmp_path, SHOP + WEB + DB + DENY_ALL, TO_DB)

    assert result.counterexamples == ()


def test_out_of_time_there_may_be_others(tmp_path: Path) -> None:
    sets, _ = load_property_sets([str(write(tmp_path, SHOP + WEB + DB, TO_DB))], Overrides())
    (prop,) = sets[0].properties
    engine = Engine(sets[0].cluster, [prop.of_one_set])
    decided = engine.decided(prop, 30)

    late = engine.with_more(replace(decided, seconds_left=0.0), 5)[prop.world]
    in_time = engine.with_more(decided, 5)[prop.world]

    assert isinstance(late, Refuted)
    assert late.more == More((late.counterexample,), exhaustive=False)
    assert isinstance(in_time, Refuted)
    assert in_time.more == More((late.counterexample,), exhaustive=True)
