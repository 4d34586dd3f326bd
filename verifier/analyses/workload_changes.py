"""Workloads of two versions, matched by namespace, kind and name; and both versions of each as one.

A pod of the matched population bears its new labels as they are and its old ones under keys of their own. So
policies that ask for the old keys see it as it was, and both versions can be asked about at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from verifier.flow import ContainerPort, Pod, PodNamespace
from verifier.manifest.labels import LabelSelector
from verifier.manifest.network_policy import (
    NetworkPolicy,
    NetworkPolicyPeer,
    NetworkPolicyPort,
)
from verifier.manifest.tiers import NamedPort, Peer, PodSet, TieredPolicy, TieredRule
from verifier.population import METADATA_NAME, Namespace, Population, Workload

_OLD = "old:"  # no key of a label, and no name of a port, has a colon
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class WorkloadChange:
    """A workload that both versions have, and in words what of it a policy could tell."""

    workload: Workload
    text: str


@dataclass(frozen=True, slots=True)
class WorkloadChanges:
    """What became of workloads and namespaces.

    `changed` are those that bear other labels or ports; `not_compared` those whose change is of a sort that
    is not followed: host network, stated addresses or nodes. `namespaces`: what became of their labels.
    `not_followed` are changes of namespaces and nodes that are not followed, in words.
    """

    added: tuple[Workload, ...] = ()
    removed: tuple[Workload, ...] = ()
    changed: tuple[WorkloadChange, ...] = ()
    not_compared: tuple[WorkloadChange, ...] = ()
    namespaces: tuple[str, ...] = ()
    not_followed: tuple[str, ...] = ()

    @property
    def matter(self) -> bool:
        """Whether a workload that both versions have may be treated otherwise for what it is."""
        return bool(self.changed or self.not_compared or self.namespaces or self.not_followed)


def workload_changes(old: Population, new: Population) -> WorkloadChanges:
    """Return what became of the workloads of `old` in `new`."""
    before, after = _by_key(old), _by_key(new)
    changed, not_compared = [], []
    for key, was in before.items():
        now = after.get(key)
        if now is None:
            continue
        if (was.host_network, was.node, was.addresses, was.single) != (
            now.host_network,
            now.node,
            now.addresses,
            now.single,
        ):
            not_compared.append(WorkloadChange(now, _other_place(was, now)))
        if (was.labels, was.ports, was.controller_labels) != (now.labels, now.ports, now.controller_labels):
            changed.append(WorkloadChange(now, _other_marks(was, now)))
    return WorkloadChanges(
        added=tuple(workload for key, workload in after.items() if key not in before),
        removed=tuple(workload for key, workload in before.items() if key not in after),
        changed=tuple(changed),
        not_compared=tuple(not_compared),
        namespaces=tuple(_namespace_changes(old.namespaces, new.namespaces)),
        not_followed=(*_half_stated(old.namespaces, new.namespaces), *_node_changes(old, new)),
    )


def _by_key(population: Population) -> dict[Key, Workload]:
    return {(w.namespace, w.kind, w.name): w for w in population.workloads}


def _other_place(was: Workload, now: Workload) -> str:
    if was.host_network != now.host_network:
        return "is on the host network now" if now.host_network else "is not on the host network any more"
    return "has another address" if was.addresses != now.addresses else "runs on another node"


def _other_marks(was: Workload, now: Workload) -> str:
    parts = []
    labels = [f"-{key}={value}" for key, value in sorted(was.labels.items()) if now.labels.get(key) != value]
    labels += [f"+{key}={value}" for key, value in sorted(now.labels.items()) if was.labels.get(key) != value]
    if labels:
        parts.append(f"labels {' '.join(labels)}")
    if was.ports != now.ports:
        parts.append(f"ports {_ports(was.ports)} -> {_ports(now.ports)}")
    return ", ".join(parts) or "labels that a controller sets"


def _ports(ports: Iterable[ContainerPort]) -> str:
    return (
        ", ".join(f"{p.number}/{p.protocol}" + (f" `{p.name}`" if p.name is not None else "") for p in ports)
        or "none"
    )


def _half_stated(old: Mapping[str, Namespace], new: Mapping[str, Namespace]) -> Iterable[str]:
    """Yield the namespaces whose labels one version states and the other does not (S-4)."""
    for name in sorted(old.keys() & new.keys()):
        if (old[name].labels is None) is not (new[name].labels is None):
            which = "OLD" if new[name].labels is None else "NEW"
            yield f"the labels of namespace {name} are stated in {which} alone"


def _node_changes(old: Population, new: Population) -> Iterable[str]:
    before = {node.name: node for node in old.nodes}
    for node in new.nodes:
        if node.name in before and before[node.name] != node:
            yield f"node {node.name} has other labels or addresses"


def _namespace_changes(old: Mapping[str, Namespace], new: Mapping[str, Namespace]) -> Iterable[str]:
    for name in sorted(old.keys() & new.keys()):
        was, now = old[name].labels, new[name].labels
        if was == now:
            continue
        before = "unknown" if was is None else ",".join(f"{k}={v}" for k, v in sorted(was.items())) or "none"
        after = "unknown" if now is None else ",".join(f"{k}={v}" for k, v in sorted(now.items())) or "none"
        yield f"{name}: labels {before} -> {after}"


# --- both versions as one ----------------------------------------------------------------------------------


def matched(old: Population, new: Population) -> Population:
    """Return the workloads and namespaces that both versions have, with the marks of both."""
    before = _by_key(old)
    workloads = [_both(before[key], now) for key, now in _by_key(new).items() if key in before]
    names = old.namespaces.keys() & new.namespaces.keys()
    namespaces = {
        name: Namespace(name, _both_labels(old.namespaces[name].labels, new.namespaces[name].labels))
        for name in sorted(names)
    }
    return Population(namespaces, tuple(workloads), new.nodes, new.network)


def _both_labels(was: Mapping[str, str] | None, now: Mapping[str, str] | None) -> Mapping[str, str] | None:
    if was is None or now is None:
        return None
    return {**now, **{old_key(key): value for key, value in was.items()}}


def _both(was: Workload, now: Workload) -> Workload:
    return replace(
        now,
        labels={**now.labels, **{old_key(key): value for key, value in was.labels.items()}},
        ports=(*now.ports, *(replace(port, name=f"{_OLD}{port.name or ''}") for port in was.ports)),
        controller_labels=now.controller_labels | {old_key(key) for key in was.controller_labels},
    )


def as_it_was(end: Pod) -> Pod:
    """Return a pod of the matched population as the old version has it."""
    ports = tuple(
        replace(port, name=port.name.removeprefix(_OLD) or None)
        for port in end.ports
        if port.name is not None and _is_old(port.name)
    )
    return _with(end, {k.removeprefix(_OLD): v for k, v in end.labels.items() if _is_old(k)}, ports, old=True)


def as_it_is(end: Pod) -> Pod:
    """Return a pod of the matched population as the new version has it."""
    ports = tuple(port for port in end.ports if not _is_old(port.name))
    return _with(end, {k: v for k, v in end.labels.items() if not _is_old(k)}, ports, old=False)


def _with(end: Pod, labels: dict[str, str], ports: tuple[ContainerPort, ...], *, old: bool) -> Pod:
    own = {k.removeprefix(_OLD): v for k, v in end.namespace.labels.items() if _is_old(k) is old}
    return replace(end, labels=labels, ports=ports, namespace=PodNamespace(end.namespace.name, own))


def _is_old(text: str | None) -> bool:
    return text is not None and text.startswith(_OLD)


def old_key(key: str) -> str:
    """Return the key under which a pod, or a namespace, bears its old label `key`; a name stays (NP-16)."""
    return key if key == METADATA_NAME else f"{_OLD}{key}"


# --- policies that see pods as they were -------------------------------------------------------------------


def seeing_old(policy: NetworkPolicy) -> NetworkPolicy:
    """Return a policy that asks for the old marks of pods and namespaces."""
    spec = policy.spec
    ingress = (
        None
        if spec.ingress is None
        else tuple(
            rule.model_copy(update={"from_": _peers(rule.from_), "ports": _old_ports(rule.ports)})
            for rule in spec.ingress
        )
    )
    egress = (
        None
        if spec.egress is None
        else tuple(
            rule.model_copy(update={"to": _peers(rule.to), "ports": _old_ports(rule.ports)})
            for rule in spec.egress
        )
    )
    update = {"pod_selector": _selector(spec.pod_selector), "ingress": ingress, "egress": egress}
    return policy.model_copy(update={"spec": spec.model_copy(update=update)})


def _peers(peers: tuple[NetworkPolicyPeer, ...] | None) -> tuple[NetworkPolicyPeer, ...] | None:
    return (
        None
        if peers is None
        else tuple(
            peer.model_copy(
                update={
                    "pod_selector": _selector(peer.pod_selector),
                    "namespace_selector": _selector(peer.namespace_selector),
                }
            )
            for peer in peers
        )
    )


def _old_ports(ports: tuple[NetworkPolicyPort, ...] | None) -> tuple[NetworkPolicyPort, ...] | None:
    return (
        None
        if ports is None
        else tuple(
            entry.model_copy(update={"port": f"{_OLD}{entry.port}"}) if isinstance(entry.port, str) else entry
            for entry in ports
        )
    )


def _selector(selector: LabelSelector | None) -> LabelSelector | None:
    return None if selector is None else _renamed(selector)


def _renamed(selector: LabelSelector) -> LabelSelector:
    labels = (
        None
        if selector.match_labels is None
        else {old_key(key): value for key, value in selector.match_labels.items()}
    )
    expressions = (
        None
        if selector.match_expressions is None
        else tuple(each.model_copy(update={"key": old_key(each.key)}) for each in selector.match_expressions)
    )
    return selector.model_copy(update={"match_labels": labels, "match_expressions": expressions})


def tier_seeing_old(policy: TieredPolicy) -> TieredPolicy:
    """Return a policy of a tier that asks for the old marks of pods and namespaces."""
    return replace(
        policy,
        subject=_pod_set(policy.subject),
        ingress=tuple(map(_tiered_rule, policy.ingress)),
        egress=tuple(map(_tiered_rule, policy.egress)),
    )


def _pod_set(pods: PodSet) -> PodSet:
    return replace(pods, namespaces=_renamed(pods.namespaces), pods=_renamed(pods.pods))


def _peer(peer: Peer) -> Peer:
    return _pod_set(peer) if isinstance(peer, PodSet) else peer


def _tiered_rule(rule: TieredRule) -> TieredRule:
    ports = (
        None
        if rule.ports is None
        else tuple(
            NamedPort(f"{_OLD}{port.name}") if isinstance(port, NamedPort) else port for port in rule.ports
        )
    )
    return replace(rule, peers=tuple(map(_peer, rule.peers)), ports=ports)
