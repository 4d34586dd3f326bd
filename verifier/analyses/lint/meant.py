"""Rules of the lint: rules that probably mean something else than they say."""

from __future__ import annotations

import re
from collections.abc import Iterator

from verifier.analyses.lint.finding import Evidence, Finding, Level, Place, Rule
from verifier.analyses.lint.label_sets import LabelSet
from verifier.analyses.lint.near import slip_of
from verifier.analyses.lint.rule_sets import PolicySet, PortSet, RuleSet
from verifier.analyses.lint.scene import Group, Scene, WrittenPeer
from verifier.analyses.lint.selectors import MISSPELT_NAMESPACE
from verifier.analyses.selectors import all_of
from verifier.flow import Action, Direction, Protocol
from verifier.manifest.network_policy import NetworkPolicy
from verifier.manifest.spelling import listed
from verifier.manifest.tiers import NamedPort, PortMatch
from verifier.population import World

SPLIT_PEER = Rule(
    "split-peer",
    Level.ERROR,
    World.SNAPSHOT,
    "namespaceSelector and podSelector as two items where one was meant",
    "Two items are either: *every* pod of those namespaces, or pods of the policy's *own*"
    " namespace with those"
    " labels (NP-13). Here no pod of the own namespace bears the labels, and pods of the other"
    " namespaces do.",
    "Join the two: remove the dash before `podSelector`.",
)
NAMESPACES_NOT_INTERNET = Rule(
    "namespaces-not-internet",
    Level.WARNING,
    World.ANY_POD,
    "`namespaceSelector: {}` in a policy whose name speaks of the internet",
    "`namespaceSelector: {}` means every pod of the cluster and not one address outside it (NP-12).",
    "For the internet write an ipBlock `0.0.0.0/0` (and `::/0`), with `except` for what is internal.",
)
DNS_FORGOTTEN = Rule(
    "dns-forgotten",
    Level.WARNING,
    World.ANY_POD,
    "pods that may call pods, but may not resolve names",
    "There is no implicit exception for DNS (NP-6). Pods that are isolated for egress and may"
    " call others mostly do"
    " so by name.",
    "Allow egress on 53/UDP and 53/TCP to the cluster's name servers.",
)
MISSING_NAMESPACE = Rule(
    "missing-namespace",
    Level.WARNING,
    World.SNAPSHOT,
    "a policy in a namespace that nobody declares and that has no pods",
    "The manifests declare other namespaces, not this one. A policy in the wrong namespace"
    " protects nobody (NP-1).",
    "Correct `metadata.namespace`, or add the Namespace.",
)
RULES = (SPLIT_PEER, NAMESPACES_NOT_INTERNET, DNS_FORGOTTEN, MISSING_NAMESPACE)

_INTERNET = re.compile(r"(?:^|[-.])(?:internet|external|world|public|outside)(?:[-.]|$)")
_ALWAYS_THERE = frozenset({"default", "kube-system", "kube-public", "kube-node-lease"})
_DNS_PORTS = (53, 853)
_DNS_NAMES = ("dns", "domain")


def check_split_peers(scene: Scene) -> Iterator[Finding]:
    """Yield a namespaceSelector item next to a podSelector item that selects pods there, and none here."""
    for one, other in zip(scene.peers, scene.peers[1:], strict=False):
        same_rule = (one.policy, one.direction, one.rule) == (other.policy, other.direction, other.rule)
        if one.policy is other.policy and same_rule:
            spaces, pods = (one, other) if one.peer.namespace_selector is not None else (other, one)
            yield from _split(scene, spaces, pods)


def _split(scene: Scene, spaces: WrittenPeer, pods: WrittenPeer) -> Iterator[Finding]:
    selector, labels = spaces.peer.namespace_selector, pods.peer.pod_selector
    if selector is None or labels is None:
        return
    if spaces.peer.pod_selector is not None or pods.peer.namespace_selector is not None:
        return
    wanted = scene.labels(labels)
    own = pods.policy.namespace
    if wanted.everything or not scene.groups(own) or scene.matching(own, wanted):
        return
    names = [name for name in scene.names(scene.compiler.namespaces(selector)) if name != own]
    there = [group for name in names for group in scene.matching(name, wanted)]
    if not there:
        return
    workload = there[0].workloads[0]
    message = (
        f"this admits every pod of {listed(names)}; {pods.part} looks for {all_of(labels)}"
        f" in `{own}`, where no pod has it"
    )
    evidence = (
        Evidence(
            f"{workload.title} ({workload.kind}) has it",
            Place((workload.kind, workload.namespace, workload.name)),
        ),
        Evidence("the item that selects no pod", pods.place),
    )
    yield Finding(
        SPLIT_PEER, spaces.policy.title, spaces.place, message, spaces.part, evidence, SPLIT_PEER.fix
    )


def check_internet_meant(scene: Scene) -> Iterator[Finding]:
    """Yield `namespaceSelector: {}` in a policy that is named after the internet and has no ipBlock."""
    for written in scene.peers:
        peer = written.peer
        if peer.namespace_selector is None or peer.pod_selector is not None:
            continue
        if not scene.labels(peer.namespace_selector).everything or not _INTERNET.search(written.policy.name):
            continue
        if any(w.peer.ip_block is not None for w in scene.peers if w.policy is written.policy):
            continue
        message = "this means every pod of the cluster, and no address outside it"
        yield Finding(
            NAMESPACES_NOT_INTERNET,
            written.policy.title,
            written.place,
            message,
            written.part,
            (Evidence(f"the policy is called `{written.policy.name}`"),),
            NAMESPACES_NOT_INTERNET.fix,
        )


def check_missing_namespaces(scene: Scene) -> Iterator[Finding]:
    """Yield policies in namespaces that neither a manifest nor a pod shows."""
    known = set(scene.declared) | {workload.namespace for workload in scene.population.workloads}
    for policy in scene.cluster.policies:
        if policy.namespace in known or policy.namespace in _ALWAYS_THERE:
            continue
        place = Place(policy.title, ("metadata", "namespace"))
        meant = slip_of(policy.namespace, known)
        if meant is not None:
            message = f"there is no namespace `{policy.namespace}`; `{meant}` was probably meant"
            yield Finding(
                MISSPELT_NAMESPACE, policy.title, place, message, "metadata", (), f"Write `{meant}`."
            )
        elif scene.declared:
            message = f"nobody declares the namespace `{policy.namespace}`, and no pod is in it"
            evidence = (Evidence(f"declared are {listed(scene.declared)}"),)
            yield Finding(
                MISSING_NAMESPACE, policy.title, place, message, "metadata", evidence, MISSING_NAMESPACE.fix
            )


# --- DNS ----------------------------------------------------------------------------------------------------


def check_dns(scene: Scene) -> Iterator[Finding]:
    """Yield policies whose pods may call pods by name, had they a name server."""
    for namespace in scene.policies_in:
        side = scene.side(namespace, Direction.EGRESS)
        resolving = [policy for policy in side if any(_may_resolve(rule) for rule in policy.rules)]
        told: set[Group] = set()
        for policy in side:
            if not any(_calls_pods(rule) for rule in policy.rules):
                continue
            deprived = _deprived(scene, policy, resolving)
            if deprived is not None and (not deprived or not told.issuperset(deprived)):
                told.update(deprived)
                yield _no_dns(policy.policy, deprived)


def _deprived(scene: Scene, policy: PolicySet, resolving: list[PolicySet]) -> tuple[Group, ...] | None:
    """Return the pods shown that the policy lets out while nothing lets them resolve names; None: nobody.

    Where no pod is shown it is asked of every pod that the policy selects: then nothing is returned.
    """
    shown = scene.subjects(policy)
    namespace = policy.policy.namespace
    if shown:
        found = tuple(
            group
            for group in shown
            if not _resolves(group, resolving) and not _resolves_by_tier(scene, namespace, group)
        )
        return found or None
    everybody: LabelSet = policy.selected
    apart = all(everybody.apart(other.selected) for other in resolving)
    apart = apart and not _resolves_by_tier(scene, namespace)
    return () if apart and not everybody.empty and not scene.groups(namespace) else None


def _resolves(group: Group, resolving: list[PolicySet]) -> bool:
    return any(group.may_match(policy.selected) for policy in resolving)


def _resolves_by_tier(scene: Scene, namespace: str, group: Group | None = None) -> bool:
    """Return whether a cluster-wide policy may let the pods ask name servers (ANP-3)."""
    return any(
        tier.position < 0
        and does is Action.ACCEPT
        and (rule.ports is None or any(_may_name_dns(port) for port in rule.ports))
        for tier, does, rule in scene.tier_rules(namespace, Direction.EGRESS, group)
    )


def _may_name_dns(port: PortMatch) -> bool:
    if isinstance(port, NamedPort):
        return any(word in port.name for word in _DNS_NAMES)
    number_of_dns = any(port.first <= number <= port.last for number in _DNS_PORTS)
    return port.protocol is not Protocol.SCTP and number_of_dns


def _may_resolve(rule: RuleSet) -> bool:
    if rule.peers is not None and all(peer.empty for peer in rule.peers):
        return False
    return rule.ports is None or any(_may_be_dns(entry) for entry in rule.ports)


def _may_be_dns(entry: PortSet) -> bool:
    if entry.protocol is Protocol.SCTP:
        return False
    if entry.name is not None:
        return any(word in entry.name for word in _DNS_NAMES)
    return entry.low == 0 or any(entry.low <= port <= entry.high for port in _DNS_PORTS)


def _calls_pods(rule: RuleSet) -> bool:
    return any(
        peer.pod_selector is not None or peer.namespace_selector is not None for peer in rule.written_peers
    )


def _no_dns(policy: NetworkPolicy, groups: tuple[Group, ...]) -> Finding:
    titles = [workload.title for group in groups for workload in group.workloads]
    who = listed(titles) if titles else "every pod that it selects"
    message = "its pods may call pods, but no egress rule lets them ask a name server on port 53"
    place = Place(policy.title, ("spec", "egress"), at_key=True)
    evidence = (Evidence(f"this concerns {who}"),)
    return Finding(DNS_FORGOTTEN, policy.title, place, message, "egress", evidence, DNS_FORGOTTEN.fix)
