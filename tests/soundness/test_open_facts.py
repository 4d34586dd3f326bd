"""S-1, S-9: what the input leaves open is open for each pod by itself; pods that differ in it are not one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soundness.cluster import SHOP, WEB, both, decide, deployment, node, pod, policy
from verifier import loads, query
from verifier.verdict import Depends

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
    ("family", "only", "enough"), [(4, "10.0.0.5/32", "10.0.0.0/8"), (6, "fd00::5/128", "fd00::/8")]
)
def test_s1_the_one_address_of_a_block_may_be_taken(
    source: str, family: int, only: str, enough: str, tmp_path: Path
) -> None:
    web = SHOP + pod("web", "app: web", spec="nodeName: n1,")
    dual_stack = "network: {podCIDRs: [10.0.0.0/8, 'fd00::/8']}" if source.startswith("namespace") else ""
    statement = FORBID % f"{{{source}, ipBlock: {{cidr: '%s'}}}}"

    assert assigned(tmp_path, web, statement % only, dual_stack) == {
        f"the IPv{family} address of `shop/web` lies outside `{only}`"
    }
    if dual_stack:
        assert both(decide(tmp_path, web, statement % enough, dual_stack))[1] == "refuted"


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


@pytest.mark.parametrize("label", ["team: ops", "team: dev", "stage: prod"])
def test_s1_whatever_an_unknown_label_is_one_of_them_gets_in(label: str, tmp_path: Path) -> None:
    # In each completion another pod of shop is open to the undeclared namespace.
    key, value = label.split(": ")
    other = f"{{key: {key}, operator: Exists}}, {{key: {key}, operator: NotIn, values: [{value}]}}"
    peers = {
        "a": f"{{matchLabels: {{{label}}}}}",
        "b": f"{{matchExpressions: [{{key: {key}, operator: DoesNotExist}}]}}",
        "c": f"{{matchExpressions: [{other}]}}",
    }
    manifests = SHOP
    for name, peer in peers.items():
        rule = f"{{from: [{{namespaceSelector: {peer}}}]}}"
        spec = f"{{podSelector: {{matchLabels: {{app: {name}}}}}, ingress: [{rule}]}}"
        manifests += pod(name, f"app: {name}") + policy(spec, name=name)
    statement = "forbid: {from: {namespace: ops}, to: {namespace: shop}}"

    assert both(decide(tmp_path, manifests + pod("mon", where="ops"), statement)) == ("refuted", "refuted")


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
