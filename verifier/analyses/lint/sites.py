"""Where selectors stand, and whom they mean there: NetworkPolicies and policies of tiers alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from verifier.analyses.lint.finding import Evidence, Finding, Place, Route, Rule
from verifier.analyses.lint.rule_sets import PodPeer
from verifier.analyses.lint.scene import Scene, peers_key
from verifier.flow import Direction
from verifier.manifest.labels import LabelSelector
from verifier.manifest.tiers import NodeSet, PodSet, TieredPolicy


@dataclass(frozen=True, slots=True)
class Site:
    """A selector where it stands; `part` is its name within the object: `ingress[0].from[1].podSelector`."""

    object: str
    selector: LabelSelector
    route: Route
    part: str

    @property
    def place(self) -> Place:
        """Where it is written."""
        return Place(self.object, self.route)

    def made(self, rule: Rule, message: str, evidence: Iterable[Evidence] = (), fix: str = "") -> Finding:
        """Return a finding about it."""
        return Finding(rule, self.object, self.place, message, self.part, tuple(evidence), fix or rule.fix)


@dataclass(frozen=True, slots=True)
class PodSite:
    """A selector of pods with those it means; `subject`: the policy speaks of them."""

    site: Site
    meant: PodPeer
    subject: bool


@dataclass(frozen=True, slots=True)
class _Stand:
    """Something that selects, where it stands."""

    object: str
    route: Route
    part: str

    def site(self, selector: LabelSelector, *keys: str) -> Site:
        return Site(self.object, selector, (*self.route, *keys), ".".join((self.part, *keys)))


def pod_sites(scene: Scene) -> Iterator[PodSite]:
    """Yield the selectors of pods, those of everybody left out."""
    for site, meant, subject in _of_pods(scene):
        if not scene.labels(site.selector).everything:
            yield PodSite(site, meant, subject)


def _of_pods(scene: Scene) -> Iterator[tuple[Site, PodPeer, bool]]:
    for policy in scene.cluster.policies:
        selector = policy.spec.pod_selector
        if selector is not None:
            own = PodPeer(scene.compiler.own(policy.namespace), scene.labels(selector))
            yield Site(policy.title, selector, ("spec", "podSelector"), "podSelector"), own, True
    for written in scene.peers:
        selector = written.peer.pod_selector
        if selector is None:
            continue
        meant = scene.compiler.peer(written.peer, written.policy.namespace)
        if isinstance(meant, PodPeer):
            stand = _Stand(written.policy.title, written.route, written.part)
            yield stand.site(selector, "podSelector"), meant, False
    for stand, pods, subject in _pod_sets(scene):
        if pods.by_pods:
            meant = PodPeer(scene.compiler.namespaces(pods.namespaces), scene.labels(pods.pods))
            yield stand.site(pods.pods, "pods", "podSelector"), meant, subject


def namespace_sites(scene: Scene) -> Iterator[Site]:
    """Yield the selectors of namespaces."""
    for written in scene.peers:
        selector = written.peer.namespace_selector
        if selector is not None:
            stand = _Stand(written.policy.title, written.route, written.part)
            yield stand.site(selector, "namespaceSelector")
    for stand, pods, _ in _pod_sets(scene):
        keys = ("pods", "namespaceSelector") if pods.by_pods else ("namespaces",)
        yield stand.site(pods.namespaces, *keys)


def node_sites(scene: Scene) -> Iterator[Site]:
    """Yield the selectors of nodes, which tiers alone have."""
    for stand, peer, _ in _selecting(scene):
        if isinstance(peer, NodeSet):
            yield stand.site(peer.nodes, "nodes")


def _pod_sets(scene: Scene) -> Iterator[tuple[_Stand, PodSet, bool]]:
    for stand, found, subject in _selecting(scene):
        if isinstance(found, PodSet):
            yield stand, found, subject


def _selecting(scene: Scene) -> Iterator[tuple[_Stand, object, bool]]:
    """Yield the subject and all peers of every policy of a tier, and whether it is the subject."""
    for policy in scene.cluster.tiers:
        yield _Stand(policy.title, ("spec", "subject"), "subject"), policy.subject, True
        for direction in Direction:
            yield from ((stand, peer, False) for stand, peer in _peers(policy, direction))


def _peers(policy: TieredPolicy, direction: Direction) -> Iterator[tuple[_Stand, object]]:
    key = peers_key(direction)
    for number, rule in enumerate(policy.rules(direction)):
        for index, peer in enumerate(rule.peers):
            part = f"{direction.lower()}[{number}].{key}[{index}]"
            yield _Stand(policy.title, (*rule.route, key, index), part), peer
