"""Rules of the lint: rules whose flows the other end always refuses (M-2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from verifier.analyses.lint.address_sets import AddressSet
from verifier.analyses.lint.finding import Evidence, Finding, Level, Place, Rule
from verifier.analyses.lint.label_sets import LabelSet
from verifier.analyses.lint.rule_sets import (
    NamespaceSet,
    Peer,
    PodPeer,
    PolicySet,
    PortSet,
    RuleSet,
    peers_meet,
    ports_apart,
)
from verifier.analyses.lint.scene import Group, Scene, rule_route
from verifier.deadline import LimitError
from verifier.flow import MAX_PORT, Action, ContainerPort, Direction
from verifier.population import World

INEFFECTIVE_RULE = Rule(
    "ineffective-rule",
    Level.WARNING,
    World.SNAPSHOT,
    "a rule whose flows the policies of the other end always refuse",
    "A connection needs the yes of both ends (M-2). This end says yes, and the other end never"
    " does, so that the"
    " rule lets nothing through.",
    "Allow the flow at the other end too, or remove the rule.",
)
RULES = (INEFFECTIVE_RULE,)

_MOST_REFUSING = 3


def check_ineffective(scene: Scene) -> Iterator[Finding]:
    """Yield the rules that let nothing through, with the policies that refuse."""
    for side in scene.every_side():
        for rule in side.rules:
            peers = _pods_only(rule)
            if peers is None or side.selected.empty:
                continue
            names = sorted({name for peer in peers for name in scene.names(peer.namespaces)})
            if any(scene.untold(name) for name in (*names, side.policy.namespace)):
                continue
            if any(_may_be_accepted(scene, name, _other(side.direction)) for name in names):
                continue
            world = _world(scene, side, rule, peers, names)
            if world is not None:
                yield _made(scene, side, rule, peers, names, world)


def _may_be_accepted(scene: Scene, namespace: str, direction: Direction) -> bool:
    """Return whether a cluster-wide policy may let in what NetworkPolicies refuse (ANP-3)."""
    met = scene.tier_rules(namespace, direction)
    return any(tier.position < 0 and does is Action.ACCEPT for tier, does, _ in met)


def _pods_only(rule: RuleSet) -> list[PodPeer] | None:
    """Return the peers if they mean pods and nobody else: an address outside has no policies."""
    if rule.peers is None or any(isinstance(peer, AddressSet) and not peer.empty for peer in rule.peers):
        return None
    found = [peer for peer in rule.peers if isinstance(peer, PodPeer) and not peer.empty]
    return found or None


def _other(direction: Direction) -> Direction:
    return Direction.EGRESS if direction is Direction.INGRESS else Direction.INGRESS


def _world(
    scene: Scene, side: PolicySet, rule: RuleSet, peers: Sequence[PodPeer], names: Sequence[str]
) -> World | None:
    """Return for whom the rule is known to be ineffective; None: it lets something through."""
    bounded = not any(_open_ended(scene, peer.namespaces) for peer in peers)
    if not bounded or not names:
        return None
    opposite = _other(side.direction)
    if any(not scene.side(name, opposite) for name in names):
        return None
    shown = all(scene.all_shown(name) for name in (*names, side.policy.namespace))
    pairs = [
        (subject, far)
        for subject in scene.subjects(side)
        for peer in peers
        for far in scene.shown_at(peer)
        if not far.host_network and _numbers(rule.ports, _destination(side, subject, far).ports) != []
    ]
    if any(_passes(scene, side, rule, subject, far) for subject, far in pairs):
        return None
    if shown and not pairs:
        return None  # a selector or a port name of it is dead, which others say
    if _refused_for_any_pod(scene, side, rule, peers):
        return World.ANY_POD
    if pairs:
        return World.SNAPSHOT if shown else None
    return World.ANY_POD if _proved(scene, side, rule, names) else None


def _open_ended(scene: Scene, spaces: NamespaceSet) -> bool:
    beyond = range(scene.table.existing, scene.table.size)
    return any(index in spaces.sure or index in spaces.possible for index in beyond)


# --- two pods that are shown --------------------------------------------------------------------------------


def _passes(scene: Scene, side: PolicySet, rule: RuleSet, subject: Group, far: Group) -> bool:
    """Return whether the other end may let one of the rule's flows through between these two pods."""
    speaking, isolated = scene.speaking(far, _other(side.direction))
    if not isolated:
        return True
    destination = _destination(side, subject, far)
    mine: Numbers | None = None
    for policy in speaking:
        for other in policy.rules:
            if other.peers is None or any(_means(scene, peer, subject) for peer in other.peers):
                mine = mine or _numbers(rule.ports, destination.ports)
                if _share(mine, _numbers(other.ports, destination.ports)):
                    return True
    return False


def _destination(side: PolicySet, subject: Group, far: Group) -> Group:
    return subject if side.direction is Direction.INGRESS else far


def _means(scene: Scene, peer: Peer, group: Group) -> bool:
    if isinstance(peer, AddressSet):
        return not peer.empty  # nobody says what address the pod has
    return group.may_match(peer.pods) and scene.table.index(group.namespace) in peer.namespaces


Numbers = list[tuple[str, int, int]]


def _numbers(entries: Iterable[PortSet] | None, declared: Sequence[ContainerPort]) -> Numbers | None:
    """Return what port entries mean on a pod that declares these ports; None: every port."""
    if entries is None:
        return None
    found: Numbers = []
    for entry in entries:
        if entry.name is not None:
            found += [
                (entry.protocol, port.number, port.number)
                for port in declared
                if port.name == entry.name and port.protocol is entry.protocol
            ]
        elif entry.low == 0:
            found.append((entry.protocol, 0, MAX_PORT))
        else:
            found.append((entry.protocol, entry.low, entry.high))
    return found


def _share(one: Numbers | None, other: Numbers | None) -> bool:
    if one is None or other is None:
        return one != [] and other != []
    return any(
        mine == theirs and low <= top and bottom <= high
        for mine, low, high in one
        for theirs, bottom, top in other
    )


# --- any pod ------------------------------------------------------------------------------------------------


def _refused_for_any_pod(scene: Scene, side: PolicySet, rule: RuleSet, peers: Sequence[PodPeer]) -> bool:
    """Return whether it is plain that whatever pods there are, the other end refuses. Sound,"
    " in closed form."""
    own = frozenset((scene.table.index(side.policy.namespace),))
    here = PodPeer(NamespaceSet(own, frozenset(), LabelSet({})), side.selected)
    for peer in peers:
        for name in scene.names(peer.namespaces):
            opposite = scene.side(name, _other(side.direction))
            if not any(peer.pods.within(policy.selected) for policy in opposite):
                return False
            for policy in opposite:
                if policy.selected.apart(peer.pods):
                    continue
                for other in policy.rules:
                    blocks = any(isinstance(p, AddressSet) and not p.empty for p in other.peers or ())
                    meets = blocks or peers_meet((here,), other.peers)
                    if meets and not ports_apart(rule.ports, other.ports):
                        return False
    return True


def _proved(scene: Scene, side: PolicySet, rule: RuleSet, names: Sequence[str]) -> bool:
    far = [scene.table.index(name) for name in names]
    try:
        return scene.far_end(side.policy.namespace, side.direction).always_refused(
            side.policy, rule.index, far
        )
    except LimitError as error:
        scene.undecided.append(f"whether {side.title} {side.direction.lower()}[{rule.index}] works: {error}")
        return False


def _made(
    scene: Scene,
    side: PolicySet,
    rule: RuleSet,
    peers: Sequence[PodPeer],
    names: Sequence[str],
    world: World,
) -> Finding:
    opposite = _other(side.direction)
    refusing = {
        policy.title: policy
        for name in names
        for policy in scene.side(name, opposite)
        if any(not policy.selected.apart(peer.pods) for peer in peers)
    }
    evidence = tuple(
        Evidence(
            f"{title} isolates the other end for {opposite.lower()} and does not admit it",
            Place(title, ("spec", "podSelector")),
        )
        for title in list(refusing)[:_MOST_REFUSING]
    )
    if len(refusing) > _MOST_REFUSING:
        evidence = (*evidence, Evidence(f"so do {len(refusing) - _MOST_REFUSING} more policies"))
    whose = "whatever pods there are" if world is World.ANY_POD else "for the pods shown"
    message = f"the other end refuses everything that this rule admits, {whose}"
    part = f"{side.direction.lower()}[{rule.index}]"
    place = Place(side.title, rule_route(side.direction, rule.index))
    return Finding(INEFFECTIVE_RULE, side.title, place, message, part, evidence, INEFFECTIVE_RULE.fix, world)
