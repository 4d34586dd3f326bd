"""Facts that tiers rest on, in words: which addresses a name has, how nodes are labelled (S-1, S-12)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attack.cases_tiers import admin, egress, tiered
from tests.soundness.cluster import decide, namespace, node, pod, policy
from verifier.flow import External
from verifier.verdict import Depends, FlowCounterexample, Refuted

WEB = pod("web", "app: web").replace("status: {}", "status: {podIPs: [{ip: 10.1.0.1}, {ip: 'fd00:1::1'}]}")
SHUT = policy("{podSelector: {}, policyTypes: [Egress]}")
NAMED = "egress: [{action: Allow, to: [{domainNames: [a.example]}]}]"
CAST = namespace("shop") + WEB + SHUT


def about(*cidrs: str) -> str:
    """A policy that mentions these networks, and says nothing of web."""
    listed = ", ".join(f'"{cidr}"' for cidr in cidrs)
    nobody = "subject: {namespaces: {matchLabels: {nobody: has}}}"
    return admin(egress("Deny", f"[{{networks: [{listed}]}}]"), 9, "mentions").replace(
        "subject: {namespaces: {}}", nobody
    )


def outside(cidr: str, *holes: str) -> str:
    block = f"cidr: {cidr}, except: [{', '.join(holes)}]" if holes else f"cidr: {cidr}"
    return f"forbid: {{from: {{workload: web}}, to: {{external: true, ipBlock: {{{block}}}}}}}"


def dependence(folder: Path, manifests: str, statement: str) -> Depends:
    verdict = decide(folder, manifests, statement).verdict
    assert isinstance(verdict, Depends)
    return verdict


@pytest.mark.parametrize(
    ("statement", "mentioned", "words"),
    [
        (
            "forbid: {from: {workload: web}, to: internet}",
            (),
            "every IPv4 address of the internet is one of `a.example`",
        ),
        (
            "forbid: {from: {workload: web}, to: internet}",
            ("198.51.100.0/24", "2001:db8::/32"),
            "every IPv4 address of the internet but not in `198.51.100.0/24` is one of `a.example`",
        ),
        (
            outside("203.0.113.7/32"),
            (),
            "every IPv4 address of the internet in `203.0.113.7/32` is one of `a.example`",
        ),
        (
            outside("2001:db8::7/128"),
            (),
            "every IPv6 address of the internet in `2001:db8::7/128` is one of `a.example`",
        ),
        (
            outside("192.168.77.0/24"),
            (),
            "every IPv4 address outside the cluster and off the internet in `192.168.77.0/24` is one of"
            " `a.example`",
        ),
        (
            outside("203.0.113.0/24", "203.0.113.0/25", "203.0.113.128/26", "203.0.113.192/27"),
            (),
            "every IPv4 address of the internet in `203.0.113.0/24` but not in `203.0.113.0/25`,"
            " `203.0.113.128/26`, `203.0.113.192/27` is one of `a.example`",
        ),
        (
            outside(
                "203.0.113.0/24", "203.0.113.0/25", "203.0.113.128/26", "203.0.113.192/27", "203.0.113.224/28"
            ),
            (),
            "every IPv4 address of the internet in `203.0.113.0/24` but in no smaller block that is mentioned"
            " is one of `a.example`",
        ),
        (
            outside("203.0.113.0/30"),
            ("203.0.112.0/23", "203.0.113.0/24", "198.51.100.7/32", "::/0"),
            "every IPv4 address of the internet in `203.0.113.0/30` is one of `a.example`",
        ),
        (
            outside('"2001:db8::/32"', '"2001:db8:8000::/33"'),
            (),
            "every IPv6 address of the internet in `2001:db8::/32` but not in `2001:db8:8000::/33` is one"
            " of `a.example`",
        ),
        (
            outside("203.0.113.0/24"),
            ("2001:db8::/32",),
            "every IPv4 address of the internet in `203.0.113.0/24` is one of `a.example`",
        ),
    ],
    ids=[
        "no block",
        "outside the only block",
        "one",
        "IPv6",
        "private",
        "three holes",
        "four holes",
        "the smallest block",
        "an IPv6 hole",
        "the other family",
    ],
)
def test_s12_the_addresses_that_matter_are_said(
    tmp_path: Path, statement: str, mentioned: tuple[str, ...], words: str
) -> None:
    manifests = CAST + admin(NAMED) + (about(*mentioned) if mentioned else "")

    found = dependence(tmp_path, manifests, statement)

    assert [choice.text for choice in found.assignment] == [words]
    shown = found.counterexample
    assert isinstance(shown, FlowCounterexample)
    assert isinstance(shown.flow.destination, External)
    assert shown.surroundings.domain_names["a.example"] >= {shown.flow.destination_address}


def test_s12_a_name_that_must_have_no_address(tmp_path: Path) -> None:
    statement = outside("2001:db8::7/128").replace("forbid", "require").replace("}}}", "}}, ports: [80]}")

    (choice,) = dependence(tmp_path, CAST + admin(NAMED), statement).assignment

    assert choice.text == "no IPv6 address of the internet in `2001:db8::7/128` is one of `a.example`"
    assert choice.value is False


AGENT = pod("agent", spec="hostNetwork: true, nodeName: n1,")
TO_AGENT = "{from: {workload: web}, to: {workload: agent}, ports: [80]}"


@pytest.mark.parametrize(
    ("statement", "nodes", "words", "value"),
    [
        ("forbid", "{matchLabels: {zone: a}}", "the label `zone` of node `n1` is `a`", "a"),
        (
            "require",
            "{matchExpressions: [{key: zone, operator: Exists}]}",
            "node `n1` has no label `zone`",
            None,
        ),
    ],
)
def test_cnp_10_the_label_of_a_node_that_matters_is_said(
    tmp_path: Path, statement: str, nodes: str, words: str, value: str | None
) -> None:
    """Of n1 nobody states the labels; those of n2 are known, and do not matter."""
    manifests = CAST + AGENT + node("n2", "10.9.0.2")
    manifests += admin(egress("Allow", f"[{{nodes: {nodes}}}]"))

    (choice,) = dependence(tmp_path, manifests, f"{statement}: {TO_AGENT}").assignment

    assert (choice.item, choice.text, choice.value) == ("CNP-10", words, value)
    assert choice.about == "the label `zone` of node `n1`"


def test_cnp_10_a_value_that_nobody_mentions(tmp_path: Path) -> None:
    manifests = CAST + AGENT
    wanted = "{matchExpressions: [{key: zone, operator: Exists}, {key: zone, operator: NotIn, values: [a]}]}"
    manifests += admin(egress("Allow", f"[{{nodes: {wanted}}}]"))

    (choice,) = dependence(tmp_path, manifests, f"forbid: {TO_AGENT}").assignment

    assert choice.text == "node `n1` has a label `zone`, with a value that nothing here names"


def blocks(*cidrs: str) -> str:
    """The addresses outside the cluster that lie in these blocks, as endpoints."""
    return ", ".join(f'{{external: true, ipBlock: {{cidr: "{cidr}"}}}}' for cidr in cidrs)


def on(action: str, peer: str, port: int) -> str:
    return f"{{action: {action}, to: [{{{peer}}}], ports: [{{portNumber: {{port: {port}}}}}]}}"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("203.0.113.0/25", "203.0.113.128/25"),
        ("203.0.113.128/25", "203.0.113.0/25"),
        ("192.168.77.0/24", "203.0.113.0/24"),
        ("203.0.113.0/24", "192.168.77.0/24"),
        ("203.0.113.0/24", "2001:db8::/64"),
        ("2001:db8::/64", "203.0.113.0/24"),
        ("0.0.0.0/0", "::/0"),
        ("::/0", "0.0.0.0/0"),
    ],
)
@pytest.mark.parametrize("kind", ["forbid", "require"])
def test_s12_what_one_name_has_here_another_need_not_have_there(
    tmp_path: Path, kind: str, one: str, other: str
) -> None:
    """Port 1 hangs on the one name in the one block, port 2 on the other in the other; either would do."""
    settled = "Deny" if kind == "forbid" else "Allow"
    rules = (
        on(settled, f'networks: ["{other}"]', 1),
        on(settled, f'networks: ["{one}"]', 2),
        on("Allow", "domainNames: [a.example]", 1),
        on("Allow", "domainNames: [b.example]", 2),
    )
    statement = f"{kind}: {{from: {{workload: web}}, to: [{blocks(one, other)}], ports: [1, 2]}}"

    found = dependence(tmp_path, CAST + admin(f"egress: [{', '.join(rules)}]"), statement)

    (choice,) = found.assignment
    assert found.irreducible
    assert ("a.example" in choice.text, f"`{one}`" in choice.text) in {(True, True), (False, False)}


@pytest.mark.parametrize(
    ("one", "other", "to"),
    [
        ("0.0.0.0/0", "::/0", "internet"),
        ("::/0", "0.0.0.0/0", "internet"),
        ("203.0.113.0/25", "203.0.113.128/25", "{external: true, ipBlock: {cidr: 203.0.113.0/24}}"),
        ("203.0.113.128/25", "203.0.113.0/25", "{external: true, ipBlock: {cidr: 203.0.113.0/24}}"),
    ],
)
@pytest.mark.parametrize(("first", "second", "third"), [(1, 2, 3), (2, 3, 1), (80, 443, 8080), (443, 80, 22)])
def test_s12_what_is_refused_besides_is_refused_whatever_the_names_have(
    tmp_path: Path, one: str, other: str, to: str, first: int, second: int, third: int
) -> None:
    rules = (
        *(on("Allow", f'networks: ["{other}"]', port) for port in (first, third)),
        on("Allow", f'networks: ["{one}"]', second),
        on("Allow", "domainNames: [a.example]", first),
        on("Allow", "domainNames: [b.example]", second),
    )
    ports = f"ports: [{first}, {second}, {third}]"
    statement = f"require: {{from: {{workload: web}}, to: {to}, {ports}}}"

    found = decide(tmp_path, CAST + admin(f"egress: [{', '.join(rules)}]"), statement).verdict

    assert isinstance(found, Refuted)


def test_cnp_11_a_tie_is_named_by_the_item_of_its_api(tmp_path: Path) -> None:
    one, other = (
        tiered(
            "ClusterNetworkPolicy", f"tier: Admin, priority: 1, {egress(does, '[{namespaces: {}}]')}", name
        )
        for does, name in (("Accept", "w"), ("Deny", "x"))
    )
    statement = "require: {from: {workload: web}, to: {workload: db}, ports: [80]}"

    (choice,) = dependence(tmp_path, CAST + pod("db", "app: db") + one + other, statement).assignment

    assert (choice.item, choice.value) == ("CNP-11", "ClusterNetworkPolicy/x")
