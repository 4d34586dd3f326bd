"""`equivalent` and `refines`: the policies of one set held against those of another, over the same pods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import z3

from verifier.analyses.choices import in_words
from verifier.cluster import Cluster
from verifier.deadline import Deadline, LimitError
from verifier.diagnostics import one_line
from verifier.difference import Cause, Change, Version
from verifier.encodings.vocabulary import OTHER
from verifier.population import Namespace, Population, World
from verifier.properties.spec.scope import Property, Refines
from verifier.solver.comparison import PolicySet
from verifier.solver.differences import Differ
from verifier.solver.judge import DependsOn, Empty, Fails, GaveUp, Holds, Judge, Judgement, MayFail
from verifier.solver.watch import Memory, Watch
from verifier.verdict import (
    Choice,
    Contrast,
    Depends,
    FlowCounterexample,
    Proved,
    Refuted,
    Unknown,
    Vacuous,
    Verdict,
)
from verifier.versions import Asked, changed_sides, left_unmodelled, witness_of

Verdicts = Mapping[World, Verdict]

_OPEN_ORDERS = "it may depend on an order that neither set of policies states"
_ASKED = (World.SNAPSHOT, World.ANY_POD)


def decide_relation(
    prop: Property,
    cluster: Cluster,
    other: Cluster,
    timeout_seconds: float,
    megabytes: float,
    *,
    new_namespaces_both: bool = False,
) -> Verdicts:
    """Return the verdict on `equivalent` or `refines` in each world: `cluster` against `other`.

    Raises:
        InternalError: the reference reading does not confirm a counterexample.
    """
    deadline = Deadline(timeout_seconds)
    changed = changed_sides(other, cluster)
    same = changed is not None and not any(changed.values())
    unmodelled = left_unmodelled(other, cluster, same_policies=same)
    if same and not unmodelled:
        return dict.fromkeys(_ASKED, Proved())
    changes = [Change.GAINED] if isinstance(prop.statement, Refines) else list(Change)
    found: dict[World, list[Verdict]] = {world: [] for world in _ASKED}
    for change in changes:
        judged = _Judged(prop, cluster, other, change, deadline, new_namespaces_both=new_namespaces_both)
        for world, verdict in judged.verdicts(Memory(megabytes)).items():
            found[world].append(verdict)
    if unmodelled:
        return {world: _unmodelled(verdicts, unmodelled) for world, verdicts in found.items()}
    return {world: _joined(verdicts) for world, verdicts in found.items()}


class _Judged:
    """One half of the question: is a flow gained (or lost) against the other set?"""

    def __init__(
        self,
        prop: Property,
        cluster: Cluster,
        other: Cluster,
        change: Change,
        deadline: Deadline,
        *,
        new_namespaces_both: bool,
    ) -> None:
        self._clusters = {Version.OLD: other, Version.NEW: cluster}
        self._change = change
        self._deadline = deadline
        population = _with_namespaces_of(other, cluster)
        self._differ = Differ(
            population,
            PolicySet(other.policies, other.tiers),
            PolicySet(cluster.policies, cluster.tiers),
            changed_sides(other, cluster),
            prop.readings,
            deadline,
            judged=change,
            new_namespaces_both=new_namespaces_both,
        )
        policies, tiers = (other.policies, cluster.policies), (other.tiers, cluster.tiers)
        self._asked = Asked(self._differ, (population, population), policies, tiers)
        self._both = new_namespaces_both

    def verdicts(self, memory: Memory) -> dict[World, Verdict]:
        """Return the verdict in each world."""
        try:
            with Watch(self._differ.symbols.terms, memory).over(self._deadline):
                judgements = Judge(self._differ.comparison).judge()
                snapshot = self._verdict(judgements.snapshot)
                same = judgements.any_pod is judgements.snapshot
                wide = snapshot if same else self._verdict(judgements.any_pod)
                return {World.SNAPSHOT: snapshot, World.ANY_POD: wide}
        except LimitError as limit:
            return {world: Unknown(limit.reason) for world in _ASKED}

    def _verdict(self, judgement: Judgement) -> Verdict:
        match judgement:
            case Holds():
                return Proved()
            case Empty():
                return Vacuous("there is no flow at all")
            case GaveUp(reason=reason):
                return Unknown(reason)
            case Fails(model=model):
                shown = self._shown(model)
                if self._open_orders:
                    return Unknown(_OPEN_ORDERS, shown)
                return Refuted(shown)
            case DependsOn(model=model, assignment=assignment, irreducible=irreducible):
                shown = self._shown(model)
                if self._open_orders:
                    return Unknown(_OPEN_ORDERS, shown)
                return Depends(self._in_words(assignment), shown, irreducible)
            case MayFail(model=model, reason=reason, facts=facts):
                return Unknown(reason, self._shown(model), facts)

    @property
    def _open_orders(self) -> bool:
        """Whether the other set has ties of its own: which completions there are is not followed then."""
        comparison = self._differ.comparison
        return not comparison.compared.same_tiers and bool(comparison.old_precedence.asked)

    def _shown(self, model: z3.ModelRef) -> FlowCounterexample:
        witness = witness_of(model, self._change, self._asked, new_namespaces_both=self._both)
        contrasts = tuple(dict.fromkeys(map(self._contrast, witness.causes)))
        return FlowCounterexample(
            witness.flow,
            witness.new,
            witness.readings,
            surroundings=witness.surroundings,
            contrasts=contrasts,
        )

    def _contrast(self, cause: Cause) -> Contrast:
        origin, rule = self._clusters[cause.version].origins.get(cause.policy), cause.rule
        route = ("metadata", "name") if rule is None else ("spec", rule.direction.lower(), rule.index)
        place = "" if origin is None else f" ({origin.span(*route)})"
        name = one_line(cause.policy) if rule is None else f"{one_line(cause.policy)} {rule.rule}"
        text = f"{name}{place} {cause.text}"
        return Contrast("other" if cause.version is Version.OLD else "this", text)

    def _in_words(self, assignment: Sequence[Choice]) -> tuple[Choice, ...]:
        nodes = self._differ.symbols.nodes
        return in_words(assignment, nodes.names[len(nodes.shown) :], self._is_spare)

    def _is_spare(self, key: str, subject: str, value: str) -> bool:
        """Return whether a label value stands for all those that nobody mentions (S-3)."""
        symbols = self._differ.symbols
        labels = symbols.pod_labels
        if subject.startswith("namespace "):
            labels = symbols.namespace_labels
        elif subject.startswith("node "):
            labels = symbols.node_labels
        return value == labels[key].value(OTHER)


def _with_namespaces_of(other: Cluster, cluster: Cluster) -> Population:
    """Return who exists in `cluster`, and the namespaces that only `other` has, their labels unknown (S-4).

    Policies of `other` speak for pods there. Without these namespaces a set that leaves their policies out
    would seem to refine it.
    """
    own = cluster.population.namespaces
    more = {name: Namespace(name, None) for name in other.population.namespaces if name not in own}
    return replace(cluster.population, namespaces={**own, **more})


def _joined(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the verdict on `equivalent` from those on its halves: it holds iff both do."""
    for kind in (Refuted, Depends, Unknown, Vacuous):
        for verdict in verdicts:
            if isinstance(verdict, kind):
                return verdict
    return Proved()


def _unmodelled(verdicts: Sequence[Verdict], reasons: Sequence[str]) -> Verdict:
    """Return what can be said where policies that are not modelled have a word too (S-12)."""
    shown = [verdict.counterexample for verdict in verdicts if isinstance(verdict, Refuted | Depends)]
    reason = "it depends on policies that are not modelled"
    return Unknown(reason, shown[0] if shown else None, tuple(reasons))
