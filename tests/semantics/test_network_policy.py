"""Why a side says yes or no, and what cannot be judged at all."""

from dataclasses import replace

import pytest

from tests.semantics.cast import (
    AGENT_1,
    AGENT_2,
    DB,
    N1,
    N2,
    OUT,
    WEB,
    app,
    flow,
    into_db,
    out_of_web,
    policy,
)
from verifier.flow import Direction, Endpoint, Flow, Reason, RuleRef, SideDecision
from verifier.manifest.network_policy import (
    IPBlock,
    NetworkPolicy,
    NetworkPolicyIngressRule,
    NetworkPolicyPeer,
    NetworkPolicySpec,
)
from verifier.readings import Readings
from verifier.semantics import (
    decide,
    effective_policy_types,
    ip_block_matches,
    isolating_policies,
    parse_cidr,
)

DEFAULT = Readings()
FROM_WEB = {"from": [{"podSelector": app("web")}]}
DENY_ALL = tuple(policy({"policyTypes": ["Ingress", "Egress"]}, namespace=name) for name in ("ops", "shop"))


def test_both_sides_name_their_rules_and_policies() -> None:
    policies = (
        policy({"policyTypes": ["Ingress", "Egress"]}, name="deny-all"),
        policy(
            {"podSelector": app("db"), "ingress": [{"ports": [{"port": 1}]}, FROM_WEB, {}]}, name="into-db"
        ),
        policy({"podSelector": app("web"), "ingress": [{}]}, name="into-web"),
        policy({"egress": [{}], "policyTypes": ["Egress"]}, name="out"),
    )

    decision = decide(flow(WEB, DB, 5432), policies, DEFAULT)

    assert decision.allowed
    assert decision.egress == SideDecision(
        Direction.EGRESS,
        True,
        Reason.RULE,
        (RuleRef("shop/out", Direction.EGRESS, 0),),
        ("shop/deny-all", "shop/out"),
    )
    assert decision.ingress == SideDecision(
        Direction.INGRESS,
        True,
        Reason.RULE,
        (RuleRef("shop/into-db", Direction.INGRESS, 1), RuleRef("shop/into-db", Direction.INGRESS, 2)),
        ("shop/deny-all", "shop/into-db"),
    )


def test_rules_of_several_policies_are_all_named() -> None:
    policies = tuple(policy({"podSelector": app("db"), "ingress": [{}]}, name=name) for name in ("b", "a"))

    ingress = decide(flow(OUT, DB, 1), policies, DEFAULT).ingress

    assert ingress.rules == (
        RuleRef("shop/b", Direction.INGRESS, 0),
        RuleRef("shop/a", Direction.INGRESS, 0),
    )


def test_no_rule_names_who_isolates() -> None:
    ingress = decide(flow(OUT, DB, 1), into_db(FROM_WEB), DEFAULT).ingress

    assert ingress == SideDecision(Direction.INGRESS, False, Reason.NO_RULE, (), ("shop/p",))


@pytest.mark.parametrize(
    ("one_flow", "readings", "egress", "ingress"),
    [
        pytest.param(flow(OUT, DB, 1), DEFAULT, Reason.NOT_A_POD, Reason.NO_RULE, id="external source"),
        pytest.param(flow(WEB, N1, 1), DEFAULT, Reason.NO_RULE, Reason.NOT_A_POD, id="node destination"),
        pytest.param(flow(WEB, WEB, 1), DEFAULT, Reason.SELF, Reason.SELF, id="self"),
        pytest.param(
            flow(WEB, WEB, 1),
            Readings(self_traffic="subject"),
            Reason.NO_RULE,
            Reason.NO_RULE,
            id="self, subject",
        ),
        pytest.param(flow(AGENT_1, AGENT_1, 1), DEFAULT, Reason.SELF, Reason.SELF, id="host network, self"),
        pytest.param(
            flow(AGENT_1, AGENT_1, 1),
            Readings(self_traffic="subject"),
            Reason.HOST_NETWORK,
            Reason.HOST_NETWORK,
            id="host network, self, subject",
        ),
        pytest.param(
            flow(AGENT_1, DB, 1), DEFAULT, Reason.HOST_NETWORK, Reason.NO_RULE, id="host-network source"
        ),
        pytest.param(
            flow(AGENT_2, DB, 1), DEFAULT, Reason.HOST_NETWORK, Reason.OWN_NODE, id="of the own node"
        ),
        pytest.param(flow(N2, DB, 1), DEFAULT, Reason.NOT_A_POD, Reason.OWN_NODE, id="own node"),
        pytest.param(
            flow(WEB, N1, 1),
            Readings(own_node_egress="allowed"),
            Reason.OWN_NODE,
            Reason.NOT_A_POD,
            id="to the own node",
        ),
        pytest.param(
            flow(AGENT_2, DB, 1),
            Readings(host_network="selectable"),
            Reason.NO_RULE,
            Reason.NO_RULE,
            id="selectable",
        ),
    ],
)
def test_reasons_under_default_deny(
    one_flow: Flow, readings: Readings, egress: Reason, ingress: Reason
) -> None:
    decision = decide(one_flow, DENY_ALL, readings)

    assert (decision.egress.reason, decision.ingress.reason) == (egress, ingress)
    for side in (decision.egress, decision.ingress):
        assert side.allowed is (side.reason is not Reason.NO_RULE)
        assert bool(side.isolating) is (side.reason is Reason.NO_RULE)


def test_not_isolated() -> None:
    decision = decide(flow(WEB, DB, 1), (), DEFAULT)

    assert decision.egress == SideDecision(Direction.EGRESS, True, Reason.NOT_ISOLATED)
    assert decision.ingress == SideDecision(Direction.INGRESS, True, Reason.NOT_ISOLATED)


def test_equal_names_in_two_namespaces_are_two_pods() -> None:
    elsewhere = replace(DB, namespace=replace(DB.namespace, name="bare"))

    assert decide(flow(elsewhere, DB, 1), into_db(), DEFAULT).ingress.reason is Reason.NO_RULE


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, {Direction.INGRESS}),
        ({"egress": []}, {Direction.INGRESS}),
        ({"egress": [{}]}, {Direction.INGRESS, Direction.EGRESS}),
        ({"policyTypes": ["Egress"]}, {Direction.EGRESS}),
        ({"policyTypes": ["Ingress"], "egress": [{}]}, {Direction.INGRESS}),
    ],
)
def test_effective_policy_types(spec: dict[str, object], expected: set[Direction]) -> None:
    assert effective_policy_types(policy(spec)) == expected


def test_isolating_policies_keep_their_order() -> None:
    policies = (*into_db(), *out_of_web(), policy({}, name="all"))

    assert [p.name for p in isolating_policies(DB, Direction.INGRESS, policies, DEFAULT)] == ["p", "all"]


@pytest.mark.parametrize("endpoint", [WEB, OUT])
def test_an_empty_peer_is_not_judged(endpoint: Endpoint) -> None:
    empty = NetworkPolicyPeer.model_construct()
    rule = NetworkPolicyIngressRule.model_construct(from_=(empty,))
    spec = NetworkPolicySpec.model_construct(ingress=(rule,))
    broken = NetworkPolicy.model_construct(name="p", namespace="shop", spec=spec)

    with pytest.raises(ValueError, match="found none"):
        decide(flow(endpoint, DB, 1), [broken], DEFAULT)


@pytest.mark.parametrize("text", ["", "10.0.0.0", "10.0.0.0/33", "10.0.0/8", "x/8", "10.0.0.0/", "::/129"])
def test_what_is_no_cidr_is_not_judged(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_cidr(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.7/8", "10.0.0.0/8"),
        ("010.001.000.000/16", "10.1.0.0/16"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("::/0", "::/0"),
        ("2001:DB8::1/64", "2001:db8::/64"),
        ("::ffff:10.1.2.3/104", "10.0.0.0/8"),
        ("::ffff:010.01.2.3/128", "10.1.2.3/32"),
        ("::FFFF:a01:203/112", "10.1.0.0/16"),
        ("::ffff:10.0.0.0/96", "0.0.0.0/0"),
        ("::ffff:10.0.0.0/80", "::/80"),
        ("::10.0.0.0/104", "::a00:0/104"),
    ],
)
def test_parse_cidr(text: str, expected: str) -> None:
    assert str(parse_cidr(text)) == expected


def test_the_boundaries_of_a_block() -> None:
    block = IPBlock.model_validate({"cidr": "10.1.0.0/16", "except": ["10.1.2.0/24"]})
    texts = ["10.0.255.255", "10.1.0.0", "10.1.1.255", "10.1.2.0", "10.1.2.255", "10.1.3.0", "10.1.255.255"]
    inside = [ip_block_matches(block, parse_cidr(f"{text}/32").network_address) for text in texts]

    assert inside == [False, True, True, False, False, True, True]
    assert not ip_block_matches(block, parse_cidr("10.2.0.0/32").network_address)
