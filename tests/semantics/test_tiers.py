"""How a side explains its walk through the tiers, and what cannot be judged."""

from dataclasses import replace

import pytest

from tests.semantics.cast import (
    AGENT_2,
    DB,
    LONER,
    N1,
    N2,
    OUT,
    PROM,
    WEB,
    app,
    both,
    flow,
    into_db,
    policy,
)
from tests.semantics.tiered import OF_OPS, allow, anp, banp, cnp, denied, deny, leave, refused
from verifier.flow import (
    Action,
    Direction,
    Node,
    Reason,
    RuleRef,
    SideDecision,
    Surroundings,
    TierStep,
)
from verifier.manifest.tiers import Tier, TieredPolicy
from verifier.population import Namespace, Network, Population
from verifier.properties.spec.scope import Cover, Forbid, Require, Selection
from verifier.readings import Readings
from verifier.semantics import decide, policies_in_order, surroundings_faults, uncovered, violates
from verifier.semantics.addresses import parse_cidr
from verifier.semantics.tiers import tiers_in_order

DEFAULT = Readings()
INGRESS, EGRESS = Direction.INGRESS, Direction.EGRESS
WEB_TO_DB = flow(WEB, DB, 5432)
FROM_WEB = {"from": [{"podSelector": app("web")}]}


def admin(index: int, name: str = "a") -> RuleRef:
    return RuleRef(f"AdminNetworkPolicy/{name}", INGRESS, index)


def test_the_rule_that_decides_and_what_came_before_it() -> None:
    tiers = (anp(5, name="b"), anp(ingress=[deny(OF_OPS), allow(name="to all")]), banp(ingress=[deny()]))

    ingress = decide(WEB_TO_DB, into_db(), DEFAULT, tiers).ingress

    assert ingress == SideDecision(
        INGRESS,
        True,
        Reason.ACCEPTED,
        rules=(admin(1),),
        walk=(TierStep("Admin", Action.ACCEPT, admin(1), "to all", 10),),
    )


def test_pass_and_then_network_policy() -> None:
    tiers = (anp(ingress=[leave(name="monitoring")]), banp(ingress=[deny()]))

    ingress = decide(WEB_TO_DB, into_db(FROM_WEB), DEFAULT, tiers).ingress

    assert ingress == SideDecision(
        INGRESS,
        True,
        Reason.RULE,
        rules=(RuleRef("shop/p", INGRESS, 0),),
        isolating=("shop/p",),
        walk=(
            TierStep("Admin", Action.PASS, admin(0), "monitoring", 10),
            TierStep("NetworkPolicy", Action.ACCEPT),
        ),
    )


def test_network_policy_refuses() -> None:
    ingress = decide(WEB_TO_DB, into_db(), DEFAULT, (anp(),)).ingress

    assert ingress == SideDecision(
        INGRESS,
        False,
        Reason.NO_RULE,
        isolating=("shop/p",),
        walk=(TierStep("Admin"), TierStep("NetworkPolicy", Action.DENY)),
    )


def test_baseline_decides() -> None:
    tiers = (anp(ingress=[leave()]), banp(ingress=[deny()]))
    baseline = RuleRef("BaselineAdminNetworkPolicy/default", INGRESS, 0)

    ingress = decide(WEB_TO_DB, (), DEFAULT, tiers).ingress

    assert ingress == SideDecision(
        INGRESS,
        False,
        Reason.DENIED,
        rules=(baseline,),
        walk=(
            TierStep("Admin", Action.PASS, admin(0), None, 10),
            TierStep("NetworkPolicy"),
            TierStep("Baseline", Action.DENY, baseline, None, 0),
        ),
    )


def test_nobody_decides() -> None:
    tiers = (anp(ingress=[deny(OF_OPS)]), banp(ingress=[deny(OF_OPS)]))
    walk = (TierStep("Admin"), TierStep("NetworkPolicy"), TierStep("Baseline"))

    ingress = decide(WEB_TO_DB, (), DEFAULT, tiers).ingress

    assert ingress == SideDecision(INGRESS, True, Reason.NOT_ISOLATED, walk=walk)


def test_baseline_passes_to_the_default() -> None:
    tier = cnp(7, tier="Baseline", ingress=[leave()])
    rule = RuleRef("ClusterNetworkPolicy/c", INGRESS, 0)

    ingress = decide(WEB_TO_DB, (), DEFAULT, (tier,)).ingress

    assert (ingress.allowed, ingress.reason, ingress.rules) == (True, Reason.NOT_ISOLATED, ())
    assert ingress.walk == (
        TierStep("NetworkPolicy"),
        TierStep("Baseline", Action.PASS, rule, None, 7),
    )


def test_a_rule_that_fails_closed_says_so() -> None:
    tiers = (anp(ingress=[leave({"workloads": {}})]),)

    ingress = decide(WEB_TO_DB, (), DEFAULT, tiers).ingress

    assert (ingress.reason, ingress.rules) == (Reason.DENIED, (admin(0),))
    assert ingress.walk == (TierStep("Admin", Action.DENY, admin(0), None, 10, fails_closed=True),)


def test_handed_over_per_pod_the_other_direction_is_open() -> None:
    tiers = (banp(egress=[deny()]),)

    egress = decide(flow(DB, WEB, 1), into_db(), Readings(baseline_handover="pod"), tiers).egress

    walk = (TierStep("NetworkPolicy", Action.ACCEPT),)
    assert egress == SideDecision(EGRESS, True, Reason.NOT_ISOLATED, walk=walk)


@pytest.mark.parametrize(
    ("source", "destination", "reason"),
    [
        pytest.param(WEB, N2, Reason.NOT_A_POD, id="a node"),
        pytest.param(WEB, OUT, Reason.NOT_A_POD, id="outside"),
        pytest.param(WEB, WEB, Reason.SELF, id="itself"),
        pytest.param(WEB, AGENT_2, Reason.HOST_NETWORK, id="a host-network pod"),
    ],
)
def test_who_is_subject_to_no_tier(source: object, destination: object, reason: Reason) -> None:
    one_flow = flow(source, destination, 1)  # type: ignore[arg-type]

    ingress = decide(one_flow, (), DEFAULT, (anp(ingress=[deny()]),)).ingress

    assert ingress == SideDecision(INGRESS, True, reason)


def test_the_own_node_comes_after_the_tiers_before_network_policy() -> None:
    ingress = decide(flow(N2, DB, 1), into_db(), DEFAULT, (anp(ingress=[deny()]),)).ingress

    assert (ingress.allowed, ingress.reason) == (True, Reason.OWN_NODE)
    assert ingress.walk == (TierStep("Admin"), TierStep("NetworkPolicy", Action.ACCEPT))


def test_without_other_tiers_there_is_no_walk() -> None:
    decision = decide(WEB_TO_DB, into_db(), DEFAULT)

    assert decision.egress.walk == decision.ingress.walk == ()


# --- order of policies -------------------------------------------------------------------------------------


def titles(policies: list[TieredPolicy]) -> list[str]:
    return [policy.name for policy in policies]


def test_policies_in_order() -> None:
    tiers = (anp(2, name="d"), anp(1, name="c"), banp(), anp(2, name="b"), anp(3, name="a"))
    precedence = tuple(f"AdminNetworkPolicy/{name}" for name in "abcd")

    assert titles(policies_in_order(tiers[0].tier, tiers, precedence)) == ["c", "b", "d", "a"]
    assert titles(policies_in_order(tiers[0].tier, tiers, precedence[::-1])) == ["c", "d", "b", "a"]
    assert titles(policies_in_order(tiers[2].tier, tiers, ())) == ["default"]


def test_there_may_be_more_tiers() -> None:
    early, late = Tier(-2, "Early"), Tier(2, "Late")
    tiers = (
        anp(1, name="b", ingress=[deny()]),
        replace(banp(ingress=[deny()]), tier=late),
        cnp(tier="Baseline", ingress=[leave()]),
        replace(anp(2, ingress=[leave()]), tier=early),
    )

    assert [step.tier for step in decide(WEB_TO_DB, (), DEFAULT, tiers).ingress.walk] == ["Early", "Admin"]
    walk = decide(WEB_TO_DB, (), DEFAULT, tiers[1:]).ingress.walk
    assert [step.tier for step in walk] == ["Early", "NetworkPolicy", "Baseline", "Late"]
    assert [tier.name for tier in tiers_in_order(tiers)] == ["Early", "Admin", "Baseline", "Late"]


def test_an_order_of_equal_priorities_that_nobody_gives_is_not_guessed() -> None:
    tiers = (anp(name="a", ingress=[allow()]), anp(name="b", ingress=[deny()]))

    with pytest.raises(ValueError, match="none for `AdminNetworkPolicy/b`"):
        decide(WEB_TO_DB, (), DEFAULT, tiers, Surroundings(precedence=("AdminNetworkPolicy/a",)))


# --- facts that nobody gives -------------------------------------------------------------------------------


def test_labels_of_a_node_are_not_guessed() -> None:
    tiers = denied({"nodes": {"matchLabels": {"zone": "a"}}})

    with pytest.raises(ValueError, match="labels of node `n9`"):
        decide(flow(WEB, Node("n9", both("10.9.0.9")), 1), (), DEFAULT, tiers)
    with pytest.raises(ValueError, match="labels of node `n2`"):
        decide(flow(WEB, AGENT_2, 1), (), DEFAULT, tiers, Surroundings(nodes=(Node("n2"), N1)))
    assert decide(flow(WEB, PROM, 1), (), DEFAULT, tiers).allowed


def test_addresses_of_a_domain_name_are_not_guessed() -> None:
    tiers = (cnp(egress=[{"action": "Accept", "peers": [{"domainNames": ["example.com"]}]}]),)

    with pytest.raises(ValueError, match=r"domain name `example\.com`"):
        decide(flow(WEB, OUT, 1), (), DEFAULT, tiers)
    assert decide(flow(WEB, LONER, 1), (), DEFAULT, tiers).allowed


# --- statements --------------------------------------------------------------------------------------------


def test_statements_see_the_tiers() -> None:
    everybody = Selection(pods=True)
    tiers = (anp(name="a", ingress=[deny()]), anp(name="b", ingress=[allow()]))
    a, b = (policy.title for policy in tiers)
    shut, let_in = Surroundings(precedence=(a, b)), Surroundings(precedence=(b, a))
    forbid, require = Forbid((everybody,), (everybody,)), Require((everybody,), (everybody,))

    assert not violates(forbid, WEB_TO_DB, (), DEFAULT, tiers, shut)
    assert violates(require, WEB_TO_DB, (), DEFAULT, tiers, shut)
    assert violates(forbid, WEB_TO_DB, (), DEFAULT, tiers, let_in)
    assert violates(forbid, WEB_TO_DB, (), DEFAULT)


def test_cover_asks_for_isolation_by_network_policy() -> None:
    cover = Cover((Selection(pods=True),), (INGRESS, EGRESS))

    assert uncovered(cover, DB, (), DEFAULT) == (INGRESS, EGRESS)
    assert uncovered(cover, DB, (policy({}),), DEFAULT) == (EGRESS,)


# --- facts that cannot hold --------------------------------------------------------------------------------

POPULATION = Population(
    {"shop": Namespace("shop", {})},
    nodes=(N1, replace(N2, labels=None), Node("n3")),
    network=Network(pod_cidrs=(parse_cidr("10.1.0.0/16"),)),
)


def test_surroundings_that_can_be() -> None:
    given = Surroundings(
        nodes=(N1, N2, Node("n3", both("10.9.0.3"), {"zone": "c"})),
        domain_names={"example.com": frozenset(both("203.0.113.7", "2001:db8::7"))},
        precedence=("AdminNetworkPolicy/a", "AdminNetworkPolicy/b"),
    )

    assert surroundings_faults(given, POPULATION) == []


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (Surroundings(nodes=(replace(N1, labels={}),)), "node `n1` has other labels than the input states"),
        (
            Surroundings(nodes=(replace(N1, addresses=both("10.9.9.9")),)),
            "no node of the input is called `n1`",
        ),
        (Surroundings(nodes=(Node("n9"),)), "no node of the input is called `n9`"),
        (Surroundings(nodes=(N1, N1)), "node `n1` is described twice, expected once"),
        (
            Surroundings(nodes=(N1, Node("n3", both("10.9.0.1")))),
            "node `n1` and node `n3` share the address `10.9.0.1`",
        ),
        (Surroundings(nodes=(Node("n3", labels={"a b": ""}),)), "node `n3` has the label key `a b`"),
        (
            Surroundings(domain_names={"a.b": frozenset(both("10.1.2.3"))}),
            "domain name `a.b`: `10.1.2.3` lies in a declared range of the cluster",
        ),
        (
            Surroundings(domain_names={"a.b": frozenset(both("10.9.0.1"))}),
            "domain name `a.b`: `10.9.0.1` is an address of node `n1`",
        ),
        (Surroundings(precedence=("x", "y", "x")), "`x` has two places among equal priorities"),
    ],
)
def test_surroundings_that_cannot_be(given: Surroundings, fault: str) -> None:
    assert surroundings_faults(given, POPULATION)[0].startswith(fault)


def test_a_tier_of_another_version_reads_the_same() -> None:
    older = decide(WEB_TO_DB, (), DEFAULT, denied()).egress
    newer = decide(WEB_TO_DB, (), DEFAULT, refused()).egress

    assert (older.allowed, older.reason) == (newer.allowed, newer.reason) == (False, Reason.DENIED)
