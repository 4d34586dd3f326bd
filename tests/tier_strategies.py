"""Random policies of tiers, of one version of the API: many ties, few pods, every sort of peer and port."""

from random import Random

from tests.strategies import DOMAIN_NAMES, NODE_LABELS, Vocabulary, chance, selector, some
from verifier.flow import Action, Direction, Protocol
from verifier.manifest.labels import LabelSelector
from verifier.manifest.network_policy import IPBlock
from verifier.manifest.tiers import (
    ADMIN,
    BASELINE,
    DomainNames,
    NamedPort,
    NetworkSet,
    NodeSet,
    Peer,
    PodSet,
    PortMatch,
    PortRange,
    TieredPolicy,
    TieredRule,
    UnknownPeer,
)

PRIORITIES = (1, 2, 2, 2, 3)


def tiers(dice: Random, words: Vocabulary, most: int, rules: int = 3) -> tuple[TieredPolicy, ...]:
    """At most `most`: AdminNetworkPolicies and a baseline, or ClusterNetworkPolicies of both tiers."""
    newer = chance(dice, 2)
    made: list[TieredPolicy] = []
    for number in range(dice.randint(0, most)):
        baseline = chance(dice, 3) and (newer or not any(policy.tier is BASELINE for policy in made))
        made.append(policy(dice, words, number, newer=newer, baseline=baseline, rules=rules))
    return tuple(made)


def policy(
    dice: Random, words: Vocabulary, number: int, *, newer: bool, baseline: bool, rules: int
) -> TieredPolicy:
    older = ("BaselineAdminNetworkPolicy", "default") if baseline else ("AdminNetworkPolicy", f"t{number}")
    kind, name = ("ClusterNetworkPolicy", f"t{number}") if newer else older
    passes = newer or not baseline
    return TieredPolicy(
        kind,
        name,
        BASELINE if baseline else ADMIN,
        dice.choice(PRIORITIES) if newer or not baseline else 0,
        pod_set(dice, words),
        *(
            tuple(
                rule(dice, words, direction, index, passes=passes)
                for index in range(dice.choice((0, *range(1, rules + 1), 1)))
            )
            for direction in Direction
        ),
    )


def pod_set(dice: Random, words: Vocabulary) -> PodSet:
    namespaces, pods = (
        LabelSelector.model_validate({} if chance(dice, 2) else selector(dice, keys))
        for keys in (words.namespace_labels, words.pod_labels)
    )
    return PodSet(namespaces, pods)


def rule(dice: Random, words: Vocabulary, direction: Direction, index: int, *, passes: bool) -> TieredRule:
    action = dice.choice((Action.ACCEPT, Action.DENY, Action.DENY, *((Action.PASS,) * passes)))
    peers = tuple(peer(dice, words, direction, action) for _ in range(dice.choice((1, 1, 2))))
    ports = tuple(port(dice, words) for _ in range(dice.choice((0, 1, 1, 2))))
    route = ("spec", direction.lower(), index)
    return TieredRule(action, peers, dice.choice((None, None, ports)), None, route)


def peer(dice: Random, words: Vocabulary, direction: Direction, action: Action) -> Peer:
    if chance(dice, 25):
        return UnknownPeer("workloads")
    sorts = ["pods", "pods"]
    if direction is Direction.EGRESS:
        sorts += ["networks", "networks", "nodes", *(["names"] * 2 if action is Action.ACCEPT else [])]
    match dice.choice(sorts):
        case "networks":
            blocks = dice.sample(words.blocks, dice.randint(1, min(2, len(words.blocks))))
            return NetworkSet(tuple(IPBlock(cidr=cidr) for cidr, _ in blocks))
        case "nodes":
            return NodeSet(LabelSelector.model_validate(selector(dice, NODE_LABELS)))
        case "names":
            return DomainNames(tuple(some(dice, DOMAIN_NAMES, 1)) or DOMAIN_NAMES)
        case _:
            return pod_set(dice, words)


def port(dice: Random, words: Vocabulary) -> PortMatch:
    if chance(dice, 3):
        return NamedPort(dice.choice(words.port_names))
    first, last = dice.choice(words.ports), dice.choice(words.ports)  # perhaps the wrong way round (VA-5)
    return PortRange(dice.choice(tuple(Protocol)), first, dice.choice((first, last)))
