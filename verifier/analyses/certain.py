"""What of a flow is so in every completion (S-1): nothing here hangs on what the input leaves open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from verifier.analyses.selectors import requirements
from verifier.flow import Direction, Endpoint, External, Flow, Node, Pod, Reason, SideDecision
from verifier.manifest.labels import LabelSelector
from verifier.manifest.network_policy import NetworkPolicy, NetworkPolicyPeer
from verifier.population import METADATA_NAME, Population, Workload
from verifier.readings import FREE, READINGS, Readings
from verifier.semantics import decide, effective_policy_types


def completed(readings: Readings, choices: Mapping[str, bool | str]) -> tuple[Readings, ...]:
    """Return `readings` with each of those that `choices` leaves free at either of its values."""
    free = [row for row in READINGS if choices.get(row.name) == FREE]
    found = []
    for values in product(*(row.values for row in free)):
        chosen = dict(zip((row.name for row in free), values, strict=True))
        found.append(replace(readings, **chosen))  # type: ignore[arg-type]
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Certain:
    """A flow, and what the input says of its ends.

    `readings` are all that are open, `workloads` those that the pods at its ends belong to.
    """

    flow: Flow
    population: Population
    readings: tuple[Readings, ...]
    workloads: Mapping[tuple[str, str | None], Workload]

    @classmethod
    def of(cls, flow: Flow, population: Population, readings: tuple[Readings, ...]) -> Certain:
        """Return what is certain of `flow`."""
        ends = {
            (end.namespace.name, end.owner) for end in (flow.source, flow.destination) if isinstance(end, Pod)
        }
        found: dict[tuple[str, str | None], Workload] = {
            (workload.namespace, workload.owner): workload
            for workload in population.workloads
            if (workload.namespace, workload.owner) in ends
        }
        return cls(flow, population, readings, found)

    def subject(self, direction: Direction) -> Endpoint:
        """Return who is governed in that direction."""
        return self.flow.destination if direction is Direction.INGRESS else self.flow.source

    def far(self, direction: Direction) -> Endpoint:
        """Return who is a peer in that direction."""
        return self.flow.source if direction is Direction.INGRESS else self.flow.destination

    def exists(self, end: Endpoint) -> bool:
        """Return whether it is no pod of a namespace that nobody shows."""
        return not isinstance(end, Pod) or end.namespace.name in self.population.namespaces

    def labels(self, pod: Pod) -> dict[str, str]:
        """Return the labels that the pod has whatever a controller adds (S-13)."""
        unknown = self._unknown_labels(pod)
        return {key: value for key, value in pod.labels.items() if key not in unknown}

    def address_known(self, end: Endpoint) -> bool:
        """Return whether the address that the flow has at that end is stated, not made up."""
        match end:
            case External():
                return True
            case Node(name=name):
                return self._node_known(name)
            case Pod():
                workload = self._workload(end)
                if workload is None:
                    return False
                if workload.addresses is None and workload.host_network and workload.node is not None:
                    return self._node_known(workload.node)
                return workload.addresses is not None

    def are_known(self, pod: Pod, namespaces: LabelSelector | None, pods: LabelSelector | None) -> bool:
        """Return whether the labels that selectors of its namespace and of itself ask for are stated."""
        declared = self.population.namespaces[pod.namespace.name].labels is not None
        known = declared or _keys(namespaces) <= {METADATA_NAME}
        return known and not _keys(pods) & self._unknown_labels(pod)

    def lets_through(self, policy: NetworkPolicy, direction: Direction) -> bool:
        """Return whether `policy` isolates the pod and a rule of it lets the flow through, in any case."""
        return all(self._lets_through(policy, direction, readings) for readings in self.readings)

    def is_open(self, direction: Direction, policies: Sequence[NetworkPolicy]) -> bool:
        """Return whether a side lets the flow through, in any case."""
        return all(self._is_open(direction, policies, readings) for readings in self.readings)

    def is_let_by_rule(self, direction: Direction, policies: Sequence[NetworkPolicy]) -> bool:
        """Return whether a rule of NetworkPolicies lets the flow through, in any case."""
        return all(
            self._side(direction, policies, readings).reason is Reason.RULE
            and self._is_open(direction, policies, readings)
            for readings in self.readings
        )

    def _lets_through(self, policy: NetworkPolicy, direction: Direction, readings: Readings) -> bool:
        cautious = self._cautious(policy, direction)
        if cautious is None:
            return False
        reason = self._side(direction, [cautious], readings).reason
        return reason is Reason.RULE or self._is_exempt(reason)

    def _is_open(self, direction: Direction, policies: Sequence[NetworkPolicy], readings: Readings) -> bool:
        side = self._side(direction, policies, readings)
        if side.reason is Reason.NOT_ISOLATED:
            return all(self._selection_known(policy, self.subject(direction)) for policy in policies)
        if side.reason is Reason.RULE:
            titles = {ref.policy for ref in side.rules}
            matching = (policy for policy in policies if policy.title in titles)
            return any(self._lets_through(policy, direction, readings) for policy in matching)
        return self._is_exempt(side.reason)

    def _is_exempt(self, reason: Reason) -> bool:
        """Whether no policy is asked, in any case; a pod's own node is known only if both are placed."""
        if reason is Reason.OWN_NODE:
            return all(self._is_placed(end) for end in (self.flow.source, self.flow.destination))
        return reason in (Reason.NOT_A_POD, Reason.HOST_NETWORK, Reason.SELF)

    def _is_placed(self, end: Endpoint) -> bool:
        workload = self._workload(end) if isinstance(end, Pod) else None
        return isinstance(end, Node) or (workload is not None and workload.node is not None)

    def _side(
        self, direction: Direction, policies: Sequence[NetworkPolicy], readings: Readings
    ) -> SideDecision:
        decision = decide(self.flow, policies, readings)
        return decision.ingress if direction is Direction.INGRESS else decision.egress

    def _cautious(self, policy: NetworkPolicy, direction: Direction) -> NetworkPolicy | None:
        """Return `policy` without the peers, and the rules, that match only if something unknown is so."""
        if not self._selection_known(policy, self.subject(direction)):
            return None
        far = self.far(direction)
        update: dict[str, object] = {"policy_types": tuple(effective_policy_types(policy))}
        if direction is Direction.INGRESS:
            ingress = [(rule, self._known_peers(rule.from_ or (), far)) for rule in policy.spec.ingress or ()]
            update["ingress"] = tuple(
                rule.model_copy(update={"from_": known}) for rule, known in ingress if known or not rule.from_
            )
        else:
            egress = [(rule, self._known_peers(rule.to or (), far)) for rule in policy.spec.egress or ()]
            update["egress"] = tuple(
                rule.model_copy(update={"to": known}) for rule, known in egress if known or not rule.to
            )
        return policy.model_copy(update={"spec": policy.spec.model_copy(update=update)})

    def _known_peers(
        self, peers: Iterable[NetworkPolicyPeer], far: Endpoint
    ) -> tuple[NetworkPolicyPeer, ...]:
        return tuple(peer for peer in peers if self._peer_known(peer, far))

    def _peer_known(self, peer: NetworkPolicyPeer, far: Endpoint) -> bool:
        if peer.ip_block is not None:
            return self.address_known(far)
        if not isinstance(far, Pod):
            return True
        return self.are_known(far, peer.namespace_selector, peer.pod_selector)

    def _selection_known(self, policy: NetworkPolicy, subject: Endpoint) -> bool:
        if not isinstance(subject, Pod) or policy.namespace != subject.namespace.name:
            return True
        return not _keys(policy.spec.pod_selector) & self._unknown_labels(subject)

    def _unknown_labels(self, pod: Pod) -> frozenset[str]:
        workload = self._workload(pod)
        return frozenset() if workload is None or workload.single else workload.controller_labels

    def _workload(self, pod: Pod) -> Workload | None:
        return self.workloads.get((pod.namespace.name, pod.owner))

    def _node_known(self, name: str) -> bool:
        return any(node.name == name and node.addresses for node in self.population.nodes)


def _keys(selector: LabelSelector | None) -> frozenset[str]:
    return frozenset(key for _, key, _ in requirements(selector or LabelSelector()))
