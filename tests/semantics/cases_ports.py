"""NP-20 to NP-27: ports, names, ranges, SCTP."""

from tests.semantics.cast import (
    AGENT_2,
    DB,
    N2,
    OUT,
    PROM,
    SCTP,
    UDP,
    WEB,
    Case,
    app,
    flow,
    into_db,
    into_db_on,
    out_of_web,
    out_of_web_on,
    policy,
)
from verifier.readings import Readings

FIRST = Readings(named_port_duplicates="first")
SELECTABLE = Readings(host_network="selectable")
NO_END_PORT = Readings(endport_support=False)
NO_SCTP = Readings(sctp_support=False)

PG = {"port": "pg"}
TWIN = {"port": "twin"}
RANGE = {"port": 8000, "endPort": 8010}
INTO_AGENT = (
    policy({"podSelector": app("agent"), "ingress": [{"ports": [{"port": "metrics"}]}]}, namespace="ops"),
)

NUMBER_CASES = [
    Case("NP-20", "ports absent: any TCP", into_db({}), flow(WEB, DB, 65535), True),
    Case("NP-20", "ports: [] any UDP", into_db({"ports": []}), flow(WEB, DB, 1, UDP), True),
    Case("NP-20", "ports: null any SCTP", into_db({"ports": None}), flow(WEB, DB, 1, SCTP), True),
    Case("NP-20", "first of two entries", into_db_on({"port": 1}, {"port": 2}), flow(WEB, DB, 1), True),
    Case("NP-20", "second of two entries", into_db_on({"port": 1}, {"port": 2}), flow(WEB, DB, 2), True),
    Case("NP-20", "none of two entries", into_db_on({"port": 1}, {"port": 2}), flow(WEB, DB, 3), False),
    Case("NP-21", "the empty entry is all TCP", into_db_on({}), flow(WEB, DB, 12345), True),
    Case("NP-21", "the empty entry is no UDP", into_db_on({}), flow(WEB, DB, 12345, UDP), False),
    Case("NP-21", "the empty entry is no SCTP", into_db_on({}), flow(WEB, DB, 12345, SCTP), False),
    Case("NP-21", "a port without protocol is TCP", into_db_on({"port": 53}), flow(WEB, DB, 53), True),
    Case("NP-21", "and not UDP", into_db_on({"port": 53}), flow(WEB, DB, 53, UDP), False),
    Case("NP-21", "a null protocol is TCP", into_db_on({"protocol": None}), flow(WEB, DB, 9), True),
    Case("NP-21", "a protocol without port", into_db_on({"protocol": "UDP"}), flow(WEB, DB, 7, UDP), True),
    Case("NP-21", "and not TCP", into_db_on({"protocol": "UDP"}), flow(WEB, DB, 7), False),
    Case("NP-22", "a port that is not declared", into_db_on({"port": 8443}), flow(WEB, DB, 8443), True),
    Case("NP-22", "one above", into_db_on({"port": 8443}), flow(WEB, DB, 8444), False),
    Case("NP-22", "one below", into_db_on({"port": 8443}), flow(WEB, DB, 8442), False),
    Case("NP-22", "egress to a port outside", out_of_web_on({"port": 443}), flow(WEB, OUT, 443), True),
    Case("NP-22", "the lowest port", into_db_on({"port": 1}), flow(WEB, DB, 1), True),
    Case("NP-22", "the highest port", into_db_on({"port": 65535}), flow(WEB, DB, 65535), True),
]

NAME_CASES = [
    Case("NP-23", "the declared number", into_db_on(PG), flow(WEB, DB, 5432), True),
    Case("NP-23", "another number", into_db_on(PG), flow(WEB, DB, 5433), False),
    Case("NP-23", "another protocol of the flow", into_db_on(PG), flow(WEB, DB, 5432, UDP), False),
    Case(
        "NP-23",
        "declared for another protocol",
        into_db_on({"port": "dns"}),
        flow(WEB, DB, 53),
        False,
    ),
    Case(
        "NP-23",
        "declared for the entry's protocol",
        into_db_on({"port": "dns", "protocol": "UDP"}),
        flow(WEB, DB, 53, UDP),
        True,
    ),
    Case(
        "NP-23",
        "declared for SCTP",
        into_db_on({"port": "signal", "protocol": "SCTP"}),
        flow(WEB, DB, 9999, SCTP),
        True,
    ),
    Case("NP-23", "egress: the peer's name", out_of_web_on(PG), flow(WEB, DB, 5432), True),
    Case("NP-23", "egress: not the subject's", out_of_web_on({"port": "http"}), flow(WEB, DB, 8080), False),
    Case(
        "NP-23", "each peer has its own number", out_of_web_on({"port": "http"}), flow(WEB, PROM, 9090), True
    ),
    Case(
        "NP-23", "and not the subject's number", out_of_web_on({"port": "http"}), flow(WEB, PROM, 8080), False
    ),
    Case("NP-24", "a name that is not declared", into_db_on({"port": "nope"}), flow(WEB, DB, 5432), False),
    Case("NP-24", "a port without a name", into_db_on({"port": "nope"}), flow(WEB, DB, 6000), False),
    Case("NP-24", "an external address has no names", out_of_web_on(PG), flow(WEB, OUT, 5432), False),
    Case("NP-24", "a node has no names", out_of_web_on(PG), flow(WEB, N2, 5432), False),
    Case(
        "NP-24",
        "a host-network pod is no pod",
        out_of_web_on({"port": "metrics"}),
        flow(WEB, AGENT_2, 9100),
        False,
    ),
    Case(
        "NP-24",
        "a host-network pod is like any pod",
        out_of_web_on({"port": "metrics"}),
        flow(WEB, AGENT_2, 9100),
        True,
        SELECTABLE,
    ),
    Case(
        "NP-24",
        "the subject on the host network, like any pod",
        INTO_AGENT,
        flow(WEB, AGENT_2, 9100),
        True,
        SELECTABLE,
    ),
    Case(
        "NP-24",
        "the subject on the host network, another port",
        INTO_AGENT,
        flow(WEB, AGENT_2, 9101),
        False,
        SELECTABLE,
    ),
    Case("NP-25", "twice: the first", into_db_on(TWIN), flow(WEB, DB, 7001), True),
    Case("NP-25", "twice: the second", into_db_on(TWIN), flow(WEB, DB, 7002), True),
    Case("NP-25", "twice: of another protocol", into_db_on(TWIN), flow(WEB, DB, 7003), False),
    Case("NP-25", "first only: the first", into_db_on(TWIN), flow(WEB, DB, 7001), True, FIRST),
    Case("NP-25", "first only: the second", into_db_on(TWIN), flow(WEB, DB, 7002), False, FIRST),
    Case(
        "NP-25",
        "first only: the first of its protocol",
        into_db_on({"port": "twin", "protocol": "UDP"}),
        flow(WEB, DB, 7003, UDP),
        True,
        FIRST,
    ),
]

RANGE_CASES = [
    Case("NP-26", "its low end", into_db_on(RANGE), flow(WEB, DB, 8000), True),
    Case("NP-26", "inside", into_db_on(RANGE), flow(WEB, DB, 8005), True),
    Case("NP-26", "its high end", into_db_on(RANGE), flow(WEB, DB, 8010), True),
    Case("NP-26", "one below", into_db_on(RANGE), flow(WEB, DB, 7999), False),
    Case("NP-26", "one above", into_db_on(RANGE), flow(WEB, DB, 8011), False),
    Case("NP-26", "of one port", into_db_on({"port": 80, "endPort": 80}), flow(WEB, DB, 80), True),
    Case("NP-26", "of every port", into_db_on({"port": 1, "endPort": 65535}), flow(WEB, DB, 65535), True),
    Case("NP-26", "of TCP only", into_db_on(RANGE), flow(WEB, DB, 8005, UDP), False),
    Case("NP-26", "on egress", out_of_web_on(RANGE), flow(WEB, OUT, 8010), True),
    Case(
        "NP-26",
        "of UDP",
        into_db_on({**RANGE, "protocol": "UDP"}),
        flow(WEB, DB, 8005, UDP),
        True,
    ),
    Case("NP-26", "unsupported: its low end", into_db_on(RANGE), flow(WEB, DB, 8000), True, NO_END_PORT),
    Case("NP-26", "unsupported: inside", into_db_on(RANGE), flow(WEB, DB, 8001), False, NO_END_PORT),
    Case("NP-26", "unsupported: its high end", into_db_on(RANGE), flow(WEB, DB, 8010), False, NO_END_PORT),
]

SCTP_ENTRY = {"protocol": "SCTP", "port": 9999}
SCTP_CASES = [
    Case("NP-27", "an SCTP entry matches SCTP", into_db_on(SCTP_ENTRY), flow(WEB, DB, 9999, SCTP), True),
    Case("NP-27", "and isolates TCP", into_db_on(SCTP_ENTRY), flow(WEB, DB, 9999), False),
    Case("NP-27", "and isolates UDP", into_db_on(SCTP_ENTRY), flow(WEB, DB, 9999, UDP), False),
    Case("NP-27", "all SCTP", into_db_on({"protocol": "SCTP"}), flow(WEB, DB, 1, SCTP), True),
    Case(
        "NP-27",
        "unsupported: the entry matches nothing",
        into_db_on(SCTP_ENTRY),
        flow(WEB, DB, 9999, SCTP),
        False,
        NO_SCTP,
    ),
    Case(
        "NP-27",
        "unsupported: isolation stays",
        into_db_on(SCTP_ENTRY),
        flow(WEB, DB, 9999),
        False,
        NO_SCTP,
    ),
    Case(
        "NP-27",
        "unsupported: a rule without ports",
        into_db({}),
        flow(WEB, DB, 9999, SCTP),
        True,
        NO_SCTP,
    ),
    Case(
        "NP-27",
        "unsupported: the entry beside it counts",
        into_db_on(SCTP_ENTRY, {"port": 80}),
        flow(WEB, DB, 80),
        True,
        NO_SCTP,
    ),
    Case("NP-27", "unsupported: not isolated", out_of_web({}), flow(DB, WEB, 1, SCTP), True, NO_SCTP),
]

PORT_CASES = [*NUMBER_CASES, *NAME_CASES, *RANGE_CASES, *SCTP_CASES]
