"""NP-10 to NP-17: who a rule admits."""

from dataclasses import replace

from tests.semantics.cast import (
    DB,
    LONER,
    N1,
    N2,
    OPS,
    OUT,
    OUT_6,
    PROM,
    SHOP,
    UDP,
    WEB,
    Case,
    app,
    flow,
    into_db,
    into_db_from,
    out_of_web,
    out_of_web_to,
    policy,
)
from verifier.flow import Pod, PodNamespace

METADATA_NAME = "kubernetes.io/metadata.name"
ALL: dict[str, object] = {"podSelector": {}}
ALL_NAMESPACES: dict[str, object] = {"namespaceSelector": {}}
OPS_TEAM = {"namespaceSelector": {"matchLabels": {"team": "ops"}}}

WEB_TO_DB = flow(WEB, DB, 5432)
PROM_TO_DB = flow(PROM, DB, 5432)
LONER_TO_DB = flow(LONER, DB, 5432)
OUT_TO_DB = flow(OUT, DB, 5432)
NODE_TO_DB = flow(N1, DB, 5432)

# A web of another namespace, which only its namespace tells apart from the shop's.
OPS_WEB = replace(WEB, namespace=OPS, owner=None)
# A namespace whose manifest claims to be another one.
FORGER = Pod(PodNamespace("evil", {METADATA_NAME: "ops"}), "forger", addresses=LONER.addresses)


def named(name: str) -> dict[str, object]:
    return {"namespaceSelector": {"matchLabels": {METADATA_NAME: name}}}


PEER_CASES = [
    Case("NP-10", "from absent admits pods", into_db({"ports": [{"port": 5432}]}), PROM_TO_DB, True),
    Case("NP-10", "from: [] is not deny", into_db({"from": []}), PROM_TO_DB, True),
    Case("NP-10", "from: null is not deny", into_db({"from": None}), WEB_TO_DB, True),
    Case("NP-10", "an empty rule admits external addresses", into_db({}), OUT_TO_DB, True),
    Case("NP-10", "from: [] admits external addresses", into_db({"from": []}), OUT_TO_DB, True),
    Case("NP-10", "an empty rule admits nodes", into_db({}), NODE_TO_DB, True),
    Case("NP-10", "an empty rule admits IPv6", into_db({}), flow(OUT_6, DB, 1, version=6), True),
    Case("NP-10", "to: [] admits external addresses", out_of_web({"to": []}), flow(WEB, OUT, 443), True),
    Case("NP-10", "to: null admits nodes", out_of_web({"to": None}), flow(WEB, N2, 10250), True),
    Case("NP-10", "first of two peers", into_db_from({"podSelector": app("web")}, OPS_TEAM), WEB_TO_DB, True),
    Case(
        "NP-10", "second of two peers", into_db_from({"podSelector": app("web")}, OPS_TEAM), PROM_TO_DB, True
    ),
    Case(
        "NP-10", "none of two peers", into_db_from({"podSelector": app("web")}, OPS_TEAM), LONER_TO_DB, False
    ),
    Case("NP-11", "podSelector matches at home", into_db_from({"podSelector": app("web")}), WEB_TO_DB, True),
    Case(
        "NP-11",
        "equal labels elsewhere",
        into_db_from({"podSelector": app("web")}),
        flow(OPS_WEB, DB, 5432),
        False,
    ),
    Case("NP-11", "other labels at home", into_db_from({"podSelector": app("api")}), WEB_TO_DB, False),
    Case("NP-11", "egress to a pod at home", out_of_web_to({"podSelector": app("db")}), WEB_TO_DB, True),
    Case(
        "NP-11",
        "home is the policy's namespace",
        (
            policy(
                {
                    "podSelector": {},
                    "policyTypes": ["Egress"],
                    "egress": [{"to": [{"podSelector": app("db")}]}],
                },
                namespace="ops",
            ),
        ),
        flow(PROM, DB, 5432),
        False,
    ),
    Case("NP-12", "a matching namespace", into_db_from(OPS_TEAM), PROM_TO_DB, True),
    Case("NP-12", "another namespace", into_db_from(OPS_TEAM), WEB_TO_DB, False),
    Case(
        "NP-12",
        "the own namespace counts like any other",
        into_db_from({"namespaceSelector": {"matchLabels": {"team": "sales"}}}),
        WEB_TO_DB,
        True,
    ),
    Case("NP-12", "{} is every namespace", into_db_from(ALL_NAMESPACES), LONER_TO_DB, True),
    Case("NP-12", "{} is the own namespace too", into_db_from(ALL_NAMESPACES), WEB_TO_DB, True),
    Case("NP-12", "{} is no external address", into_db_from(ALL_NAMESPACES), OUT_TO_DB, False),
    Case("NP-12", "{} is no node", into_db_from(ALL_NAMESPACES), NODE_TO_DB, False),
    Case(
        "NP-12",
        "both empty is not the empty rule",
        into_db_from({"namespaceSelector": {}, "podSelector": {}}),
        OUT_TO_DB,
        False,
    ),
    Case(
        "NP-12",
        "egress to {} is no external address",
        out_of_web_to(ALL_NAMESPACES),
        flow(WEB, OUT, 1),
        False,
    ),
    Case("NP-12", "egress to {} is every pod", out_of_web_to(ALL_NAMESPACES), flow(WEB, PROM, 1, UDP), True),
    Case(
        "NP-13",
        "one peer: both match",
        into_db_from({**OPS_TEAM, "podSelector": app("prometheus")}),
        PROM_TO_DB,
        True,
    ),
    Case(
        "NP-13",
        "one peer: the namespace alone",
        into_db_from({**OPS_TEAM, "podSelector": app("web")}),
        PROM_TO_DB,
        False,
    ),
    Case(
        "NP-13",
        "one peer: the pod alone",
        into_db_from({**OPS_TEAM, "podSelector": app("web")}),
        WEB_TO_DB,
        False,
    ),
    Case(
        "NP-13",
        "two peers: the namespace alone",
        into_db_from(OPS_TEAM, {"podSelector": app("web")}),
        PROM_TO_DB,
        True,
    ),
    Case(
        "NP-13",
        "two peers: the pod alone, at home",
        into_db_from(OPS_TEAM, {"podSelector": app("web")}),
        WEB_TO_DB,
        True,
    ),
    Case(
        "NP-13",
        "two peers: the pod's labels elsewhere",
        into_db_from({"namespaceSelector": {"matchLabels": {"team": "none"}}}, {"podSelector": app("web")}),
        flow(OPS_WEB, DB, 5432),
        False,
    ),
    Case("NP-14", "podSelector: {} is every pod at home", into_db_from(ALL), WEB_TO_DB, True),
    Case("NP-14", "podSelector: {} is no pod elsewhere", into_db_from(ALL), PROM_TO_DB, False),
    Case("NP-14", "podSelector: {} is no external address", into_db_from(ALL), OUT_TO_DB, False),
    Case(
        "NP-14",
        "a null namespaceSelector is not set",
        into_db_from({"podSelector": {}, "namespaceSelector": None}),
        PROM_TO_DB,
        False,
    ),
    Case(
        "NP-14",
        "a null podSelector is not set",
        into_db_from({"podSelector": None, "namespaceSelector": {}}),
        PROM_TO_DB,
        True,
    ),
    Case(
        "NP-15",
        "a namespace's labels are not its pods'",
        into_db_from({"podSelector": {"matchLabels": {"team": "sales"}}}),
        WEB_TO_DB,
        False,
    ),
    Case(
        "NP-15",
        "a pod's labels are not its namespace's",
        into_db_from({"namespaceSelector": app("web")}),
        WEB_TO_DB,
        False,
    ),
    Case("NP-16", "the name is a label", into_db_from(named("ops")), PROM_TO_DB, True),
    Case("NP-16", "of a namespace without labels too", into_db_from(named("bare")), LONER_TO_DB, True),
    Case("NP-16", "another name", into_db_from(named("ops")), LONER_TO_DB, False),
    Case("NP-16", "a forged name is overridden", into_db_from(named("ops")), flow(FORGER, DB, 5432), False),
    Case("NP-16", "the forger has its own name", into_db_from(named("evil")), flow(FORGER, DB, 5432), True),
    Case(
        "NP-16",
        "the label exists everywhere",
        into_db_from(
            {"namespaceSelector": {"matchExpressions": [{"key": METADATA_NAME, "operator": "DoesNotExist"}]}}
        ),
        LONER_TO_DB,
        False,
    ),
    Case(
        "NP-16",
        "pods do not bear it",
        into_db_from({"podSelector": {"matchLabels": {METADATA_NAME: "shop"}}}),
        WEB_TO_DB,
        False,
    ),
    Case(
        "NP-17",
        "a controller's label is a label of the pod",
        (
            policy(
                {"podSelector": {"matchExpressions": [{"key": "pod-template-hash", "operator": "Exists"}]}}
            ),
        ),
        WEB_TO_DB,
        False,
    ),
    Case(
        "NP-17",
        "its value counts",
        (policy({"podSelector": {"matchLabels": {"pod-template-hash": "other"}}}),),
        WEB_TO_DB,
        True,
    ),
    Case(
        "NP-17",
        "a pod without a controller lacks it",
        into_db_from(
            {"podSelector": {"matchExpressions": [{"key": "pod-template-hash", "operator": "Exists"}]}}
        ),
        flow(Pod(SHOP, "bare-pod", addresses=LONER.addresses), DB, 5432),
        False,
    ),
]
