"""Rules of the lint: who is protected by no policy."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.analyses.lint.finding import Evidence, Finding, Level, Place, Rule
from verifier.analyses.lint.rule_sets import PodPeer
from verifier.analyses.lint.scene import Group, Scene
from verifier.analyses.selectors import all_of
from verifier.flow import Action, Direction
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
RULES = (UNPROTECTED_INGRESS, UNPROTECTED_EGRESS, OPEN_NAMESPACE, HOST_NETWORK_SUBJECT, HOST_NETWORK_PEER)


def check_unprotected(scene: Scene) -> Iterator[Finding]:
    """Yield the workloads, or whole namespaces, that no policy isolates."""
    for namespace, groups in scene.groups_in.items():
        ordinary = [group for group in groups if not group.host_network]
        if not ordinary or scene.untold(namespace):
            continue
        for direction in Direction:
            bare = [group for group in ordinary if not _isolated(scene, group, direction)]
            if any(_may_be_denied(scene, group, direction) for group in bare):
                continue
            if _count(bare) * 2 > _count(ordinary):
                yield _namespace(namespace, bare, _count(ordinary), direction)
                continue
            ingress = direction is Direction.INGRESS
            yield from _each(UNPROTECTED_INGRESS if ingress else UNPROTECTED_EGRESS, bare, direction)


def _isolated(scene: Scene, group: Group, direction: Direction) -> bool:
    return bool(scene.speaking(group, direction)[0])


def _may_be_denied(scene: Scene, group: Group, direction: Direction) -> bool:
    """Return whether a cluster-wide policy may deny what no NetworkPolicy does."""
    return any(does is Action.DENY for _, does, _ in scene.tier_rules(group.namespace, direction, group))


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
