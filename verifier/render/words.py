"""Flows, endpoints and decisions in words, for every format that people read.

Each string that comes from a manifest passes through `one_line`: what a stranger wrote cannot steer a
terminal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from verifier.cluster import Cluster
from verifier.diagnostics import Span, one_line
from verifier.flow import (
    Address,
    Direction,
    Endpoint,
    External,
    Flow,
    Node,
    Pod,
    Reason,
    RuleRef,
    SideDecision,
)
from verifier.population import METADATA_NAME
from verifier.readings import DEFAULT_PROFILE, PROFILES
from verifier.verdict import Basis, Change, Choice, ChoiceKind, OpenSide, WrittenPolicy

Written = Sequence[WrittenPolicy] | None
NOT_YET = "below"
"""Where a policy stands that nobody has written yet: below the counterexample."""

_Item = TypeVar("_Item")
_MOST_NAMED = 12


def first_of(items: Sequence[_Item], shown: Callable[[_Item], str]) -> str:
    """Return the items in words, `a, b and 30 more` of a crowd."""
    named = ", ".join(shown(item) for item in items[:_MOST_NAMED])
    return named if len(items) <= _MOST_NAMED else f"{named} and {len(items) - _MOST_NAMED} more"


def counted(number: int, word: str) -> str:
    """Return `1 error`, `2 errors`, `3 policies`."""
    if number == 1 or word == "info":
        return f"{number} {word}"
    return f"{number} {word[:-1]}ies" if word.endswith("y") else f"{number} {word}s"


def endpoint(end: Endpoint, cluster: Cluster, address: Address | None = None) -> str:
    """Return who it is: `shop/web (10.0.0.1)`, `a pod labelled role=x in namespace shop (10.0.0.1)`."""
    at = f" ({address})" if address is not None else ""
    match end:
        case External():
            return f"{end.address} (outside the cluster)"
        case Node():
            stated = is_stated(end, cluster)
            return f"{f'node {one_line(end.name)}' if stated else 'a node of which nothing is stated'}{at}"
        case Pod(owner=None):
            return f"{_hypothetical(end, cluster)}{at}"
        case Pod():
            return f"{title(end)}{at}"


def is_stated(node: Node, cluster: Cluster) -> bool:
    """Return whether a manifest declares the node, or a pod runs there; the name of another is made up."""
    population = cluster.population
    return any(node.name == known.name for known in population.nodes) or any(
        node.name == workload.node for workload in population.workloads
    )


def title(pod: Pod) -> str:
    """Return the pod's namespace and the name of its workload: `shop/web`."""
    name = pod.name if pod.owner is None else pod.owner.partition("/")[2]
    return one_line(f"{pod.namespace.name}/{name}")


def labels(pod: Pod) -> str:
    """Return the labels as `a=b,c=d`."""
    return _pairs(pod.labels)


def namespace_labels(pod: Pod) -> str:
    """Return the labels of the pod's namespace as `a=b,c=d`, with the one that every namespace has."""
    return _pairs({**pod.namespace.labels, METADATA_NAME: pod.namespace.name})


def _hypothetical(pod: Pod, cluster: Cluster) -> str:
    labelled = f"labelled {labels(pod)}" if pod.labels else "without labels"
    names = ", ".join(f"{port.number}/{port.protocol} `{one_line(port.name or '')}`" for port in pod.ports)
    calls = f", which calls port {names}" if names else ""
    return f"any pod {labelled} in {_namespace(pod, cluster)}{calls}"


def _namespace(pod: Pod, cluster: Cluster) -> str:
    """A declared namespace has the labels that everybody can read; those of others are worth a word."""
    name, marks = one_line(pod.namespace.name), _pairs(pod.namespace.labels)
    declared = cluster.population.namespaces.get(pod.namespace.name)
    if declared is None:
        return f"a new namespace {name}" + (f" labelled {marks}" if marks else "")
    if declared.labels is None and marks:
        return f"namespace {name} (not declared; here labelled {marks})"
    return f"namespace {name}"


def _pairs(of: Mapping[str, str]) -> str:
    return ",".join(f"{one_line(key)}={one_line(value)}" for key, value in sorted(of.items()))


def flow(shown: Flow, cluster: Cluster) -> tuple[str, str]:
    """Return the flow in two parts: the source, and the destination with port and protocol."""
    source = endpoint(shown.source, cluster, shown.source_address)
    destination = endpoint(shown.destination, cluster, shown.destination_address)
    return (
        f"{source}{_whose_node(shown.source, shown.destination)}",
        f"{destination}{_whose_node(shown.destination, shown.source)} on {shown.port}/{shown.protocol}",
    )


def _whose_node(end: Endpoint, other: Endpoint) -> str:
    """Return whether a node is that of the pod at the other end, which it can always reach (NP-41)."""
    if not isinstance(end, Node) or not isinstance(other, Pod):
        return ""
    return ", the pod's own node" if end.name == other.node else ", not the pod's own node"


def rule(ref: RuleRef, cluster: Cluster, written: Written = ()) -> str:
    """Return a rule with its place: `shop/allow-x ingress[0] (policy.yaml:11:5)`."""
    return f"{rule_name(ref)} ({rule_span(ref, cluster, written) or NOT_YET})"


def rule_name(ref: RuleRef) -> str:
    """Return a rule without its place: `shop/allow-x ingress[0]`."""
    return f"{one_line(ref.policy)} {ref.rule}"


def rule_span(ref: RuleRef, cluster: Cluster, written: Written = ()) -> Span | None:
    """Return where a rule is written; None for one of `written`, which nobody has written yet."""
    if ref.policy in _titles(written):
        return None
    return cluster.origins[ref.policy].span("spec", ref.direction.lower(), ref.index)


def policy_span(name: str, cluster: Cluster, written: Written = ()) -> Span | None:
    """Return where a policy is written; None for one of `written`."""
    return None if name in _titles(written) else cluster.origins[name].span("metadata", "name")


def policy(name: str, cluster: Cluster, written: Written = ()) -> str:
    """Return a policy with its place."""
    return f"{one_line(name)} ({policy_span(name, cluster, written) or NOT_YET})"


def _titles(written: Written) -> set[str]:
    return {policy.title for policy in written or ()}


def basis(of: Basis, cluster: Cluster) -> str:
    """Return what a proof rests on, with its place: a rule, or whom a policy isolates."""
    if isinstance(of.ground, RuleRef):
        return rule(of.ground, cluster)
    return f"{one_line(of.ground.policy)} isolates {one_line(of.pods, 400)} ({basis_span(of, cluster)})"


def basis_span(of: Basis, cluster: Cluster) -> Span | None:
    """Return where it is written."""
    ground = of.ground
    return rule_span(ground, cluster) if isinstance(ground, RuleRef) else policy_span(ground.policy, cluster)


def open_side(side: OpenSide) -> str:
    """Return that a proof needs no rule on a side, and why, if that can be said in a word."""
    return "needs no rule: no policy isolates it" if side.unisolated else "needs no rule"


def change(made: Change, cluster: Cluster) -> str:
    """Return what to change, and where: the rule, or else the policy; a new policy has no place yet."""
    text = one_line(made.text, 1000)
    if made.rule is not None:
        return f"{text} {rule(made.rule, cluster)}"
    return text if made.policy is None else f"{text} {policy(made.policy, cluster)}"


def side(decision: SideDecision, shown: Flow, cluster: Cluster, written: Written = ()) -> str:
    """Return what one side says, and why; `written` are the policies that only the counterexample has."""
    egress = decision.direction is Direction.EGRESS
    end = shown.source if egress else shown.destination
    who = "that pod" if isinstance(end, Pod) and end.owner is None else endpoint(end, cluster)
    match decision.reason:
        case Reason.RULE:
            return f"allowed by {first_of(decision.rules, lambda ref: rule(ref, cluster, written))}"
        case Reason.NO_RULE:
            isolating = first_of(decision.isolating, lambda name: policy(name, cluster, written))
            return f"refused: {who} is isolated by {isolating}, and no rule of it matches"
        case Reason.NOT_ISOLATED:
            return f"open: no policy selects {who} for {decision.direction.lower()}"
        case Reason.NOT_A_POD:
            return "open: no policy governs what is no pod"
        case Reason.HOST_NETWORK:
            return f"open: {who} is on the host network, so no policy selects it"
        case Reason.SELF:
            return "open: a pod always reaches itself"
        case Reason.OWN_NODE:
            return "open: the pod's own node is always let through"
        case Reason.ACCEPTED:
            return f"allowed by {', '.join(rule(ref, cluster) for ref in decision.rules)}"
        case Reason.DENIED:
            return f"refused: denied by {', '.join(rule(ref, cluster) for ref in decision.rules)}"


def uncovered(pod: Pod, direction: Direction, cluster: Cluster) -> str:
    """Return what a counterexample of `cover` says."""
    why = "it is on the host network" if pod.host_network else "no policy selects it"
    return f"{endpoint(pod, cluster)} is not isolated for {direction.lower()}: {why}"


def choice(made: Choice) -> str:
    """Return what an assignment chooses, with its item and the profiles that read the specification so."""
    alike = [
        name
        for name, pins in PROFILES.items()
        if name != DEFAULT_PROFILE
        and any((pin.reading, pin.value) == (made.about, made.value) for pin in pins)
    ]
    plugins = f", as in {' and '.join(alike)}" if made.kind is ChoiceKind.READING and alike else ""
    return f"{one_line(made.text, 400)} ({made.item}{plugins})"
