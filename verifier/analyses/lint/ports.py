"""Rules of the lint: port names that nobody declares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from verifier.analyses.lint.address_sets import AddressSet
from verifier.analyses.lint.finding import Evidence, Finding, Level, Place, Rule
from verifier.analyses.lint.near import slip_of
from verifier.analyses.lint.rule_sets import PodPeer, PolicySet, PortSet, RuleSet
from verifier.analyses.lint.scene import Group, Scene, rule_route
from verifier.flow import Direction
from verifier.manifest.spelling import listed
from verifier.population import World

UNDECLARED_PORT = Rule(
    "undeclared-port",
    Level.WARNING,
    World.SNAPSHOT,
    "a named port that none of the pods concerned declares",
    "A port name is looked up on each destination pod, with its protocol; where no container"
    " declares it, the entry"
    " matches nothing (NP-23, NP-24).",
    "Write the name that the containers declare, or the number.",
)
NAMED_PORT_TO_ADDRESSES = Rule(
    "named-port-to-addresses",
    Level.WARNING,
    World.ANY_POD,
    "a named port on egress to ipBlocks",
    "Only pods have port names: outside the cluster the entry matches nothing (NP-24).",
    "Write the number of the port.",
)
MISSPELT_PORT = Rule(
    "misspelt-port",
    Level.ERROR,
    World.SNAPSHOT,
    "a named port that nobody declares, one letter away from one that is declared",
    "A port name is looked up on each destination pod; where no container declares it, the"
    " entry matches nothing"
    " (NP-24).",
    "Correct the name.",
)
RULES = (UNDECLARED_PORT, MISSPELT_PORT, NAMED_PORT_TO_ADDRESSES)


def check_named_ports(scene: Scene) -> Iterator[Finding]:
    """Yield port names that are looked up where nobody declares them."""
    for side in scene.every_side():
        for rule in side.rules:
            named = [(i, entry) for i, entry in enumerate(rule.ports or ()) if entry.name is not None]
            if not named:
                continue
            if side.direction is Direction.EGRESS and _addresses_alone(rule):
                yield from (_to_addresses(side, rule, index, entry) for index, entry in named)
                continue
            groups = _destinations(scene, side, rule)
            known = bool(groups) and _all_of_them(scene, side, rule)
            for index, entry in named:
                yield from _undeclared(side, rule, index, entry, groups, known=known)


def _addresses_alone(rule: RuleSet) -> bool:
    return rule.peers is not None and all(isinstance(peer, AddressSet) for peer in rule.peers)


def _destinations(scene: Scene, side: PolicySet, rule: RuleSet) -> Sequence[Group]:
    """Return the pods shown on which names are looked up."""
    if side.direction is Direction.INGRESS:
        return scene.subjects(side)
    return [
        group
        for peer in rule.peers or ()
        if isinstance(peer, PodPeer)
        for group in scene.shown_at(peer)
        if not group.host_network
    ]


def _all_of_them(scene: Scene, side: PolicySet, rule: RuleSet) -> bool:
    """Return whether these are all pods concerned, as far as one can tell, and it is not a general rule."""
    if side.direction is Direction.INGRESS:
        general = side.selected.everything and len(scene.groups(side.policy.namespace)) > 1
        return not general and scene.all_shown(side.policy.namespace)
    return rule.peers is not None and all(
        isinstance(peer, PodPeer)
        and not _open_ended(scene, peer)
        and all(scene.all_shown(name) for name in scene.names(peer.namespaces))
        for peer in rule.peers
    )


def _open_ended(scene: Scene, peer: PodPeer) -> bool:
    beyond = range(scene.table.existing, scene.table.size)
    return any(index in peer.namespaces.sure or index in peer.namespaces.possible for index in beyond)


def _undeclared(
    side: PolicySet, rule: RuleSet, index: int, entry: PortSet, groups: Sequence[Group], *, known: bool
) -> Iterator[Finding]:
    ports = [port for group in groups for port in group.ports if port.name is not None]
    if any(port.name == entry.name and port.protocol is entry.protocol for port in ports):
        return
    names = {port.name for port in ports if port.name is not None and port.protocol is entry.protocol}
    other = next((port for port in ports if port.name == entry.name), None)
    meant = slip_of(entry.name or "", names)
    if meant is None and not known:
        return
    found, fix = UNDECLARED_PORT, UNDECLARED_PORT.fix
    there = f"they declare {listed(names)}" if names else f"they declare no {entry.protocol} port by name"
    if other is not None:
        there = f"they declare `{entry.name}` for {other.protocol}"
        fix = f"Write `protocol: {other.protocol}`."
    elif meant is not None:
        found, fix = MISSPELT_PORT, f"Write `{meant}`."
    workload = groups[0].workloads[0]
    evidence = (
        Evidence(there),
        Evidence(
            f"one of them is {workload.title} ({workload.kind})",
            Place((workload.kind, workload.namespace, workload.name)),
        ),
    )
    which = "pods that the policy selects" if side.direction is Direction.INGRESS else "destinations shown"
    message = f"none of the {which} declares a {entry.protocol} port `{entry.name}`"
    yield _made(found, side, rule, index, message, evidence, fix)


def _to_addresses(side: PolicySet, rule: RuleSet, index: int, entry: PortSet) -> Finding:
    message = f"addresses outside the cluster have no port called `{entry.name}`"
    return _made(NAMED_PORT_TO_ADDRESSES, side, rule, index, message, (), NAMED_PORT_TO_ADDRESSES.fix)


def _made(
    found: Rule,
    side: PolicySet,
    rule: RuleSet,
    index: int,
    message: str,
    evidence: tuple[Evidence, ...],
    fix: str,
) -> Finding:
    place = Place(side.title, (*rule_route(side.direction, rule.index), "ports", index))
    part = f"{side.direction.lower()}[{rule.index}].ports[{index}]"
    return Finding(found, side.title, place, message, part, evidence, fix)
