"""Rules of the lint: what can be taken away without changing anything, and rules that overlap."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from verifier.analyses.lint.finding import Evidence, Finding, Level, Place, Rule
from verifier.analyses.lint.redundancy import Redundancy, Removal
from verifier.analyses.lint.rule_sets import peers_meet, ports_apart
from verifier.analyses.lint.scene import Scene, peers_key, rule_route
from verifier.deadline import LimitError
from verifier.flow import Direction
from verifier.manifest.cidr import is_strict_subset
from verifier.manifest.network_policy import NetworkPolicy
from verifier.manifest.spelling import listed
from verifier.population import World
from verifier.solver.equivalence import Part

REDUNDANT_POLICY = Rule(
    "redundant-policy",
    Level.WARNING,
    World.ANY_POD,
    "a policy that can be removed without changing what any pod sends or receives",
    "Its rules admit nothing that others do not admit as well, and its pods stay isolated, or"
    " are as open with it"
    " as without. Whoever tightens the other policy later will wonder why nothing changes. Where"
    " policies are idle only together, each is named with those that would have to go with it.",
    "Remove the policy.",
)
REDUNDANT_DENY = Rule(
    "redundant-deny",
    Level.INFO,
    World.ANY_POD,
    "a policy without rules whose pods other policies isolate anyway",
    "It changes nothing today. Keeping it is good practice: it goes on denying when the others go.",
    "Nothing needs to be done.",
)
REDUNDANT_RULE = Rule(
    "redundant-rule",
    Level.WARNING,
    World.ANY_POD,
    "a rule all of whose flows several other rules admit together",
    "Removing it changes nothing for any pod; so tightening it changes nothing either.",
    "Remove the rule, or tighten the rules that cover it.",
)
SHADOWED_RULE = Rule(
    "shadowed-rule",
    Level.WARNING,
    World.ANY_POD,
    "a rule that lies inside another rule of the same or another policy",
    "The wider rule admits everything that this one admits, for every pod. Where this one looks"
    " like a restriction,"
    " it is none: rules only ever add.",
    "Remove the rule, or narrow the wider one if this one is what was meant.",
)
REDUNDANT_PEER = Rule(
    "redundant-peer",
    Level.WARNING,
    World.ANY_POD,
    "an item of `from` or `to` that other items or rules cover",
    "Removing the item changes nothing for any pod.",
    "Remove the item, or narrow what covers it.",
)
REDUNDANT_PORT = Rule(
    "redundant-port",
    Level.WARNING,
    World.ANY_POD,
    "an item of `ports` that other items or rules cover",
    "Removing the item changes nothing for any pod.",
    "Remove the item, or narrow what covers it.",
)
REDUNDANT_EXCEPT = Rule(
    "redundant-except",
    Level.WARNING,
    World.ANY_POD,
    "an `except` that lies inside another `except` of the same ipBlock",
    "The addresses are cut out already.",
    "Remove the smaller `except`.",
)
EXCEPT_UNDONE = Rule(
    "except-undone",
    Level.WARNING,
    World.ANY_POD,
    "an `except` whose addresses another peer or rule admits for the same pods",
    "`except` cuts addresses out of its own ipBlock alone (NP-31). Here something else lets all"
    " of them in again, on"
    " every port of this rule, so that it keeps nobody out.",
    "Cut the addresses out of the other rule too, or remove the `except` if they are welcome.",
)
OVERLAPPING_RULES = Rule(
    "overlapping-rules",
    Level.INFO,
    World.ANY_POD,
    "two rules for the same pods that share some flows, though neither lies inside the other",
    "Often this is as it should be. It is worth knowing before one of the two is tightened.",
    "Nothing needs to be done.",
    on_request=True,
)
RULES = (
    *(REDUNDANT_POLICY, REDUNDANT_DENY, REDUNDANT_RULE, SHADOWED_RULE, REDUNDANT_PEER, REDUNDANT_PORT),
    *(REDUNDANT_EXCEPT, EXCEPT_UNDONE, OVERLAPPING_RULES),
)


def redundancy_of(scene: Scene, namespace: str) -> Redundancy:
    """Return the policies of a namespace, ready to be asked what of them is redundant."""
    sides = {direction: scene.side(namespace, direction) for direction in Direction}
    return Redundancy(
        sides,
        scene.table.size,
        lambda direction: scene.solver(namespace, direction),
        scene.deadline,
        isolation_counts=scene.touched(namespace),
    )


def check_redundancy(scene: Scene) -> Iterator[Finding]:
    """Yield what can be removed; all of it can be removed together."""
    for namespace, policies in scene.policies_in.items():
        by_title = {policy.title: policy for policy in policies}
        redundancy = redundancy_of(scene, namespace)
        try:
            removals = redundancy.together()
        except LimitError as error:
            scene.undecided.append(f"what is redundant in namespace `{namespace}`: {error}")
            continue
        for removal in removals:
            if removal.by or removal.part.rule is None or removal.part.hole is not None:
                found = _finding(removal, by_title[removal.part.policy], redundancy)
                if found is not None:
                    yield found


def _finding(removal: Removal, policy: NetworkPolicy, redundancy: Redundancy) -> Finding | None:
    part = removal.part
    if part.rule is None:
        return _policy(removal, redundancy)
    admits = "admits it" if len(removal.by) == 1 else "admits a part of it"
    evidence = tuple(Evidence(f"{_named(by, part)} {admits}", place_of(by)) for by in removal.by)
    if part.hole is not None:
        return _hole(removal, policy, evidence)
    if part.peer is not None:
        return _made(REDUNDANT_PEER, part, "other items or rules admit all that this item admits", evidence)
    if part.port is not None:
        return _made(REDUNDANT_PORT, part, "other items or rules admit all that this item admits", evidence)
    keep = " The policy itself must stay, since it isolates its pods." if _is_last(part, policy) else ""
    if len(removal.by) == 1:
        message = f"everything that this rule admits, {_named(removal.by[0], part)} admits too"
        return _made(SHADOWED_RULE, part, message, evidence, f"{SHADOWED_RULE.fix}{keep}")
    message = f"everything that this rule admits, {len(removal.by)} other rules admit together"
    return _made(REDUNDANT_RULE, part, message, evidence, f"{REDUNDANT_RULE.fix}{keep}")


def _is_last(part: Part, policy: NetworkPolicy) -> bool:
    section = policy.spec.ingress if part.direction is Direction.INGRESS else policy.spec.egress
    return len(section or ()) == 1


def _policy(removal: Removal, redundancy: Redundancy) -> Finding | None:
    part = removal.part
    if redundancy.selects_nobody(part):
        return None
    evidence = [
        Evidence(f"{by.policy} {by_name(by)} admits what it admits", place_of(by)) for by in removal.by
    ]
    evidence += [
        Evidence(f"{title} isolates its pods", Place(title, ("spec", "podSelector")))
        for title in removal.isolating
    ]
    evidence += [
        Evidence(f"{title} would have to go with it", Place(title, ("metadata", "name")))
        for title in removal.beside
    ]
    plain = redundancy.is_plain(part) and not removal.beside
    if removal.beside:
        message = f"with {listed(removal.beside)} it admits everything, so that together they change nothing"
    elif plain:
        message = "every pod that it isolates is isolated without it"
    elif removal.by or removal.isolating:
        message = "without this policy every pod sends and receives the same"
    else:
        message = "it isolates its pods and then admits everything, so that it changes nothing"
    rule = REDUNDANT_DENY if plain else REDUNDANT_POLICY
    return Finding(
        rule, part.policy, Place(part.policy, ("metadata", "name")), message, "", tuple(evidence), rule.fix
    )


def _hole(removal: Removal, policy: NetworkPolicy, evidence: tuple[Evidence, ...]) -> Finding | None:
    part = removal.part
    if removal.by:
        message = "the addresses cut out here are admitted again"
        return _made(EXCEPT_UNDONE, part, message, evidence)
    block = _block(part, policy)
    holes = block or ()
    own = holes[part.hole or 0]
    around = [index for index, hole in enumerate(holes) if index != part.hole and _within(own, hole)]
    if not around:
        return None
    other = Part(part.policy, part.direction, part.rule, part.peer, None, around[0])
    evidence = (Evidence(f"`{holes[around[0]]}` cuts it out already", place_of(other)),)
    return _made(REDUNDANT_EXCEPT, part, f"`{own}` lies inside `{holes[around[0]]}`", evidence)


def _within(inner: str, outer: str) -> bool:
    return inner == outer or is_strict_subset(inner, outer)


def _block(part: Part, policy: NetworkPolicy) -> tuple[str, ...] | None:
    section = policy.spec.ingress if part.direction is Direction.INGRESS else policy.spec.egress
    rule = (section or ())[part.rule or 0]
    peers = getattr(rule, "from_", None) or getattr(rule, "to", None) or ()
    block = peers[part.peer or 0].ip_block
    return None if block is None else block.except_


def _made(rule: Rule, part: Part, message: str, evidence: tuple[Evidence, ...], fix: str = "") -> Finding:
    return Finding(rule, part.policy, place_of(part), message, by_name(part), evidence, fix or rule.fix)


def place_of(part: Part) -> Place:
    """Return where a part is written."""
    if part.direction is None or part.rule is None:
        return Place(part.policy, ("metadata", "name"))
    route = rule_route(part.direction, part.rule)
    if part.port is not None:
        route = (*route, "ports", part.port)
    elif part.peer is not None:
        route = (*route, peers_key(part.direction), part.peer)
        if part.hole is not None:
            route = (*route, "ipBlock", "except", part.hole)
    return Place(part.policy, route)


def by_name(part: Part) -> str:
    """Return the name of a part within its policy: `ingress[0].from[1]`."""
    if part.direction is None or part.rule is None:
        return ""
    name = f"{part.direction.lower()}[{part.rule}]"
    if part.port is not None:
        return f"{name}.ports[{part.port}]"
    if part.peer is None:
        return name
    name = f"{name}.{peers_key(part.direction)}[{part.peer}]"
    return name if part.hole is None else f"{name}.ipBlock.except[{part.hole}]"


def _named(part: Part, seen_from: Part) -> str:
    return by_name(part) if part.policy == seen_from.policy else f"{part.policy} {by_name(part)}"


def check_overlap(scene: Scene) -> Iterator[Finding]:
    """Yield pairs of rules that share flows, neither inside the other."""
    for namespace in scene.policies_in:
        redundancy = redundancy_of(scene, namespace)
        for direction in Direction:
            parts = [part for part in redundancy.rules() if part.direction is direction]
            for one, other in combinations(parts, 2):
                left, right = redundancy.flows(one), redundancy.flows(other)
                if left.selected.apart(right.selected) or ports_apart(left.ports, right.ports):
                    continue
                if not peers_meet(left.peers, right.peers):
                    continue
                if left.within(right) or right.within(left):
                    continue
                message = f"shares some flows with {_named(one, other)}"
                evidence = (Evidence(f"{one.policy} {by_name(one)}", place_of(one)),)
                yield _made(OVERLAPPING_RULES, other, message, evidence)
