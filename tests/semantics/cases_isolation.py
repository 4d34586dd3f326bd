"""M-1 to M-3 and NP-1 to NP-9: sides, selection, isolation, policyTypes."""

from tests.semantics.cast import (
    AGENT_2,
    DB,
    LONER,
    N2,
    OUT,
    PROM,
    SCTP,
    UDP,
    WEB,
    WEB_TWIN,
    Case,
    app,
    flow,
    into_db,
    into_db_on,
    out_of_web,
    out_of_web_to,
    policy,
)

WEB_TO_DB = flow(WEB, DB, 5432)
DB_TO_WEB = flow(DB, WEB, 8080)
FROM_WEB = {"from": [{"podSelector": app("web")}]}
FROM_OPS = {"from": [{"namespaceSelector": {"matchLabels": {"team": "ops"}}}]}
TO_NOBODY = {"to": [{"podSelector": app("nobody")}]}
ON_PG = {"ports": [{"port": 5432}]}
DENY_ALL = policy({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}, name="deny-all")
TO_DB_WITHOUT_TYPES = (policy({"podSelector": app("web"), "egress": [{"to": [{"podSelector": app("db")}]}]}),)

MODEL_CASES = [
    Case("M-1", "the destination port counts", into_db(ON_PG), WEB_TO_DB, True),
    Case("M-1", "another destination port", into_db(ON_PG), flow(WEB, DB, 5433), False),
    Case("M-1", "the protocol counts", into_db(ON_PG), flow(WEB, DB, 5432, UDP), False),
    Case("M-2", "both sides say yes", (*out_of_web({}), *into_db({})), WEB_TO_DB, True),
    Case("M-2", "the source's side says no", (*out_of_web(), *into_db({})), WEB_TO_DB, False),
    Case("M-2", "the destination's side says no", (*out_of_web({}), *into_db()), WEB_TO_DB, False),
    Case("M-2", "both sides say no", (*out_of_web(), *into_db()), WEB_TO_DB, False),
    Case("M-2", "an external source has no side", into_db({}), flow(OUT, DB, 5432), True),
    Case("M-2", "an external destination has no side", out_of_web({}), flow(WEB, OUT, 443), True),
    Case("M-2", "a node has no side", out_of_web({}), flow(WEB, N2, 10250), True),
    Case("M-3", "a reply needs no rule", (*into_db(FROM_WEB), DENY_ALL, *out_of_web({})), WEB_TO_DB, True),
    Case("M-3", "a connection back needs one", (*into_db(FROM_WEB), DENY_ALL), DB_TO_WEB, False),
]

SELECTION_CASES = [
    Case("NP-1", "absent podSelector selects every pod", (policy({}),), WEB_TO_DB, False),
    Case("NP-1", "null podSelector selects every pod", (policy({"podSelector": None}),), WEB_TO_DB, False),
    Case("NP-1", "empty podSelector selects every pod", (policy({"podSelector": {}}),), WEB_TO_DB, False),
    Case("NP-1", "another namespace's pods are left", (policy({}, namespace="ops"),), WEB_TO_DB, True),
    Case(
        "NP-1",
        "equal labels in another namespace",
        (policy({"podSelector": app("db")}, namespace="ops"),),
        WEB_TO_DB,
        True,
    ),
    Case("NP-1", "a selector that misses", (policy({"podSelector": app("web")}),), WEB_TO_DB, True),
    Case("NP-2", "no policy at all", (), WEB_TO_DB, True),
    Case("NP-2", "no policy, from outside", (), flow(OUT, DB, 1), True),
    Case("NP-2", "isolated for ingress leaves egress", into_db(), DB_TO_WEB, True),
    Case("NP-2", "isolated for egress leaves ingress", out_of_web(), flow(DB, WEB, 80), True),
    Case("NP-2", "a pod of a namespace without policies", (DENY_ALL,), flow(PROM, LONER, 80), True),
    Case("NP-3", "the second policy admits", (*into_db(), *into_db(FROM_WEB)), WEB_TO_DB, True),
    Case("NP-3", "the first policy admits", (*into_db(FROM_WEB), *into_db()), WEB_TO_DB, True),
    Case("NP-3", "neither admits", (*into_db(FROM_OPS), *into_db()), WEB_TO_DB, False),
    Case("NP-3", "the second rule admits", into_db(FROM_OPS, FROM_WEB), WEB_TO_DB, True),
    Case("NP-3", "a new policy takes flows away", (*into_db(FROM_OPS),), WEB_TO_DB, False),
    Case("NP-4", "ingress: []", (policy({"podSelector": app("db"), "ingress": []}),), WEB_TO_DB, False),
    Case("NP-4", "ingress: null", (policy({"podSelector": app("db"), "ingress": None}),), WEB_TO_DB, False),
    Case("NP-4", "ingress absent", (policy({"podSelector": app("db")}),), WEB_TO_DB, False),
    Case("NP-4", "egress: []", out_of_web(), WEB_TO_DB, False),
    Case(
        "NP-4",
        "egress absent",
        (policy({"podSelector": app("web"), "policyTypes": ["Egress"]}),),
        WEB_TO_DB,
        False,
    ),
    Case("NP-5", "peer and port of one rule", into_db({**FROM_WEB, **ON_PG}), WEB_TO_DB, True),
    Case("NP-5", "the peer alone", into_db({**FROM_WEB, **ON_PG}), flow(WEB, DB, 80), False),
    Case("NP-5", "the port alone", into_db({**FROM_WEB, **ON_PG}), flow(PROM, DB, 5432), False),
    Case(
        "NP-5",
        "peer of one rule, port of another",
        into_db({**FROM_WEB, "ports": [{"port": 80}]}, {**FROM_OPS, **ON_PG}),
        WEB_TO_DB,
        False,
    ),
    Case("NP-6", "DNS is not exempt", out_of_web(), flow(WEB, DB, 53, UDP), False),
    Case("NP-6", "the same namespace is not exempt", (DENY_ALL,), WEB_TO_DB, False),
    Case(
        "NP-6",
        "allowed egress does not bring DNS along",
        out_of_web_to({"podSelector": app("db")}),
        flow(WEB, PROM, 53, UDP),
        False,
    ),
]

POLICY_TYPE_CASES = [
    Case("NP-7", "absent with egress rules: egress is cut", TO_DB_WITHOUT_TYPES, flow(WEB, PROM, 80), False),
    Case("NP-7", "absent with egress rules: the rule admits", TO_DB_WITHOUT_TYPES, WEB_TO_DB, True),
    Case("NP-7", "absent with egress rules: ingress is cut too", TO_DB_WITHOUT_TYPES, DB_TO_WEB, False),
    Case(
        "NP-7",
        "absent with egress: [] leaves egress",
        (policy({"podSelector": app("web"), "egress": []}),),
        WEB_TO_DB,
        True,
    ),
    Case(
        "NP-7",
        "absent with egress: null leaves egress",
        (policy({"podSelector": app("web"), "egress": None}),),
        WEB_TO_DB,
        True,
    ),
    Case(
        "NP-7",
        "absent with egress: [] cuts ingress",
        (policy({"podSelector": app("web"), "egress": []}),),
        DB_TO_WEB,
        False,
    ),
    Case(
        "NP-7",
        "egress: [{}] admits everything out",
        (policy({"podSelector": app("web"), "egress": [{}]}),),
        flow(WEB, OUT, 9, SCTP),
        True,
    ),
    Case(
        "NP-7",
        "egress: [{}] cuts ingress",
        (policy({"podSelector": app("web"), "egress": [{}]}),),
        DB_TO_WEB,
        False,
    ),
    Case(
        "NP-7",
        "policyTypes: [] is filled as absent is",
        (policy({"podSelector": app("web"), "policyTypes": [], "egress": [{}]}),),
        DB_TO_WEB,
        False,
    ),
    Case(
        "NP-7",
        "policyTypes: null is filled as absent is",
        (policy({"podSelector": app("db"), "policyTypes": None}),),
        WEB_TO_DB,
        False,
    ),
    Case(
        "NP-7",
        "[Egress] alone leaves ingress",
        (policy({"podSelector": app("web"), "policyTypes": ["Egress"]}),),
        DB_TO_WEB,
        True,
    ),
    Case(
        "NP-8",
        "egress rules under [Ingress] are ignored",
        (policy({"podSelector": app("web"), "policyTypes": ["Ingress"], "egress": [TO_NOBODY]}),),
        WEB_TO_DB,
        True,
    ),
    Case(
        "NP-8",
        "ingress rules under [Egress] are ignored",
        (policy({"podSelector": app("db"), "policyTypes": ["Egress"], "ingress": [FROM_OPS]}),),
        WEB_TO_DB,
        True,
    ),
    Case(
        "NP-8",
        "ingress rules under [Egress] admit nothing beside another policy",
        (policy({"podSelector": app("db"), "policyTypes": ["Egress"], "ingress": [{}]}), *into_db()),
        WEB_TO_DB,
        False,
    ),
    Case(
        "NP-9",
        "[Ingress, Ingress] isolates ingress",
        (policy({"podSelector": app("db"), "policyTypes": ["Ingress", "Ingress"]}),),
        WEB_TO_DB,
        False,
    ),
    Case(
        "NP-9",
        "[Ingress, Ingress] leaves egress",
        (policy({"podSelector": app("db"), "policyTypes": ["Ingress", "Ingress"]}),),
        DB_TO_WEB,
        True,
    ),
    Case(
        "NP-9",
        "[Egress, Egress] leaves ingress",
        (policy({"podSelector": app("db"), "policyTypes": ["Egress", "Egress"], "egress": [{}]}),),
        WEB_TO_DB,
        True,
    ),
]

UNION_CASES = [
    Case("NP-3", "order of policies: deny first", (DENY_ALL, *into_db({}), *out_of_web({})), WEB_TO_DB, True),
    Case("NP-3", "order of policies: deny last", (*into_db({}), *out_of_web({}), DENY_ALL), WEB_TO_DB, True),
    Case("NP-3", "one policy for each direction", (*into_db({}), DENY_ALL), WEB_TO_DB, False),
    Case("NP-5", "an empty rule admits everything", into_db({}), flow(AGENT_2, DB, 1, SCTP), True),
    Case("NP-5", "two peers, two ports", into_db({**FROM_WEB, **ON_PG}, FROM_OPS), flow(PROM, DB, 1), True),
    Case("NP-4", "an empty rule is not an empty list", into_db({}), WEB_TO_DB, True),
    Case(
        "NP-6",
        "a pod of the same workload is not exempt",
        (policy({"podSelector": app("web")}),),
        flow(WEB, WEB_TWIN, 8080),
        False,
    ),
    Case("NP-6", "ports alone do not open the others", into_db_on({"port": 53}), WEB_TO_DB, False),
]

ISOLATION_CASES = [*MODEL_CASES, *SELECTION_CASES, *POLICY_TYPE_CASES, *UNION_CASES]
