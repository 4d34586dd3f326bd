"""Rules of the lint: allowances that anybody can obtain who may create a pod."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.analyses.lint.finding import Evidence, Finding, Level, Rule
from verifier.analyses.lint.rule_sets import Peer, PodPeer
from verifier.analyses.lint.scene import Scene, WrittenPeer
from verifier.analyses.selectors import all_of
from verifier.encodings.network_policy import effective_types
from verifier.flow import Direction
from verifier.population import METADATA_NAME, World
from verifier.solver.tier_questions import Far

FORGEABLE_SOURCE = Rule(
    "forgeable-source",
    Level.WARNING,
    World.ANY_POD,
    "a `from` item that a pod of any namespace matches by choosing its labels",
    "Whoever may create a pod, in whatever namespace, chooses its labels. A podSelector is as"
    " good as the namespace"
    " that it is looked for in, and this one is looked for everywhere.",
    f"Name the namespace: `namespaceSelector: {{matchLabels: {{{METADATA_NAME}: …}}}}`.",
)
FORGEABLE_TARGET = Rule(
    "forgeable-target",
    Level.INFO,
    World.ANY_POD,
    "a `to` item that a pod of any namespace matches by choosing its labels",
    "Whoever may create a pod, in whatever namespace, can be called by these pods: a way out"
    " for what they know.",
    f"Name the namespace: `namespaceSelector: {{matchLabels: {{{METADATA_NAME}: …}}}}`.",
)
RULES = (FORGEABLE_SOURCE, FORGEABLE_TARGET)


def check_forgeable(scene: Scene) -> Iterator[Finding]:
    """Yield peers that ask for pod labels and take them from any namespace."""
    for written in scene.peers:
        selector = written.peer.namespace_selector
        if selector is None or written.direction not in effective_types(written.policy):
            continue
        peer = scene.compiler.peer(written.peer, written.policy.namespace)
        chosen = isinstance(peer, PodPeer) and not peer.pods.everything and not peer.empty
        if chosen and anywhere(scene, peer) and not _denied(scene, written):
            yield _made(written)


def _denied(scene: Scene, written: WrittenPeer) -> bool:
    """Return whether cluster-wide policies deny what pods of namespaces to come could obtain (ANP-3)."""
    return any(
        scene.denied_before(side, written.rule, written.index, Far.NEW_POD)
        for side in scene.side(written.policy.namespace, written.direction)
        if side.policy is written.policy
    )


def anywhere(scene: Scene, peer: Peer) -> bool:
    """Return whether a namespace that nobody has thought of is meant, be it without a single label."""
    if not isinstance(peer, PodPeer):
        return False
    last = scene.table.size - 1
    spaces = peer.namespaces
    return last in spaces.sure or (last in spaces.possible and spaces.rest.holds({}))


def _made(written: WrittenPeer) -> Finding:
    ingress = written.direction is Direction.INGRESS
    rule = FORGEABLE_SOURCE if ingress else FORGEABLE_TARGET
    labels = all_of(written.peer.pod_selector)
    does = "is let in" if ingress else "may be called"
    message = f"any pod of any namespace {does} that is given {labels}"
    where = all_of(written.peer.namespace_selector)
    evidence = (
        Evidence(f"the namespaceSelector asks for {where}, which a namespace without labels has")
        if where
        else Evidence("the namespaceSelector is empty: every namespace matches, new ones too"),
    )
    return Finding(rule, written.policy.title, written.place, message, written.part, evidence, rule.fix)
