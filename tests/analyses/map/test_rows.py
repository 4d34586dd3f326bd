"""Rows as they are told: merged, and with what they depend on (soundness S-1, S-12)."""

from __future__ import annotations

from itertools import combinations

import pytest

from tests.analyses.map.test_differential import random_choices, random_cluster
from tests.differential.rounds import rounds
from verifier import loads
from verifier.analyses.map.context import Context
from verifier.analyses.map.rows import rows_of
from verifier.analyses.map.told import Open
from verifier.choices import named_workload, port_spans
from verifier.diagnostics import InputError
from verifier.mapper import ConnectionMap, connection_map
from verifier.readings import Profile
from verifier.render.map_words import party, ports, reason


def pods(*names: str, more: str = "") -> str:
    return "".join(
        f"---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: a, labels: {{app: {name}}}}}\n"
        f"spec: {{containers: [{{name: c, image: i}}]{more}}}\n"
        for name in names
    )


def policy(name: str, spec: str) -> str:
    return (
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
        f"metadata: {{name: {name}, namespace: a}}\nspec: {spec}\n"
    )


NAMESPACE = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {team: x}}\n"
CLOSED = policy("deny", "{podSelector: {}, policyTypes: [Ingress, Egress]}")
TO_DB = (
    "{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {}}], ports: [{port: 5432}]}]}"
)
CLOSED_IN = policy("deny", "{podSelector: {}, policyTypes: [Ingress]}")


def told(made: ConnectionMap) -> list[str]:
    return [
        f"{', '.join(party(row.source, made))} -> {', '.join(party(row.destination, made))}"
        f" on {', '.join(ports(row.ports))}" + "".join(f" if {reason(each)}" for each in row.depends)
        for row in made.rows()
    ]


def rows(text: str, profile: Profile = Profile.KUBERNETES) -> list[str]:
    return told(connection_map(loads(NAMESPACE + text), profile))


def test_a_closed_namespace_has_no_rows() -> None:
    assert rows(pods("web", "db") + CLOSED) == []


def test_a_pod_is_not_its_own_peer() -> None:
    assert rows(pods("web") + CLOSED_IN) == ["a/web -> any address outside on any port"]


def test_workloads_alike_are_one_row() -> None:

    assert rows(pods("web", "api", "db") + CLOSED_IN + policy("in", TO_DB)) == [
        "all workloads -> any address outside on any port",
        "a/api, a/web -> a/db on 5432/TCP",
    ]


def test_an_address_that_nobody_states_is_what_a_row_depends_on() -> None:
    rule = "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.1.0.0/16}}]}]}"

    assert rows(pods("web", "db") + policy("out", rule)) == [
        "all workloads -> 10.1.0.0/16 on any port",
        "any address outside -> all workloads on any port",
        "all workloads -> all workloads on any port"
        " if the IP version: IPv4 and IPv6 are not treated alike (NP-33)"
        " if the address of TO: whether it lies in `10.1.0.0/16` (S-1)",
    ]


def test_a_policy_of_an_unmodelled_kind_leaves_its_pods_open() -> None:
    unmodelled = (
        "---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n"
        "metadata: {name: c, namespace: a}\nspec: {}\n"
    )

    found = rows(pods("web", "db") + CLOSED + unmodelled)

    assert len(found) == 3
    assert all("policies that are not modelled, on" in row for row in found)
    assert all("CiliumNetworkPolicy a/c (S-12)" in row for row in found)


def test_two_on_the_host_network_meet_whatever_policies_say() -> None:
    host = pods("one", "two", more=", hostNetwork: true")

    assert "all workloads -> all workloads, any address outside on any port" in rows(host + CLOSED)


def test_a_pod_on_the_host_network_may_be_on_the_pods_node() -> None:
    found = rows(pods("agent", more=", hostNetwork: true") + pods("web") + CLOSED)

    assert "a/agent -> a/web on any port if whether FROM and TO run on one node (NP-41)" in found


def test_where_both_nodes_are_known_nothing_is_open() -> None:
    agent = pods("agent", more=", hostNetwork: true, nodeName: n1")

    near = rows(agent + pods("web", more=", nodeName: n1") + CLOSED)
    far = rows(agent + pods("web", more=", nodeName: n2") + CLOSED)

    assert any(row.startswith("a/agent -> a/web, any address outside on any port") for row in near)
    assert not any("a/web" in row for row in far)


def test_a_reading_left_open_is_named() -> None:
    rule = "{podSelector: {}, ingress: [{ports: [{port: 80, endPort: 90}]}]}"

    found = rows(pods("web", "db") + policy("in", rule), Profile.CALICO)

    assert any("81-90/TCP if the reading `endport_support`" in row for row in found)
    assert any(row.endswith("on 80/TCP") for row in found)


def test_many_policies_of_equal_priority_are_not_told_apart() -> None:
    tiers = "".join(
        "---\napiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\n"
        f"metadata: {{name: t{number}}}\n"
        "spec:\n  priority: 1\n  subject: {namespaces: {}}\n"
        f"  ingress: [{{action: {'Allow' if number % 2 else 'Deny'}, from: [{{namespaces: {{}}}}]}}]\n"
        for number in range(9)
    )

    found = rows(pods("web", "db") + tiers)

    (between,) = [row for row in found if row.startswith("all workloads -> all workloads on")]
    assert "of equal priority (ANP-11)" in between


def test_more_facts_than_can_be_gone_through_stay_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifier.analyses.map.facts._MOST_STEPS", 1)
    rule = (
        "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.0.0.0/9}},"
        " {ipBlock: {cidr: 10.128.0.0/9}}]}]}"
    )

    found = rows(pods("web", "db") + policy("out", rule))

    assert any(row.startswith("all workloads -> all workloads on any port if") for row in found)


def test_a_block_of_which_all_is_excepted_admits_nobody() -> None:
    nothing = "ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/9, 10.128.0.0/9]}"
    rules = (
        f"[{{to: [{{{nothing}}}], ports: [{{port: 80}}]}},"
        " {to: [{ipBlock: {cidr: 10.0.0.0/9}}], ports: [{port: 81}]}]"
    )
    only = policy("out", f"{{podSelector: {{}}, policyTypes: [Egress], egress: {rules}}}")

    found = rows(pods("web") + pods("host", more=", hostNetwork: true") + only)

    assert not [row for row in found if row.startswith("a/web ->") and "80/TCP" in row]
    assert [row for row in found if row.startswith("a/web ->") and "81/TCP" in row]


def test_no_two_rows_can_be_merged() -> None:
    for _, dice in rounds(20):
        every = rows_of(Context(random_cluster(dice), random_choices(dice)))
        for one, other in combinations(every, 2):
            if one.label == other.label:
                assert one.sources != other.sources
                assert one.destinations != other.destinations


# --- what is asked for ------------------------------------------------------------------------------


def test_ports_that_are_asked_for_are_all_that_is_told() -> None:
    cluster = loads(NAMESPACE + pods("web", "db"))

    made = connection_map(cluster, ports=port_spans(["5432", "53/UDP"]))

    assert told(made) == [
        "all workloads -> all workloads, any address outside on 5432/TCP, 53/UDP",
        "any address outside -> all workloads on 5432/TCP, 53/UDP",
    ]


def test_between_two_workloads() -> None:
    cluster = loads(NAMESPACE + pods("web", "db") + policy("in", TO_DB))
    web, db = (named_workload(cluster, f"a/{name}") for name in ("web", "db"))
    made = connection_map(cluster)

    assert list(map(str, made.between(web, db).always)) == ["5432/TCP"]
    assert made.between(web, db).perhaps == ()
    assert [span.whole for span in made.between(db, web).always] == [True] * 3


def test_the_matrix_says_how_much_is_open() -> None:
    other = pods("x").replace("namespace: a", "namespace: b")

    matrix = connection_map(loads(NAMESPACE + pods("web", "db") + other + CLOSED_IN)).matrix()

    assert matrix.names == ("a", "b", None)
    assert matrix.cells == (
        (Open.NONE, Open.ALL, Open.ALL),
        (Open.NONE, Open.ALL, Open.ALL),
        (Open.NONE, Open.ALL, Open.NONE),
    )


@pytest.mark.parametrize("text", ["http", "0", "90-80", "80/ICMP", ""])
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        port_spans([text])


def test_many_rules_that_hang_on_an_address_take_no_age() -> None:
    """Sixty rules with a port each have more sets of ports than could ever be gone through."""
    sections = [
        ", ".join(
            f"{{{word}: [{{ipBlock: {{cidr: 10.{number}.0.0/16}}}}], ports: [{{port: {number + 1}}}]}}"
            for number in range(60)
        )
        for word in ("from", "to")
    ]
    rule = (
        "{podSelector: {}, policyTypes: [Ingress, Egress],"
        f" ingress: [{sections[0]}], egress: [{sections[1]}]}}"
    )

    found = rows(pods("web", "db") + policy("both", rule))

    assert any(row.startswith("all workloads -> all workloads on") for row in found)
