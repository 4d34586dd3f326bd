"""ANP-11, ANP-12, CNP-1 to CNP-4, CNP-13, CNP-14: what is left open, fails closed or is exempt."""

from tests.semantics.cast import (
    AGENT_1,
    AGENT_2,
    DB,
    N2,
    OUT,
    PROM,
    SHOP_AGENT,
    UDP,
    WEB,
    WEB_TWIN,
    Case,
    app,
    flow,
    into_db,
    out_of_web,
    policy,
)
from tests.semantics.tiered import (
    OF_OPS,
    OF_SHOP,
    Rule,
    accept,
    allow,
    anp,
    banp,
    cnp,
    deny,
    leave,
    number,
    pods,
)
from verifier.flow import Surroundings
from verifier.readings import Readings

WEB_TO_DB = flow(WEB, DB, 5432)
PROM_TO_DB = flow(PROM, DB, 5432)
DB_TO_WEB = flow(DB, WEB, 8080)
POD = Readings(baseline_handover="pod")
FROM_WEB = {"from": [{"podSelector": app("web")}]}
A, B, C, D = (f"AdminNetworkPolicy/{name}" for name in "abcd")

_TWO = (anp(name="a", ingress=[allow()]), anp(name="b", ingress=[deny()]))
TIE_CASES = [
    Case(
        "ANP-11", "one order", (), WEB_TO_DB, True, tiers=_TWO, surroundings=Surroundings(precedence=(A, B))
    ),
    Case(
        "ANP-11",
        "the other order",
        (),
        WEB_TO_DB,
        False,
        tiers=_TWO,
        surroundings=Surroundings(precedence=(B, A)),
    ),
    Case(
        "ANP-11",
        "the order in the input means nothing",
        (),
        WEB_TO_DB,
        True,
        tiers=_TWO[::-1],
        surroundings=Surroundings(precedence=(A, B)),
    ),
    Case(
        "ANP-11",
        "priority counts for more than the order of ties",
        (),
        WEB_TO_DB,
        True,
        tiers=(anp(2, name="b", ingress=[deny()]), anp(2, name="c"), anp(1, ingress=[allow()])),
        surroundings=Surroundings(precedence=(B, C, A)),
    ),
    Case(
        "ANP-11",
        "three of one priority",
        (),
        WEB_TO_DB,
        False,
        tiers=(*_TWO, anp(name="c", ingress=[leave()])),
        surroundings=Surroundings(precedence=(B, C, A)),
    ),
    Case(
        "ANP-11",
        "three of one priority: Pass comes first",
        (),
        WEB_TO_DB,
        True,
        tiers=(*_TWO, anp(name="c", ingress=[leave()])),
        surroundings=Surroundings(precedence=(C, B, A)),
    ),
    Case(
        "ANP-11",
        "equal priorities of two tiers are no tie",
        (),
        WEB_TO_DB,
        True,
        tiers=(cnp(tier="Baseline", name="x", ingress=[deny()]), cnp(name="y", ingress=[accept()])),
    ),
    Case(
        "CNP-11",
        "ties of Baseline",
        (),
        WEB_TO_DB,
        False,
        tiers=(
            cnp(tier="Baseline", name="x", ingress=[accept()]),
            cnp(tier="Baseline", name="y", ingress=[deny()]),
        ),
        surroundings=Surroundings(precedence=("ClusterNetworkPolicy/y", "ClusterNetworkPolicy/x")),
    ),
]

NEWER: Rule = {"workloads": {}}
UNKNOWN_CASES = [
    Case(
        "ANP-12", "Allow matches nothing", into_db(), WEB_TO_DB, False, tiers=(anp(ingress=[allow(NEWER)]),)
    ),
    Case(
        "ANP-12",
        "Allow matches nothing, not by another peer either",
        into_db(),
        WEB_TO_DB,
        False,
        tiers=(anp(ingress=[allow(OF_SHOP, NEWER)]),),
    ),
    Case("ANP-12", "Allow does not deny", (), WEB_TO_DB, True, tiers=(anp(ingress=[allow(NEWER)]),)),
    Case("ANP-12", "Deny denies", (), WEB_TO_DB, False, tiers=(anp(ingress=[deny(NEWER)]),)),
    Case(
        "ANP-12",
        "Deny denies all, whatever its ports",
        (),
        flow(WEB, DB, 53, UDP),
        False,
        tiers=(anp(ingress=[deny(NEWER, ports=[number(1)])]),),
    ),
    Case("ANP-12", "Pass denies", (), WEB_TO_DB, False, tiers=(anp(ingress=[leave(NEWER)]),)),
    Case(
        "ANP-12",
        "Pass denies what another peer would pass",
        into_db({}),
        WEB_TO_DB,
        False,
        tiers=(anp(ingress=[leave(OF_SHOP, NEWER)]),),
    ),
    Case(
        "ANP-12",
        "Deny denies what comes from outside",
        (),
        flow(OUT, DB, 1),
        False,
        tiers=(anp(ingress=[deny(NEWER)]),),
    ),
    Case(
        "ANP-12",
        "Deny denies what comes from the own node",
        (),
        flow(N2, DB, 1),
        False,
        tiers=(anp(ingress=[deny(NEWER)]),),
    ),
    Case(
        "ANP-12",
        "a rule before it decides",
        (),
        WEB_TO_DB,
        True,
        tiers=(anp(ingress=[allow(), deny(NEWER)]),),
    ),
    Case(
        "ANP-12",
        "the other direction is left",
        (),
        WEB_TO_DB,
        True,
        tiers=(anp(subject=pods("db"), egress=[deny(NEWER)]),),
    ),
    Case(
        "ANP-12",
        "other pods are left",
        (),
        WEB_TO_DB,
        True,
        tiers=(anp(subject=OF_OPS, ingress=[deny(NEWER)]),),
    ),
    Case(
        "CNP-12", "Accept matches nothing", into_db(), WEB_TO_DB, False, tiers=(cnp(ingress=[accept(NEWER)]),)
    ),
    Case(
        "CNP-12",
        "Pass of Baseline denies",
        (),
        WEB_TO_DB,
        False,
        tiers=(cnp(tier="Baseline", ingress=[leave(NEWER)]),),
    ),
]

CLUSTER_CASES = [
    Case(
        "CNP-1",
        "Baseline policies have priorities",
        (),
        WEB_TO_DB,
        True,
        tiers=(
            cnp(2, tier="Baseline", name="x", ingress=[deny()]),
            cnp(1, tier="Baseline", name="y", ingress=[accept()]),
        ),
    ),
    Case(
        "CNP-2",
        "Admin is asked before Baseline, whatever the priorities",
        (),
        WEB_TO_DB,
        False,
        tiers=(cnp(1, tier="Baseline", name="x", ingress=[accept()]), cnp(999, ingress=[deny()])),
    ),
    Case(
        "CNP-2",
        "NetworkPolicy is asked before Baseline",
        into_db(FROM_WEB),
        WEB_TO_DB,
        True,
        tiers=(cnp(tier="Baseline", ingress=[deny()]),),
    ),
    Case(
        "CNP-2",
        "nothing decides: allowed",
        (),
        WEB_TO_DB,
        True,
        tiers=(cnp(), cnp(tier="Baseline", name="x")),
    ),
    Case(
        "CNP-3",
        "Pass in Baseline leads to the default, which allows",
        (),
        WEB_TO_DB,
        True,
        tiers=(cnp(tier="Baseline", ingress=[leave(), deny()]),),
    ),
    Case(
        "CNP-3",
        "Pass in Baseline skips the policies after it",
        (),
        WEB_TO_DB,
        True,
        tiers=(
            cnp(1, tier="Baseline", name="x", ingress=[leave()]),
            cnp(2, tier="Baseline", name="y", ingress=[deny()]),
        ),
    ),
    Case(
        "CNP-3",
        "Pass in Admin leads on to Baseline",
        (),
        WEB_TO_DB,
        False,
        tiers=(cnp(ingress=[leave()]), cnp(tier="Baseline", name="x", ingress=[deny()])),
    ),
    Case(
        "CNP-3",
        "Accept overrides NetworkPolicy",
        into_db(),
        WEB_TO_DB,
        True,
        tiers=(cnp(ingress=[accept()]),),
    ),
]

# What isolates db for ingress leaves its egress alone.
_DB_OUT = cnp(tier="Baseline", subject=pods("db"), egress=[deny()])
BASELINE_HANDOVER_CASES = [
    Case("CNP-4", "per direction: Baseline decides egress", into_db(), DB_TO_WEB, False, tiers=(_DB_OUT,)),
    Case("CNP-4", "per pod: Baseline is not asked", into_db(), DB_TO_WEB, True, POD, tiers=(_DB_OUT,)),
    Case(
        "CNP-4", "per pod: another pod's Baseline is", out_of_web(), DB_TO_WEB, False, POD, tiers=(_DB_OUT,)
    ),
    Case("CNP-4", "per pod: nobody selects it", (), DB_TO_WEB, False, POD, tiers=(_DB_OUT,)),
    Case(
        "CNP-4",
        "per pod: NetworkPolicy refuses in its own direction",
        into_db(),
        WEB_TO_DB,
        False,
        POD,
        tiers=(banp(ingress=[allow()]),),
    ),
    Case(
        "CNP-4",
        "per pod: Admin is asked first all the same",
        into_db(),
        DB_TO_WEB,
        False,
        POD,
        tiers=(cnp(egress=[deny()]),),
    ),
    Case(
        "CNP-4",
        "per pod: v1alpha1 too",
        into_db(),
        DB_TO_WEB,
        True,
        POD,
        tiers=(banp(subject=pods("db"), egress=[deny()]),),
    ),
    Case(
        "CNP-4",
        "per direction: a policy of both directions",
        (policy({"podSelector": app("db"), "policyTypes": ["Ingress", "Egress"], "egress": [{}]}),),
        DB_TO_WEB,
        True,
        tiers=(_DB_OUT,),
    ),
]

SELF_AND_HOST_CASES = [
    Case("CNP-14", "a pod reaches itself", (), flow(WEB, WEB, 1), True, tiers=(cnp(ingress=[deny()]),)),
    Case(
        "CNP-14", "its twin is another pod", (), flow(WEB, WEB_TWIN, 1), False, tiers=(cnp(ingress=[deny()]),)
    ),
    Case(
        "CNP-14",
        "subject to policy: Admin denies it",
        (),
        flow(WEB, WEB, 1),
        False,
        Readings(self_traffic="subject"),
        tiers=(cnp(ingress=[deny()]),),
    ),
    Case(
        "CNP-14",
        "subject to policy: Baseline denies it",
        (),
        flow(WEB, WEB, 1),
        False,
        Readings(self_traffic="subject"),
        tiers=(cnp(tier="Baseline", egress=[deny()]),),
    ),
    Case("NP-44", "no subject", (), flow(AGENT_1, DB, 1), True, tiers=(anp(egress=[deny()]),)),
    Case(
        "NP-44",
        "no subject, even where NetworkPolicy selects it",
        (),
        flow(SHOP_AGENT, DB, 1),
        True,
        Readings(host_network="selectable"),
        tiers=(anp(egress=[deny()]), banp(egress=[deny()])),
    ),
    Case(
        "NP-44",
        "NetworkPolicy alone decides where it selects it",
        (policy({"policyTypes": ["Egress"]}),),
        flow(SHOP_AGENT, DB, 1),
        False,
        Readings(host_network="selectable"),
        tiers=(anp(egress=[allow()]),),
    ),
    Case("CNP-13", "no peer of ingress", (), flow(AGENT_1, DB, 1), True, tiers=(cnp(ingress=[deny()]),)),
    Case(
        "CNP-13",
        "no peer, even where NetworkPolicy selects it",
        (),
        flow(WEB, AGENT_2, 1),
        True,
        Readings(host_network="selectable"),
        tiers=(cnp(egress=[deny()]),),
    ),
]

OPEN_CASES = [
    *TIE_CASES,
    *UNKNOWN_CASES,
    *CLUSTER_CASES,
    *BASELINE_HANDOVER_CASES,
    *SELF_AND_HOST_CASES,
]
