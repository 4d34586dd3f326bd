"""Rules of the lint: who is protected by no policy, and what rules open far."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from verifier.analyses.lint.address_sets import AddressSet, cidr_set
from verifier.analyses.lint.finding import Evidence, Finding, Level, Place, Rule
from verifier.analyses.lint.rule_sets import PodPeer, PolicySet, PortSet, RuleSet
from verifier.analyses.lint.scene import Group, Scene, peers_key, rule_route
from verifier.analyses.selectors import all_of
from verifier.flow import Direction, Protocol
from verifier.internet import INTERNET
from verifier.manifest.cidr import parse_address
from verifier.population import Workload, World

UNPROTECTED_INGRESS = Rule(
    "unprotected-ingress",
    Level.WARNING,
    World.SNAPSHOT,
    "a workload that no policy isolates for ingress, in a namespace where at least as many are isolated",
    "Everybody who can route to it may open connections to it, on every port (NP-2). Where its neighbours are"
    " isolated it was probably forgotten.",
    "Add a policy that selects it, or one with `podSelector: {}` that denies by default.",
)
UNPROTECTED_EGRESS = Rule(
    "unprotected-egress",
    Level.WARNING,
    World.SNAPSHOT,
    "a workload that no policy isolates for egress, in a namespace where at least as many are isolated",
    "It may open connections to everything: pods, the API server, the cloud's metadata address,"
    " the internet. Where"
    " its neighbours are isolated it was probably forgotten.",
    "Add a policy that selects it, or one with `podSelector: {}` that denies by default.",
)
OPEN_NAMESPACE = Rule(
    "open-namespace",
    Level.INFO,
    World.SNAPSHOT,
    "a namespace most of whose workloads no policy isolates, for ingress or for egress",
    "Everybody who can route to them may open connections to these pods on every port, or they to everybody"
    " (NP-2). For egress many people leave it at that.",
    "Add a policy with `podSelector: {}` that denies by default, then allow what is needed.",
)
HOST_NETWORK_SUBJECT = Rule(
    "host-network-subject",
    Level.WARNING,
    World.SNAPSHOT,
    "a policy whose podSelector means pods on the host network",
    "Most network plugins, and the upstream reading, do not apply policies to pods on the host network: their"
    " traffic is their node's (NP-43). The policy looks like protection and is none.",
    "Protect the node's ports by other means; leave the policy away, or keep it knowing that.",
)
HOST_NETWORK_PEER = Rule(
    "host-network-peer",
    Level.WARNING,
    World.SNAPSHOT,
    "an item of `from` or `to` that means pods on the host network alone",
    "No selector finds pods on the host network (NP-43): what they send comes from their node's address.",
    "Write an ipBlock with the addresses of the nodes.",
)
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
RULES = (
    *(UNPROTECTED_INGRESS, UNPROTECTED_EGRESS, OPEN_NAMESPACE, HOST_NETWORK_SUBJECT, HOST_NETWORK_PEER),
    *(OPEN_TO_NAMESPACES, OPEN_TO_INTERNET, REACHES_INTERNET, REACHES_METADATA, REACHES_API_SERVER),
)

METADATA_ADDRESS = parse_address("169.254.169.254")
_HTTP = 80
_API_SERVER = (443, 6443)


def check_unprotected(scene: Scene) -> Iterator[Finding]:
    """Yield the workloads, or whole namespaces, that no policy isolates."""
    for namespace, groups in scene.groups_in.items():
        ordinary = [group for group in groups if not group.host_network]
        if not ordinary or scene.touched(namespace):
            continue
        for direction in Direction:
            bare = [group for group in ordinary if not _isolated(scene, group, direction)]
            if _count(bare) * 2 > _count(ordinary):
                yield _namespace(namespace, bare, _count(ordinary), direction)
                continue
            ingress = direction is Direction.INGRESS
            yield from _each(UNPROTECTED_INGRESS if ingress else UNPROTECTED_EGRESS, bare, direction)


def _isolated(scene: Scene, group: Group, direction: Direction) -> bool:
    return bool(scene.speaking(group, direction)[0])


def _each(rule: Rule, groups: list[Group], direction: Direction) -> Iterator[Finding]:
    for workload in (workload for group in groups for workload in group.workloads):
        message = f"no policy isolates it for {direction.lower()}"
        yield Finding(rule, workload.title, _place(workload), message, "", (), rule.fix)


def _count(groups: list[Group]) -> int:
    return sum(len(group.workloads) for group in groups)


def _namespace(namespace: str, groups: list[Group], total: int, direction: Direction) -> Finding:
    workloads = [workload for group in groups for workload in group.workloads]
    word = direction.lower()
    message = f"of its {total} workloads {len(workloads)} are isolated for {word} by no policy"
    if total == 1:
        message = f"no policy isolates its one workload for {word}"
    return Finding(OPEN_NAMESPACE, namespace, _place(workloads[0]), message, word, (), OPEN_NAMESPACE.fix)


def _place(workload: Workload) -> Place:
    return Place((workload.kind, workload.namespace, workload.name), ("metadata", "name"))


# --- host network -------------------------------------------------------------------------------------------


def check_host_network(scene: Scene) -> Iterator[Finding]:
    """Yield policies and peers that speak of pods on the host network."""
    for policy in scene.cluster.policies:
        selected = scene.labels(policy.spec.pod_selector)
        if selected.everything:
            continue
        hosts = [g for g in scene.matching(policy.namespace, selected) if g.host_network]
        if hosts:
            workload = hosts[0].workloads[0]
            message = f"{workload.title} is on the host network, where policies do not apply to it"
            evidence = (
                Evidence(f"{workload.title} ({workload.kind}) has `hostNetwork: true`", _place(workload)),
            )
            yield Finding(
                HOST_NETWORK_SUBJECT,
                policy.title,
                Place(policy.title, ("spec", "podSelector")),
                message,
                "podSelector",
                evidence,
                HOST_NETWORK_SUBJECT.fix,
            )
    for written in scene.peers:
        peer = scene.compiler.peer(written.peer, written.policy.namespace)
        if not isinstance(peer, PodPeer) or peer.pods.everything or peer.empty:
            continue
        there = scene.shown_at(peer)
        if there and all(group.host_network for group in there):
            workload = there[0].workloads[0]
            message = (
                f"{all_of(written.peer.pod_selector)} means {workload.title}, which is on the host network"
            )
            evidence = (
                Evidence(f"{workload.title} ({workload.kind}) has `hostNetwork: true`", _place(workload)),
            )
            yield Finding(
                HOST_NETWORK_PEER,
                written.policy.title,
                written.place,
                message,
                written.part,
                evidence,
                HOST_NETWORK_PEER.fix,
            )


# --- what rules open ----------------------------------------------------------------------------------------


def check_openings(scene: Scene) -> Iterator[Finding]:
    """Yield rules that open to every namespace, to the internet, to nodes and the metadata address."""
    for side in scene.every_side():
        if side.selected.empty:
            continue
        for rule in side.rules:
            if side.direction is Direction.INGRESS:
                yield from _ingress(scene, side, rule)
            else:
                yield from _egress(scene, side, rule)


def _ingress(scene: Scene, side: PolicySet, rule: RuleSet) -> Iterator[Finding]:
    if rule.peers is None:
        yield _made(OPEN_TO_INTERNET, side, rule, None, "it admits everybody, the internet included")
    for index, peer in enumerate(rule.peers or ()):
        if isinstance(peer, AddressSet):
            if _in_internet(peer):
                message = f"`{_cidr(rule, index)}` holds addresses of the internet"
                yield _made(OPEN_TO_INTERNET, side, rule, index, message)
        elif peer.pods.everything and len(peer.namespaces.sure) == scene.table.size:
            on = ", on every port" if rule.ports is None else ""
            yield _made(OPEN_TO_NAMESPACES, side, rule, index, f"it admits every pod of every namespace{on}")


def _egress(scene: Scene, side: PolicySet, rule: RuleSet) -> Iterator[Finding]:
    if rule.peers is None:
        message = f"everybody can be reached: the internet, the API server and {METADATA_ADDRESS} too"
        yield _made(REACHES_INTERNET, side, rule, None, message)
    for index, peer in enumerate(rule.peers or ()):
        if not isinstance(peer, AddressSet):
            continue
        if _in_internet(peer):
            message = f"`{_cidr(rule, index)}` holds addresses of the internet"
            yield _made(REACHES_INTERNET, side, rule, index, message)
        alone = peer.ranges == ((int(METADATA_ADDRESS), int(METADATA_ADDRESS)),)
        if peer.holds(4, int(METADATA_ADDRESS)) and not alone and _may_be(rule, (_HTTP,)):
            message = f"`{_cidr(rule, index)}` holds {METADATA_ADDRESS}, the cloud's metadata address"
            yield _made(REACHES_METADATA, side, rule, index, message)
        node = _node_in(scene, peer)
        if node is not None and _may_be(rule, _API_SERVER):
            message = f"`{_cidr(rule, index)}` holds {node}, on a port of the API server"
            yield _made(REACHES_API_SERVER, side, rule, index, message)


def _node_in(scene: Scene, peer: AddressSet) -> str | None:
    for node in scene.population.nodes:
        for address in node.addresses:
            if peer.holds(address.version, int(address)):
                return f"{address} of node `{node.name}`"
    return None


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
