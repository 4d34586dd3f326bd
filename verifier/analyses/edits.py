"""The small edits of policies that may let a refused flow through, each with its words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from verifier.analyses.allowance import Allowance, pods_in_words, selector_of
from verifier.analyses.nearest import nearness, rules_of
from verifier.analyses.patch import edited
from verifier.analyses.selectors import requirements
from verifier.flow import Direction, Pod, RuleRef
from verifier.manifest.labels import LabelSelector, Operator
from verifier.manifest.network_policy import (
    NetworkPolicy,
    NetworkPolicyPeer,
    NetworkPolicyPort,
    NetworkPolicySpec,
)
from verifier.manifest.spelling import did_you_mean
from verifier.population import METADATA_NAME, Workload
from verifier.semantics import (
    effective_policy_types,
    isolating_policies,
    label_selector_matches,
    namespace_labels,
)
from verifier.semantics.rules import peers_match, ports_match
from verifier.verdict import Change, Json, Operation

_NAME_LENGTH = 40

_Found = Iterator[tuple[str, tuple[Operation, ...]]]
"""Edits as words, up to the place, and as patches."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of `policy`, or that policy anew; the nearer the rule, the higher the `score`."""

    score: float
    change: Change
    policy: NetworkPolicy

    def done(self) -> NetworkPolicy:
        """Return the policy as its manifest reads after the change."""
        return edited(self.policy, self.change.patch)


class Edits:
    """The edits that may let one flow through on one side; whether they do, somebody else checks.

    `own` are the policies of the pod's namespace, `isolating` those of them that isolate the pod.
    """

    def __init__(
        self, allowance: Allowance, subject: Pod, own: Sequence[NetworkPolicy], isolating: Collection[str]
    ) -> None:
        self.allowance = allowance
        self.subject = subject
        self.own = own
        self.isolating = [policy for policy in own if policy.title in isolating]
        self.others = [policy for policy in own if policy.title not in isolating]
        self.certain = allowance.certain
        self.flow = allowance.flow
        self.direction = allowance.direction
        self.readings = allowance.readings
        self.far = allowance.far

    def of_one_part(self) -> Iterator[Edit]:
        """Yield edits of rules that are there, and of the selectors of policies whose rules would do."""
        for policy in self.isolating:
            for index, (peers, ports) in enumerate(rules_of(policy, self.direction)):
                yield from self._of_rule(policy, index, peers, ports)
        for policy in self.others:
            if any(self._matches(policy, *rule) == (True, True) for rule in rules_of(policy, self.direction)):
                yield from self._of_selection(policy)

    def new_rules(self) -> Iterator[Edit]:
        """Yield a rule of its own in each policy for some pods; in one for every pod it would be for all."""
        section = self.allowance.section
        for policy in self.isolating:
            rule = self.allowance.rule(policy.namespace)
            if rule is None or not any(requirements(policy.spec.pod_selector or LabelSelector())):
                continue
            rules = rules_of(policy, self.direction)
            patch = (
                Operation("add", ("spec", section, "-"), rule)
                if rules
                else Operation("add", ("spec", section), [rule])
            )
            text = f"add {self.allowance.rule_in_words} to"
            nearest = max((self._nearness(policy, *each) for each in rules), default=-1.0)
            yield Edit(nearest, Change(self.direction, text, policy.title, None, (patch,)), policy)

    def new_policies(self) -> Iterator[Edit]:
        """Yield a policy of its own, unless it would isolate a pod that is open."""
        namespace, labels = self.subject.namespace.name, self.allowance.telling(self.subject)
        rule, section = self.allowance.rule(namespace), self.allowance.section
        if rule is None:
            return
        written: Json = {
            "podSelector": selector_of(labels),
            "policyTypes": [str(self.direction)],
            section: [rule],
        }
        spec = NetworkPolicySpec.model_validate(written)
        if self._isolates_others(spec.pod_selector, (self.direction,)):
            return
        name = _unused(f"allow-{section}-{_name(self.subject)}", {policy.name for policy in self.own})
        manifest: Json = {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": name, "namespace": namespace},
            "spec": written,
        }
        who, what = pods_in_words(labels), self.allowance.rule_in_words
        text = f"add a NetworkPolicy to namespace `{namespace}` that selects {who}, with {what}"
        policy = NetworkPolicy(name=name, namespace=namespace, spec=spec)
        yield Edit(0.0, Change(self.direction, text, manifest=manifest), policy)

    def _nearness(
        self,
        policy: NetworkPolicy,
        peers: Sequence[NetworkPolicyPeer],
        ports: Sequence[NetworkPolicyPort],
    ) -> float:
        return nearness(peers, ports, policy, self.direction, self.flow, self.readings)[0]

    def _matches(
        self,
        policy: NetworkPolicy,
        peers: Sequence[NetworkPolicyPeer],
        ports: Sequence[NetworkPolicyPort],
    ) -> tuple[bool, bool]:
        """Return whether the peers of a rule match, and whether its ports do."""
        address = self.allowance.address
        admits = peers_match(peers, policy.namespace, self.far, address, self.readings)
        return admits, ports_match(ports, self.flow, self.readings)

    # --- rules that are there ---------------------------------------------------------------------------

    def _of_rule(
        self,
        policy: NetworkPolicy,
        index: int,
        peers: Sequence[NetworkPolicyPeer],
        ports: Sequence[NetworkPolicyPort],
    ) -> Iterator[Edit]:
        ref = RuleRef(policy.title, self.direction, index)
        found: list[tuple[str, tuple[Operation, ...]]] = []
        match self._matches(policy, peers, ports):
            case False, True:
                for place, peer in enumerate(peers):
                    found.extend(self._of_peer(policy, ref, place, peer))
                found.extend(self._another_peer(policy, ref))
            case True, False if peers and not any(_admits_anybody(peer) for peer in peers):
                found.extend(self._of_ports(ref, ports))
        score = self._nearness(policy, peers, ports) if found else 0.0
        for text, patch in found:
            yield Edit(score, Change(self.direction, text, policy.title, ref, patch), policy)

    def _of_ports(self, ref: RuleRef, ports: Sequence[NetworkPolicyPort]) -> _Found:
        """Yield the right name for a port that nobody declares, and the port itself."""
        flow = self.flow
        own = [
            port.name
            for port in (flow.destination.ports if isinstance(flow.destination, Pod) else ())
            if (port.number, port.protocol) == (flow.port, flow.protocol) and port.name is not None
        ]
        for place, entry in enumerate(ports):
            if isinstance(entry.port, str) and (entry.port, entry.protocol or "TCP") not in self._declared:
                meant = did_you_mean(entry.port, own)
                if meant is not None:
                    path = self._path(ref, "ports", place, "port")
                    text = f"write port `{meant}` instead of `{entry.port}` in"
                    yield text, (Operation("replace", path, meant),)
        text = f"add port {self.allowance.port_in_words} to"
        yield text, (Operation("add", self._path(ref, "ports", "-"), self.allowance.port),)

    @cached_property
    def _declared(self) -> frozenset[tuple[str | None, str]]:
        """Names of ports that some pod has, with their protocols."""
        workloads = self.certain.population.workloads
        return frozenset((port.name, str(port.protocol)) for each in workloads for port in each.ports)

    def _another_peer(self, policy: NetworkPolicy, ref: RuleRef) -> _Found:
        peer = self.allowance.peer(policy.namespace)
        if peer is not None:
            text = f"add {self.allowance.who} to the peers of"
            yield text, (Operation("add", self._path(ref, self.allowance.peers, "-"), peer),)

    def _of_peer(self, policy: NetworkPolicy, ref: RuleRef, place: int, peer: NetworkPolicyPeer) -> _Found:
        """Yield what makes a peer match by changing one requirement, or adding one."""
        far = self.far
        if not isinstance(far, Pod) or peer.ip_block is not None:
            return
        path = self._path(ref, self.allowance.peers, place)
        where = f"{self.allowance.peers}[{place}]"

        def idle() -> bool:
            return not any(
                self._means(peer, policy.namespace, each) for each in self.certain.population.workloads
            )

        if peer.namespace_selector is None:
            if far.namespace.name != policy.namespace and idle():
                selector: Json = {"matchLabels": {METADATA_NAME: far.namespace.name}}
                text = f"add namespaceSelector `{METADATA_NAME}: {far.namespace.name}` to {where} of"
                yield text, (Operation("add", (*path, "namespaceSelector"), selector),)
        else:
            labels = namespace_labels(far.namespace)
            yield from _of_selector(
                peer.namespace_selector, labels, (*path, "namespaceSelector"), f"of {where} of", idle=idle
            )
        if peer.pod_selector is not None:
            labels = self.certain.labels(far)
            yield from _of_selector(
                peer.pod_selector, labels, (*path, "podSelector"), f"of {where} of", idle=idle
            )

    def _means(self, peer: NetworkPolicyPeer, namespace: str, workload: Workload) -> bool:
        """Whether a peer by label admits pods of a workload that is shown, or may."""
        selector = peer.namespace_selector
        if selector is None:
            if workload.namespace != namespace:
                return False
        else:
            declared = self.certain.population.namespaces[workload.namespace]
            labels = {**(declared.labels or {}), METADATA_NAME: declared.name}
            if declared.labels is not None and not label_selector_matches(selector, labels):
                return False
        return self._selects(peer.pod_selector or LabelSelector(), workload)

    @staticmethod
    def _selects(selector: LabelSelector, workload: Workload) -> bool:
        return all(
            key in workload.controller_labels or label_selector_matches(alone, workload.labels)
            for _, key, alone in requirements(selector)
        )

    def _of_selection(self, policy: NetworkPolicy) -> Iterator[Edit]:
        """Yield what makes a policy select the pod, unless it would isolate a pod that is open."""
        selector = policy.spec.pod_selector
        types = effective_policy_types(policy)
        if selector is None or self.direction not in types or not types <= self._isolated:
            return

        def idle() -> bool:
            return not any(
                other.namespace == policy.namespace and self._selects(selector, other)
                for other in self.certain.population.workloads
            )

        labels, path = self.certain.labels(self.subject), ("spec", "podSelector")
        for text, patch in _of_selector(selector, labels, path, "of", idle=idle):
            edit = Edit(0.0, Change(self.direction, text, policy.title, None, patch), policy)
            if not self._isolates_others(edit.done().spec.pod_selector, types):
                yield edit

    @cached_property
    def _isolated(self) -> frozenset[Direction]:
        """The directions in which the pod is isolated."""
        return frozenset(
            each for each in Direction if isolating_policies(self.subject, each, self.own, self.readings)
        )

    def _path(self, ref: RuleRef, *below: str | int) -> tuple[str | int, ...]:
        return ("spec", self.allowance.section, ref.index, *below)

    def _isolates_others(self, selector: LabelSelector | None, types: Collection[Direction]) -> bool:
        """Whether a policy for the pods that `selector` means would isolate a shown one that is open now."""
        return any(
            not any(direction in effective_policy_types(each) and _is_for(each, other) for each in self.own)
            for other in self.certain.population.workloads
            if other.namespace == self.subject.namespace.name
            and other.owner != self.subject.owner
            and label_selector_matches(selector or LabelSelector(), other.labels)
            for direction in types
        )


def _is_for(policy: NetworkPolicy, pod: Workload) -> bool:
    return label_selector_matches(policy.spec.pod_selector or LabelSelector(), pod.labels)


def _of_selector(
    selector: LabelSelector,
    labels: dict[str, str],
    path: tuple[str | int, ...],
    where: str,
    *,
    idle: Callable[[], bool],
) -> _Found:
    """Yield what makes a selector match `labels` by changing the one requirement that does not.

    A value is added where a list of them is given; a label is replaced only if the peer is `idle`, meaning
    nobody that is shown, and it looks misspelt.
    """
    failing = [alone for _, _, alone in requirements(selector) if not label_selector_matches(alone, labels)]
    if len(failing) != 1:
        return
    for place, expression in enumerate(selector.match_expressions or ()):
        value = labels.get(expression.key)
        if (
            value is not None
            and (expression,) == failing[0].match_expressions
            and expression.operator is Operator.IN
        ):
            text = f"add `{value}` to the values of `{expression.key}` in the {path[-1]} {where}"
            yield text, (Operation("add", (*path, "matchExpressions", place, "values", "-"), value),)
    for key, value in (failing[0].match_labels or {}).items():
        if value == labels.get(METADATA_NAME) and key != METADATA_NAME:
            right = METADATA_NAME, value
        elif key in labels and did_you_mean(value, [labels[key]]) is not None:
            right = key, labels[key]
        else:
            continue
        if not idle():
            continue
        text = f"write `{right[0]}: {right[1]}` instead of `{key}: {value}` in the {path[-1]} {where}"
        yield (
            text,
            (
                Operation("remove", (*path, "matchLabels", key)),
                Operation("add", (*path, "matchLabels", right[0]), right[1]),
            ),
        )


def _admits_anybody(peer: NetworkPolicyPeer) -> bool:
    """Whether a peer is every pod of the cluster, or every address of a family."""
    if peer.ip_block is not None:
        return peer.ip_block.cidr.endswith("/0")
    everywhere = peer.namespace_selector is not None and not any(requirements(peer.namespace_selector))
    return everywhere and not any(requirements(peer.pod_selector or LabelSelector()))


def _unused(name: str, taken: Collection[str]) -> str:
    """Return `name`, shortened, with a number if it is taken."""
    stem = name[:_NAME_LENGTH].rstrip("-.")
    names = (stem, *(f"{stem}-{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def _name(pod: Pod) -> str:
    return pod.name if pod.owner is None else pod.owner.partition("/")[2]
