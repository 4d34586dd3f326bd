"""S-1, S-9: what the input leaves open is open for each pod by itself; pods that differ in it are not one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soundness.cluster import DB, SHOP, WEB, both, decide, deployment, node, pod, policy
from verifier import loads, query
from verifier.verdict import Depends, FlowCounterexample, Refuted

FORBID = "forbid: {from: %s, to: {namespace: shop, workload: web}}"


def between(egress: str, ingress: str) -> str:
    """A policy under which shop's pods reach one block, and one block reaches them."""
    to, source = (f"{{ipBlock: {{cidr: '{cidr}'}}}}" for cidr in (egress, ingress))
    return policy(
        "{podSelector: {}, policyTypes: [Ingress, Egress],"
        f" egress: [{{to: [{to}]}}], ingress: [{{from: [{source}]}}]}}"
    )


def assigned(folder: Path, manifests: str, statement: str, spec: str = "") -> set[str]:
    """Return what the verdict on any pod depends on."""
    verdict = decide(folder, manifests, statement, spec).any_pod
    assert isinstance(verdict, Depends), verdict
    return {choice.text for choice in verdict.assignment}


@pytest.mark.parametrize("source", ["external: true", "namespace: shop"])
@pytest.mark.parametrize(
    ("only", "said", "enough"),
    [("10.0.0.5/32", "10.0.0.5", "10.0.0.0/8"), ("fd00::5/128", "fd00::5", "fd00::/8")],
)
def test_s1_the_one_address_of_a_block_may_be_taken(
    source: str, only: str, said: str, enough: str, tmp_path: Path
) -> None:
    web = SHOP + pod("web", "app: web", spec="nodeName: n1,")
    dual_stack = "network: {podCIDRs: [10.0.0.0/8, 'fd00::/8']}" if source.startswith("namespace") else ""
    statement = FORBID % f"{{{source}, ipBlock: {{cidr: '%s'}}}}"

    assert f"no pod or node shown has the address `{said}`" in assigned(
        tmp_path, web, statement % only, dual_stack
    )
    if dual_stack:
        assert both(decide(tmp_path, web, statement % enough, dual_stack))[1] == "refuted"


def test_s1_an_address_is_said_by_the_smallest_block_around_it(tmp_path: Path) -> None:
    near, wide = between("10.1.0.0/16", "0.0.0.0/0"), between("10.0.0.0/8", "0.0.0.0/0")
    beside = wide.replace("podSelector: {}", "podSelector: {matchLabels: {app: nobody}}").replace("p,", "q,")
    manifests = SHOP + pod("db", "app: db", ip="10.9.9.9") + pod("web", "app: web") + near + beside

    assert assigned(tmp_path, manifests, FORBID % "{namespace: shop, workload: db}") == {
        "the IPv4 address of `shop/web` lies in `10.1.0.0/16`"
    }


def test_s1_an_address_elsewhere_is_said_by_the_largest_block_it_is_not_in(tmp_path: Path) -> None:
    # The smaller one would do as well; with fewer blocks to try, less time goes into words.
    egress = (
        "{podSelector: {matchLabels: {app: %s}}, policyTypes: [Egress],"
        " egress: [{to: [{ipBlock: {cidr: %s}}]}]}"
    )
    outside = policy(egress % ("web", "0.0.0.0/0, except: [10.1.0.0/16]"))
    beside = policy(egress % ("nobody", "10.0.0.0/8"), name="beside")
    manifests = SHOP + WEB + DB + outside + beside
    statement = "forbid: {from: {namespace: shop, workload: web}, to: {namespace: shop, workload: db}}"

    assert assigned(tmp_path, manifests, statement, "network: {podCIDRs: [192.168.0.0/16, 10.0.0.0/8]}") == {
        "the IPv4 address of `shop/db` lies outside `10.0.0.0/8`"
    }


def test_s1_two_pods_of_one_template_have_addresses_of_their_own(tmp_path: Path) -> None:
    replicas = SHOP + deployment("web", "app: web") + between("10.1.0.0/16", "10.2.0.0/16")

    assert assigned(tmp_path, replicas, FORBID % "{namespace: shop, workload: web}") == {
        "the IPv4 address of `shop/web` lies in `10.2.0.0/16`",
        "the IPv4 address of another pod of `shop/web` lies in `10.1.0.0/16`",
    }


@pytest.mark.parametrize("blocks", [("10.1.0.0/16", "10.2.0.0/16"), ("fd01::/16", "fd02::/16")])
def test_s1_a_pod_asked_about_itself_has_one_address(blocks: tuple[str, str]) -> None:
    cluster = loads(SHOP + WEB + between(*blocks))

    (answer,) = query(cluster, [("shop/web", "shop/web", "TCP", 80)], {"self_traffic": "subject"})

    assert answer.allowed is False


@pytest.mark.parametrize(
    ("network", "verdict"),
    [("{}", "depends"), ("{nodeCIDRs: [10.9.0.0/16]}", "vacuous"), ("{nodeCIDRs: ['fd09::/16']}", "refuted")],
)
def test_s1_a_node_has_ipv6_if_the_cluster_has(network: str, verdict: str, tmp_path: Path) -> None:
    web = pod("web", "app: web", ip="fd00::5", spec="nodeName: n3,")

    result = decide(tmp_path, SHOP + web + node("n1"), FORBID % "{node: n1}", f"network: {network}")

    assert both(result) == (verdict, verdict)


@pytest.mark.parametrize("count", [1, 2, 7])
def test_s1_whatever_an_unknown_label_is_one_of_them_gets_in(count: int, tmp_path: Path) -> None:
    # In each completion another pod of shop is open to the undeclared namespace.
    values = f"values: [{', '.join(f'v{number}' for number in range(count))}]"
    peers = {
        "a": f"{{key: team, operator: In, {values}}}",
        "b": "{key: team, operator: DoesNotExist}",
        "c": f"{{key: team, operator: Exists}}, {{key: team, operator: NotIn, {values}}}",
    }
    manifests = SHOP
    for name, peer in peers.items():
        rule = f"{{from: [{{namespaceSelector: {{matchExpressions: [{peer}]}}}}]}}"
        spec = f"{{podSelector: {{matchLabels: {{app: {name}}}}}, ingress: [{rule}]}}"
        manifests += pod(name, f"app: {name}") + policy(spec, name=name)
    statement = "forbid: {from: {namespace: ops}, to: {namespace: shop}}"

    assert both(decide(tmp_path, manifests + pod("mon", where="ops"), statement)) == ("refuted", "refuted")


# In the block one port is open, outside of it another: wherever somebody is, something goes through.
IN_OR_OUT = (
    "[{%s: [{ipBlock: {cidr: 10.1.0.0/16}}], ports: [{port: 80}]},"
    " {%s: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.1.0.0/16]}}], ports: [{port: 81}]}]"
)


def test_s1_wherever_two_pods_of_one_template_are_one_port_is_open(tmp_path: Path) -> None:
    rules = IN_OR_OUT.replace("%s", "to")
    manifests = SHOP + deployment("web", "app: web") + policy(f"{{podSelector: {{}}, egress: {rules}}}")
    manifests = manifests.replace("egress:", "policyTypes: [Egress], egress:")

    result = decide(tmp_path, manifests, FORBID % "{namespace: shop, workload: web}")

    assert both(result) == ("refuted", "refuted")


@pytest.mark.parametrize("nodes", [("n1", "n2"), ("n1", "n2", "n4", "n5")])
def test_s1_wherever_nodes_are_one_port_is_open(nodes: tuple[str, ...], tmp_path: Path) -> None:
    rules = IN_OR_OUT.replace("%s", "from")
    manifests = SHOP + pod("web", "app: web", spec="nodeName: n3,") + "".join(map(node, nodes))

    result = decide(tmp_path, manifests + policy(f"{{podSelector: {{}}, ingress: {rules}}}"), FORBID % "node")

    assert both(result) == ("refuted", "refuted")


@pytest.mark.parametrize("names", ["n1 n2", "n2 n1"])
def test_s1_a_node_whose_address_is_known_is_there(names: str, tmp_path: Path) -> None:
    # Wherever the other one is: that it may be elsewhere takes nothing from this one.
    known, other = names.split()
    manifests = SHOP + pod("web", "app: web", spec="nodeName: n3,") + node(known, "10.9.0.1") + node(other)
    rule = "{from: [{ipBlock: {cidr: 10.9.0.0/24}}]}"

    result = decide(
        tmp_path, manifests + policy(f"{{podSelector: {{}}, ingress: [{rule}]}}"), FORBID % "node"
    )

    assert both(result) == ("refuted", "refuted")


@pytest.mark.parametrize("name", ["n1", "n2", "n3", "n4"])
def test_s1_a_pod_may_be_on_any_node(name: str, tmp_path: Path) -> None:
    nodes = "".join(node(f"n{number}", f"10.9.0.{number}") for number in range(1, 5))
    shut = policy("{podSelector: {}, policyTypes: [Ingress]}")
    statement = f"require: {{from: {{node: {name}}}, to: {{namespace: shop, workload: web}}}}"

    result = decide(tmp_path, SHOP + WEB + nodes + shut, statement)

    assert both(result) == ("depends", "depends")


def test_s1_what_covers_a_pod_may_hang_on_its_own_label(tmp_path: Path) -> None:
    hashed = policy("{podSelector: {matchLabels: {pod-template-hash: abc}}, policyTypes: [Ingress, Egress]}")

    assert assigned(
        tmp_path,
        SHOP + deployment("web", "app: web") + hashed,
        "cover: {pods: {namespace: shop, workload: web}}",
    ) == {"`shop/web` has a label `pod-template-hash`, with a value that nothing here names"}


@pytest.mark.parametrize(
    ("block", "other", "inside", "outside"),
    [
        ("10.0.0.0/16", "192.0.2.0/24", "10.0.0.1", "10.1.0.1"),
        ("10.0.0.0/16", "10.1.0.0/16", "10.0.0.1", "10.1.0.1"),
        ("fd01::/16", "2001:db8::/32", "fd01::1", "fd02::1"),
        ("fd01::/16", "fd02::/16", "fd01::1", "fd02::1"),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_s9_pods_in_different_blocks_are_not_one(
    order: int, block: str, other: str, inside: str, outside: str, tmp_path: Path
) -> None:
    # They are alike but for the address; the policy of another pod mentions the other block.
    pods = [pod("near", "app: db", ip=inside), pod("far", "app: db", ip=outside)][::order]
    egress = (
        "{podSelector: {matchLabels: {app: %s}}, policyTypes: [Egress],"
        " egress: [{to: [{ipBlock: {cidr: '%s'}}]}]}"
    )
    policies = policy(egress % ("web", block)) + policy(egress % ("nobody", other), name="beside")
    statement = (
        "forbid: {from: {namespace: shop, workload: web},"
        " to: {namespace: shop, podSelector: {matchLabels: {app: db}}}}"
    )
    web = pod("web", "app: web", ip="10.9.9.9" if "." in block else "fd09::9")

    result = decide(tmp_path, SHOP + web + "".join(pods) + policies, statement)

    assert both(result) == ("refuted", "refuted")


def halves(first: str, second: str) -> str:
    """Whoever has an address of one block reaches the database on one port, of the other on another."""
    rules = [
        f"{{from: [{{ipBlock: {{cidr: {cidr}}}}}], ports: [{{port: {port}}}]}}"
        for cidr, port in ((first, 80), (second, 81))
    ]
    return policy(f"{{podSelector: {{matchLabels: {{app: db}}}}, ingress: [{', '.join(rules)}]}}")


TO_THE_DB = "forbid: {from: {namespace: shop, workload: web}, to: {namespace: shop, workload: db}}"
PRIVATE = "network: {podCIDRs: [10.0.0.0/8]}"


def test_s1_a_flow_says_what_it_supposes_where_another_violates_otherwise(tmp_path: Path) -> None:
    manifests = SHOP + WEB + DB + halves("10.0.0.0/9", "10.128.0.0/9")

    shown = refuted(tmp_path, manifests, TO_THE_DB, PRIVATE)

    block = "10.0.0.0/9" if shown.flow.port == 80 else "10.128.0.0/9"
    assert [choice.text for choice in shown.supposes] == [f"the IPv4 address of `shop/web` lies in `{block}`"]


def test_s1_a_flow_that_supposes_nothing_is_preferred(tmp_path: Path) -> None:
    manifests = (
        SHOP + WEB + DB + pod("tool", "app: tool", ip="10.200.0.1") + halves("10.9.0.0/16", "10.200.0.0/16")
    )
    statement = "forbid: {from: {namespace: shop}, to: {namespace: shop, workload: db}, ports: [80, 81]}"

    shown = refuted(tmp_path, manifests, statement, PRIVATE)

    assert (str(shown.flow.source_address), shown.flow.port) == ("10.200.0.1", 81)
    assert not shown.supposes


def refuted(folder: Path, manifests: str, statement: str, spec: str) -> FlowCounterexample:
    verdict = decide(folder, manifests, statement, spec).verdict
    assert isinstance(verdict, Refuted), verdict
    assert isinstance(verdict.counterexample, FlowCounterexample)
    return verdict.counterexample
