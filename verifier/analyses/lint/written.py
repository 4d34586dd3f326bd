"""Rules of the lint: what is written otherwise than it reads; sections, lists and addresses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from verifier.analyses.lint.address_sets import block_set
from verifier.analyses.lint.finding import Evidence, Finding, Level, Place, Route, Rule
from verifier.analyses.lint.scene import Scene, peers_key, rule_route
from verifier.encodings.effective import effective_types
from verifier.flow import Direction
from verifier.manifest.cidr import parse_cidr
from verifier.manifest.network_policy import NetworkPolicy
from verifier.population import World
from verifier.source import JsonValue

EMPTY_IP_BLOCK = Rule(
    "empty-ip-block",
    Level.ERROR,
    World.ANY_POD,
    "an ipBlock all of whose addresses are cut out again",
    "It admits nobody.",
    "Remove the peer, or one of the `except`s.",
)
HOST_BITS = Rule(
    "host-bits",
    Level.WARNING,
    World.ANY_POD,
    "a CIDR with host bits set",
    "`10.0.0.7/8` stands for all of `10.0.0.0/8` (NP-32), while it reads like one address."
    " Newer API servers may"
    " refuse it (V-14).",
    "Write the network, or `/32` (`/128`) for one address.",
)
IGNORED_SECTION = Rule(
    "ignored-section",
    Level.ERROR,
    World.ANY_POD,
    "rules in a section that `policyTypes` leaves out",
    "A direction that `policyTypes` does not name is not this policy's business: its rules are"
    " ignored, and its pods"
    " are not isolated in that direction (NP-8).",
    "Add the direction to `policyTypes`, or remove the section.",
)
EMPTY_SECTION = Rule(
    "empty-section",
    Level.WARNING,
    World.ANY_POD,
    "an empty `egress: []` or `ingress: []` that denies nothing",
    "An empty section denies only if `policyTypes` names its direction; without `policyTypes`"
    " an empty `egress`"
    " counts for nothing (NP-7).",
    "Add the direction to `policyTypes`, or remove the section.",
)
IMPLIED_INGRESS = Rule(
    "implied-ingress",
    Level.WARNING,
    World.ANY_POD,
    "a policy with egress rules alone that also shuts its pods for ingress",
    "Without `policyTypes` every policy isolates for ingress (NP-7), and here no rule lets"
    " anybody in. No other policy"
    " isolates all of these pods for ingress, so it is this one that shuts them.",
    "Write `policyTypes: [Egress]`, or `[Ingress, Egress]` if it is meant.",
)
EMPTY_PEER_LIST = Rule(
    "empty-peer-list",
    Level.ERROR,
    World.ANY_POD,
    "an empty `from` or `to`: it reads like nobody and means everybody",
    "An empty list of peers is the same as none: the rule admits every source or destination,"
    " also outside the"
    " cluster (NP-10). Templates whose list comes out empty open everything that way.",
    "To admit everybody leave the field out; to admit nobody remove the rule.",
)
EMPTY_PORT_LIST = Rule(
    "empty-port-list",
    Level.WARNING,
    World.ANY_POD,
    "an empty `ports`: it reads like no port and means every port",
    "An empty list of ports is the same as none: every port of every protocol (NP-20).",
    "To admit every port leave the field out; to admit none remove the rule.",
)
RULES = (
    *(EMPTY_IP_BLOCK, HOST_BITS, IGNORED_SECTION, EMPTY_SECTION, IMPLIED_INGRESS),
    *(EMPTY_PEER_LIST, EMPTY_PORT_LIST),
)


def check_blocks(scene: Scene) -> Iterator[Finding]:
    """Yield ipBlocks that hold no address, and CIDRs with host bits."""
    for written in scene.peers:
        block = written.peer.ip_block
        if block is None:
            continue
        title, route = written.policy.title, (*written.route, "ipBlock")
        part = f"{written.part}.ipBlock"
        if block_set(block).empty:
            message = f"nothing is left of `{block.cidr}`"
            evidence = tuple(
                Evidence(f"`{hole}` is cut out", Place(title, (*route, "except", index)))
                for index, hole in enumerate(block.except_ or ())
            )
            yield Finding(
                EMPTY_IP_BLOCK, title, Place(title, route), message, part, evidence, EMPTY_IP_BLOCK.fix
            )
        texts: list[tuple[Route, str, str]] = [((*route, "cidr"), f"{part}.cidr", block.cidr)]
        texts += [
            ((*route, "except", index), f"{part}.except[{index}]", hole)
            for index, hole in enumerate(block.except_ or ())
        ]
        for place, name, text in texts:
            network = parse_cidr(text).network
            if int(network.network_address) != parse_cidr(text).address:
                message = f"`{text}` stands for all of `{network}`"
                alone = text.partition("/")[0]
                one = f"{alone}/{network.max_prefixlen}"
                fix = f"Write `{network}`, or `{one}` for this one address."
                yield Finding(HOST_BITS, title, Place(title, place), message, name, (), fix)


def check_sections(scene: Scene) -> Iterator[Finding]:
    """Yield sections that count for nothing, and directions that count without being written."""
    for policy in scene.cluster.policies:
        types = effective_types(policy)
        for direction, rules in (
            (Direction.INGRESS, policy.spec.ingress),
            (Direction.EGRESS, policy.spec.egress),
        ):
            if direction not in types and rules is not None:
                yield _left_out(policy, direction, len(rules))
        if not policy.spec.policy_types and policy.spec.egress and policy.spec.ingress is None:
            yield from _implied(scene, policy)


def _left_out(policy: NetworkPolicy, direction: Direction, count: int) -> Finding:
    section = direction.lower()
    place = Place(policy.title, ("spec", section), at_key=True)
    types = ", ".join(policy.spec.policy_types or ("Ingress",))
    stated = f"`policyTypes` is [{types}]" if policy.spec.policy_types else "there is no `policyTypes`"
    evidence = Evidence(stated, Place(policy.title, ("spec", "policyTypes"), at_key=True))
    rule = IGNORED_SECTION if count else EMPTY_SECTION
    rules = "its rule is" if count == 1 else f"its {count} rules are"
    message = (
        f"{rules} ignored, and no pod is isolated for {section}"
        if count
        else f"it denies nothing: no pod is isolated for {section}"
    )
    return Finding(rule, policy.title, place, message, section, (evidence,), rule.fix)


def _implied(scene: Scene, policy: NetworkPolicy) -> Iterator[Finding]:
    selected = scene.labels(policy.spec.pod_selector)
    others = [side for side in scene.side(policy.namespace, Direction.INGRESS) if side.policy is not policy]
    if not any(selected.within(side.selected) for side in others):
        place = Place(policy.title, ("spec", "egress"), at_key=True)
        message = (
            "there is no `policyTypes`, so its pods are isolated for ingress too, and no rule lets anybody in"
        )
        yield Finding(IMPLIED_INGRESS, policy.title, place, message, "policyTypes", (), IMPLIED_INGRESS.fix)


def check_empty_lists(scene: Scene) -> Iterator[Finding]:
    """Yield lists of peers and ports that are written, and empty."""
    for policy in scene.cluster.policies:
        for direction, rule, key in _empty_lists(scene, policy):
            name = f"{direction.lower()}[{rule}].{key}"
            place = Place(policy.title, (*rule_route(direction, rule), key), at_key=True)
            if key == "ports":
                message = f"`{key}` is empty, which means every port of every protocol"
                yield Finding(EMPTY_PORT_LIST, policy.title, place, message, name, (), EMPTY_PORT_LIST.fix)
            else:
                message = f"`{key}` is empty, which means everybody, also outside the cluster"
                yield Finding(EMPTY_PEER_LIST, policy.title, place, message, name, (), EMPTY_PEER_LIST.fix)


def _empty_lists(scene: Scene, policy: NetworkPolicy) -> Iterator[tuple[Direction, int, str]]:
    """Yield `[]` and nothing at all behind a key that is written: the manifest's own text tells these."""
    origin = scene.cluster.origins[policy.title]
    spec = _below(origin.document.data, (*origin.route, "spec"))
    for direction in Direction:
        rules = _below(spec, (direction.lower(),))
        for index, rule in enumerate(rules if isinstance(rules, list) else ()):
            if isinstance(rule, Mapping):
                for key in (peers_key(direction), "ports"):
                    if key in rule and not rule[key]:
                        yield direction, index, key


def _below(data: JsonValue, route: Sequence[str | int]) -> JsonValue:
    for step in route:
        if isinstance(data, Mapping) and isinstance(step, str):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int):
            data = data[step]
        else:
            return None
    return data
