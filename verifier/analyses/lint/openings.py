"""Rules of the lint: what rules open far: to every namespace, to the internet, to nodes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import islice

from verifier.analyses.lint.address_sets import AddressSet, cidr_set
from verifier.analyses.lint.finding import Finding, Level, Place, Rule
from verifier.analyses.lint.rule_sets import PolicySet, PortSet, RuleSet
from verifier.analyses.lint.scene import Scene, peers_key, rule_route
from verifier.flow import Direction, External, Node, Protocol
from verifier.internet import INTERNET
from verifier.manifest.cidr import parse_address
from verifier.population import World
from verifier.solver.tier_questions import Far

OPEN_TO_NAMESPACES = Rule(
    "open-to-namespaces",
    Level.INFO,
    World.ANY_POD,
    "an ingress rule that admits every pod of every namespace",
    "That is a choice, and right for what the whole cluster uses.",
    "To admit fewer name the namespaces: `kubernetes.io/metadata.name`.",
)
OPEN_TO_INTERNET = Rule(
    "open-to-internet",
    Level.INFO,
    World.ANY_POD,
    "an ingress rule that admits addresses of the internet",
    "That is a choice, and right for what serves the public directly.",
    "To admit fewer name the peers.",
)
REACHES_INTERNET = Rule(
    "reaches-internet",
    Level.INFO,
    World.ANY_POD,
    "an egress rule that lets pods reach addresses of the internet",
    "That is a choice. It is also the way out for whoever takes one of these pods over.",
    "Name the addresses that are needed.",
)
REACHES_METADATA = Rule(
    "reaches-metadata",
    Level.WARNING,
    World.ANY_POD,
    "an egress rule to an ipBlock that holds the cloud's metadata address, 169.254.169.254",
    "Behind that address clouds hand out the node's credentials. It lies in `0.0.0.0/0`, and is"
    " mostly forgotten"
    " there.",
    "Add `169.254.169.254/32` (or `169.254.0.0/16`) to `except`.",
)
REACHES_API_SERVER = Rule(
    "reaches-api-server",
    Level.INFO,
    World.SNAPSHOT,
    "an egress rule that lets pods reach nodes on the API server's ports",
    "Operators need that. Other pods mostly do not.",
    "Name the peers that are needed.",
)
RULES = (OPEN_TO_NAMESPACES, OPEN_TO_INTERNET, REACHES_INTERNET, REACHES_METADATA, REACHES_API_SERVER)

METADATA_ADDRESS = parse_address("169.254.169.254")
_HTTP = 80
_API_SERVER = (443, 6443)


def check_openings(scene: Scene) -> Iterator[Finding]:
    """Yield rules that open to every namespace, to the internet, to nodes and the metadata address."""
    for side in scene.every_side():
        if side.selected.empty:
            continue
        for rule in side.rules:
            ingress = side.direction is Direction.INGRESS
            openings = _ingress(scene, side, rule) if ingress else _egress(scene, side, rule)
            for finding, peer, far in openings:
                if not scene.denied_before(side, rule.index, peer, far):
                    yield finding


_Opening = tuple[Finding, int | None, Far | External | Node]
"""What a rule opens, by which of its peers, to whom."""


def _ingress(scene: Scene, side: PolicySet, rule: RuleSet) -> Iterator[_Opening]:
    if rule.peers is None:
        message = "it admits everybody, the internet included"
        yield _made(OPEN_TO_INTERNET, side, rule, None, message), None, Far.INTERNET
    for index, peer in enumerate(rule.peers or ()):
        if isinstance(peer, AddressSet):
            if _in_internet(peer):
                message = f"`{_cidr(rule, index)}` holds addresses of the internet"
                yield _made(OPEN_TO_INTERNET, side, rule, index, message), index, Far.INTERNET
        elif peer.pods.everything and len(peer.namespaces.sure) == scene.table.size:
            on = ", on every port" if rule.ports is None else ""
            message = f"it admits every pod of every namespace{on}"
            yield _made(OPEN_TO_NAMESPACES, side, rule, index, message), index, Far.POD


def _egress(scene: Scene, side: PolicySet, rule: RuleSet) -> Iterator[_Opening]:
    if rule.peers is None:
        hidden = scene.denied_before(side, rule.index, None, External(METADATA_ADDRESS))
        last = "and the API server" if hidden else f"the API server and {METADATA_ADDRESS}"
        message = f"everybody can be reached: the internet{' ' if hidden else ', '}{last} too"
        yield _made(REACHES_INTERNET, side, rule, None, message), None, Far.INTERNET
    for index, peer in enumerate(rule.peers or ()):
        if not isinstance(peer, AddressSet):
            continue
        if _in_internet(peer):
            message = f"`{_cidr(rule, index)}` holds addresses of the internet"
            yield _made(REACHES_INTERNET, side, rule, index, message), index, Far.INTERNET
        alone = peer.ranges == ((int(METADATA_ADDRESS), int(METADATA_ADDRESS)),)
        if peer.holds(4, int(METADATA_ADDRESS)) and not alone and _may_be(rule, (_HTTP,)):
            message = f"`{_cidr(rule, index)}` holds {METADATA_ADDRESS}, the cloud's metadata address"
            yield _made(REACHES_METADATA, side, rule, index, message), index, External(METADATA_ADDRESS)
        if _may_be(rule, _API_SERVER):
            open_ = (
                node
                for node in _nodes_in(scene, peer)
                if not scene.denied_before(side, rule.index, index, node)
            )
            for node in islice(open_, 1):
                (address,) = node.addresses
                holds = f"`{_cidr(rule, index)}` holds {address} of node `{node.name}`"
                message = f"{holds}, on a port of the API server"
                yield _made(REACHES_API_SERVER, side, rule, index, message), index, node


def _nodes_in(scene: Scene, peer: AddressSet) -> Iterator[Node]:
    """Yield the nodes whose addresses the peer holds, with one of these each."""
    for node in scene.population.nodes:
        for address in node.addresses:
            if peer.holds(address.version, int(address)):
                yield replace(node, addresses=(address,))


def _may_be(rule: RuleSet, numbers: tuple[int, ...]) -> bool:
    return rule.ports is None or any(_is_one(entry, numbers) for entry in rule.ports)


def _is_one(entry: PortSet, numbers: tuple[int, ...]) -> bool:
    if entry.protocol is not Protocol.TCP or entry.name is not None:
        return False
    return entry.low == 0 or any(entry.low <= number <= entry.high for number in numbers)


@cache
def _internet() -> tuple[AddressSet, ...]:
    found = []
    for part in INTERNET:
        reachable = cidr_set(str(part.cidr))
        for hole in part.without:
            reachable = reachable.without(cidr_set(str(hole)))
        found.append(reachable)
    return tuple(found)


def _in_internet(peer: AddressSet) -> bool:
    return any(not peer.apart(part) for part in _internet())


def _cidr(rule: RuleSet, index: int) -> str:
    block = rule.written_peers[index].ip_block
    return "" if block is None else block.cidr


def _made(found: Rule, side: PolicySet, rule: RuleSet, peer: int | None, message: str) -> Finding:
    route, part = rule_route(side.direction, rule.index), f"{side.direction.lower()}[{rule.index}]"
    if peer is not None:
        key = peers_key(side.direction)
        route, part = (*route, key, peer), f"{part}.{key}[{peer}]"
    return Finding(found, side.title, Place(side.title, route), message, part, (), found.fix)
