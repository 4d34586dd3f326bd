"""ANP-9 and CNP-6: the ports and protocols that the rules of tiers match."""

from tests.semantics.cast import AGENT_2, DB, OUT, SCTP, TCP, UDP, WEB, Case, flow
from tests.semantics.tiered import PODS, Rule, anp, by, denied, deny, networks, number, refused, span
from verifier.flow import Protocol
from verifier.readings import Readings

WEB_TO_DB = flow(WEB, DB, 5432)
NO_SCTP = Readings(sctp_support=False)
FIRST = Readings(named_port_duplicates="first")
NO_END_PORT = Readings(endport_support=False)

TWICE, DNS = {"namedPort": "twin"}, {"namedPort": "dns"}


def by_port(
    item: str,
    name: str,
    port: int,
    matched: bool,
    *ports: Rule,
    protocol: Protocol = TCP,
    readings: Readings | None = None,
) -> Case:
    """Web's egress to the db is denied on `ports`, of the item's own version of the API."""
    older = item.startswith("ANP")
    tiers = denied(PODS, ports=list(ports)) if older else refused(PODS, protocols=list(ports))
    return Case(item, name, (), flow(WEB, DB, port, protocol), not matched, readings or Readings(), tiers)


TIER_PORT_CASES = [
    Case("ANP-9", "no ports: every protocol", (), flow(WEB, DB, 7, SCTP), False, tiers=denied(PODS)),
    by_port("ANP-9", "a number is TCP", 5432, True, number(5432)),
    by_port("ANP-9", "a number is not UDP", 5432, False, number(5432), protocol=UDP),
    by_port("ANP-9", "another number", 5433, False, number(5432)),
    by_port("ANP-9", "a protocol of its own", 53, True, number(53, "UDP"), protocol=UDP),
    by_port("ANP-9", "one of the ports", 53, True, number(53, "UDP"), number(53)),
    by_port("ANP-9", "below a range", 99, False, span(100, 200)),
    by_port("ANP-9", "the start of a range", 100, True, span(100, 200)),
    by_port("ANP-9", "the end of a range", 200, True, span(100, 200)),
    by_port("ANP-9", "above a range", 201, False, span(100, 200)),
    by_port("ANP-9", "a range of another protocol", 150, False, span(100, 200), protocol=UDP),
    by_port("ANP-9", "a range of one", 100, True, span(100, 100)),
    by_port(
        "ANP-9",
        "a range is one even without endPort",
        150,
        True,
        span(100, 200),
        readings=NO_END_PORT,
    ),
    by_port("ANP-9", "a range that ends before it begins", 150, False, span(200, 100)),
    by_port("ANP-9", "another protocol matches nothing", 1, False, number(1, "ICMP")),
    by_port("ANP-9", "another protocol leaves the other entries", 1, True, number(1, "ICMP"), number(1)),
    by_port("ANP-9", "SCTP", 9999, True, number(9999, "SCTP"), protocol=SCTP),
    by_port(
        "ANP-9",
        "SCTP that is not supported",
        9999,
        False,
        number(9999, "SCTP"),
        protocol=SCTP,
        readings=NO_SCTP,
    ),
    Case(
        "ANP-9",
        "no ports: SCTP all the same",
        (),
        flow(WEB, DB, 7, SCTP),
        False,
        NO_SCTP,
        tiers=denied(PODS),
    ),
    by_port("ANP-9", "a name", 5432, True, {"namedPort": "pg"}),
    by_port("ANP-9", "another port than the name's", 5433, False, {"namedPort": "pg"}),
    by_port("ANP-9", "a name has its port's own protocol", 53, True, DNS, protocol=UDP),
    by_port("ANP-9", "a name has no other protocol", 53, False, DNS),
    by_port("ANP-9", "a name that the destination lacks", 5432, False, {"namedPort": "http"}),
    by_port("ANP-9", "the destination's name, not the source's", 8080, False, {"namedPort": "http"}),
    by_port("ANP-9", "a name twice: the first", 7001, True, TWICE),
    by_port("ANP-9", "a name twice: another protocol", 7003, True, TWICE, protocol=UDP),
    by_port("ANP-9", "a name twice: the last", 7002, True, TWICE),
    by_port("ANP-9", "a name twice, the first counts", 7001, True, TWICE, readings=FIRST),
    by_port("ANP-9", "a name twice, the first counts: not the last", 7002, False, TWICE, readings=FIRST),
    by_port(
        "ANP-9",
        "a name twice, the first counts: of all protocols",
        7003,
        False,
        TWICE,
        protocol=UDP,
        readings=FIRST,
    ),
    by_port("ANP-9", "a name of SCTP", 9999, True, {"namedPort": "signal"}, protocol=SCTP),
    by_port(
        "ANP-9",
        "a name of SCTP that is not supported",
        9999,
        False,
        {"namedPort": "signal"},
        protocol=SCTP,
        readings=NO_SCTP,
    ),
    Case(
        "ANP-9",
        "a name at ingress",
        (),
        WEB_TO_DB,
        False,
        tiers=(anp(ingress=[deny(ports=[{"namedPort": "pg"}])]),),
    ),
    by_port("CNP-6", "tcp", 5432, True, by("tcp", number=5432)),
    by_port("CNP-6", "tcp is not udp", 5432, False, by("tcp", number=5432), protocol=UDP),
    by_port("CNP-6", "udp", 53, True, by("udp", number=53), protocol=UDP),
    by_port("CNP-6", "sctp", 9999, True, by("sctp", number=9999), protocol=SCTP),
    by_port("CNP-6", "the end of a range", 200, True, by("tcp", range={"start": 100, "end": 200})),
    by_port("CNP-6", "above a range", 201, False, by("tcp", range={"start": 100, "end": 200})),
    by_port("CNP-6", "one of them", 53, True, by("tcp", number=1), by("udp", number=53), protocol=UDP),
    by_port(
        "CNP-6", "a name has its port's own protocol", 53, True, {"destinationNamedPort": "dns"}, protocol=UDP
    ),
    by_port("CNP-6", "a name has no other protocol", 53, False, {"destinationNamedPort": "dns"}),
    Case("CNP-6", "no protocols: all of them", (), flow(WEB, DB, 1, UDP), False, tiers=refused(PODS)),
    Case(
        "CNP-6",
        "a name beside networks matches pods",
        (),
        WEB_TO_DB,
        False,
        tiers=refused(networks("10.0.0.0/8"), protocols=[{"destinationNamedPort": "pg"}]),
    ),
    Case(
        "CNP-6",
        "a name beside networks matches nothing else",
        (),
        flow(WEB, OUT, 5432),
        True,
        tiers=refused(networks("0.0.0.0/0"), protocols=[{"destinationNamedPort": "pg"}]),
    ),
    Case(
        "CNP-6",
        "a host-network pod has no names",
        (),
        flow(WEB, AGENT_2, 9100),
        True,
        Readings(host_network="selectable"),
        tiers=refused(networks("0.0.0.0/0"), protocols=[{"destinationNamedPort": "metrics"}]),
    ),
]
