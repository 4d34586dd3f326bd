"""Deciding properties of one cluster: terms built once, each question judged, every answer replayed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import z3

from verifier.analyses.change import smallest_changes
from verifier.analyses.choices import in_words
from verifier.analyses.nearest import nearest
from verifier.analyses.nobody import why_nobody
from verifier.analyses.openings import admissions, overlooked, overlooked_of
from verifier.analyses.selectors import pods_of
from verifier.cluster import Cluster
from verifier.diagnostics import InternalError
from verifier.encodings.network_policy import PolicySides
from verifier.encodings.question import Question
from verifier.encodings.symbolic_flow import Role
from verifier.encodings.symbols import Symbols, build_symbols
from verifier.encodings.vocabulary import OTHER, Mentions
from verifier.encodings.worlds import Universe
from verifier.flow import Flow, Pod
from verifier.manifest.network_policy import NetworkPolicy
from verifier.properties.registry import Written, ends, mention, owners, questions
from verifier.properties.spec.scope import (
    Cover,
    Forbid,
    Isolate,
    Only,
    Property,
    Require,
    Statement,
    World,
)
from verifier.readings import Readings
from verifier.semantics import decide, in_existing_namespaces, membership_faults, uncovered, violates
from verifier.solver.decode import decode_endpoint, decode_flow, decode_readings
from verifier.solver.judge import DependsOn, Empty, Fails, GaveUp, Holds, Judge, Judgement, MayFail
from verifier.solver.proof import grounds
from verifier.solver.search import Context, Deadline, Search, Unsat, Untrusted
from verifier.verdict import (
    Basis,
    Change,
    Choice,
    Counterexample,
    Depends,
    FlowCounterexample,
    OpenSide,
    PodCounterexample,
    Proved,
    Refuted,
    Unknown,
    Vacuous,
    Verdict,
)

Choices = Mapping[str, bool | str]


class Engine:
    """One cluster with everything that some statements mention; decides statements about it."""

    def __init__(
        self, cluster: Cluster, statements: Iterable[Statement], *, new_namespaces_both: bool = False
    ) -> None:
        self.cluster = cluster
        mentions, self._written = Mentions(), Written()
        for taken_in in (mentions, self._written):
            taken_in.policies(cluster.policies)
        named: set[tuple[str | None, str]] = set()
        for statement in statements:
            for taken_in in (mentions, self._written):
                mention(statement, cluster.population, taken_in)
            named |= owners(statement)
        self.symbols = build_symbols(cluster.population, mentions, named)
        self.context = Context(
            self.symbols,
            PolicySides(self.symbols, cluster.policies),
            Universe(self.symbols),
            _untrusted(cluster, self.symbols),
            new_namespaces_both,
        )
        self._by_namespace: dict[str, list[NetworkPolicy]] = {}
        for policy in cluster.policies:
            self._by_namespace.setdefault(policy.namespace, []).append(policy)

    def decide(self, prop: Property, timeout_seconds: float) -> Mapping[World, Verdict]:
        """Return the verdict on a property in each world.

        Raises:
            InternalError: the reference reading does not confirm a counterexample.
        """
        deadline = Deadline(timeout_seconds)
        readings = dict(prop.readings)
        found: dict[World, list[Verdict]] = {World.SNAPSHOT: [], World.ANY_POD: []}
        searches = []
        for question in questions(prop.statement, self.symbols):
            judge = Judge(self.context, question, readings, deadline)
            searches.append(judge.search)
            judgements = judge.judge()
            for world, judgement in (
                (World.SNAPSHOT, judgements.snapshot),
                (World.ANY_POD, judgements.any_pod),
            ):
                if world is World.ANY_POD and judgement is judgements.snapshot:
                    found[world].append(found[World.SNAPSHOT][-1])  # a violation is one in both
                    continue
                found[world].append(
                    self._verdict(prop.statement, question, judgement, world, readings, deadline)
                )
        verdicts = {world: _joined(each) for world, each in found.items()}
        if isinstance(verdicts[prop.world], Proved):
            verdicts[prop.world] = self._explained(searches, prop.world)
        return verdicts

    def _explained(self, searches: Sequence[Search], world: World) -> Proved:
        found = grounds(searches, world, self.context.sides.plain)
        if found is None:
            return Proved()
        selectors = {policy.title: policy.spec.pod_selector for policy in self.cluster.policies}
        bases = (Basis(item, pods_of(selectors[item.policy])) for item in found.items)
        sides = (OpenSide(direction, unisolated) for direction, unisolated in found.without_rule)
        return Proved(tuple(bases), found.irreducible, tuple(sides))

    def notes(
        self, prop: Property, verdicts: Mapping[World, Verdict], timeout_seconds: float
    ) -> tuple[str, ...]:
        """Return what a reader of the verdict should know besides: an `only` that nobody can make use of."""
        statement = prop.statement
        if not isinstance(statement, Only) or not isinstance(verdicts[World.SNAPSHOT], Proved):
            return ()
        allowed = Forbid(statement.source, statement.destination, statement.ports)
        question = questions(allowed, self.symbols)[0]
        search = Search(self.context, question, dict(prop.readings), Deadline(timeout_seconds))
        if isinstance(search.run([search.violating, search.snapshot]), Unsat):
            return ("nobody can make use of it: of the pods shown, not even `from` reaches `to` there",)
        return ()

    def policies_for(self, *pods: object) -> list[NetworkPolicy]:
        """Return the policies of the pods' namespaces, in input order; no other can select them (NP-1)."""
        names = dict.fromkeys(pod.namespace.name for pod in pods if isinstance(pod, Pod))
        return [policy for name in names for policy in self._by_namespace.get(name, ())]

    # --- one judgement -------------------------------------------------------------------------------------

    def _verdict(
        self,
        statement: Statement,
        question: Question,
        judgement: Judgement,
        world: World,
        readings: Choices,
        deadline: Deadline,
    ) -> Verdict:
        match judgement:
            case Holds():
                return Proved()
            case Empty():
                return self._nobody(statement, world, readings, deadline)
            case GaveUp(reason=reason):
                return Unknown(f"the solver gave up: {reason}")
            case Fails(model=model):
                # A violation in the snapshot is one in the wider world too.
                shown = self._replayed(statement, question, model)
                if shown is None:
                    raise InternalError("the reference reading does not confirm the counterexample found")
                return Refuted(
                    self._with_changes(shown, readings) if isinstance(statement, Require) else shown
                )
            case DependsOn(model=model, assignment=assignment):
                shown = self._replayed(statement, question, model)
                if shown is None:
                    raise InternalError("the reference reading does not confirm the counterexample found")
                return Depends(self._in_words(assignment), shown)
            case MayFail(model=model, reason=reason, facts=facts):
                shown = self._replayed(statement, question, model)
                if shown is None and self.context.untrusted == Untrusted():
                    raise InternalError("the reference reading does not confirm the counterexample found")
                return Unknown(reason, shown, facts)

    def _replayed(
        self, statement: Statement, question: Question, model: z3.ModelRef
    ) -> Counterexample | None:
        """Return the counterexample of `model`, None if the reference reading says that it is none.

        Raises:
            InternalError: it could not exist in the world at all.
        """
        readings = decode_readings(model, self.symbols)
        if isinstance(statement, Cover):
            pod = decode_endpoint(model, self.symbols, self.symbols.flow.end(Role.DESTINATION), alone=True)
            if not isinstance(pod, Pod) or question.covers is None:
                raise InternalError("`cover` was answered with something that is no pod")
            self._check_membership([pod])
            open_in = uncovered(statement, pod, self.policies_for(pod), readings)
            if question.covers not in open_in or not in_existing_namespaces([pod], self.cluster.population):
                return None
            found = overlooked(pod, question.covers, self.policies_for(pod), readings)
            return PodCounterexample(pod, question.covers, readings, () if found is None else (found,))
        flow = decode_flow(model, self.symbols)
        self._check_membership(flow)
        policies = self.policies_for(flow.source, flow.destination)
        if not violates(statement, flow, policies, readings):
            return None
        decision = decide(flow, policies, readings)
        sides = (decision.egress, decision.ingress)
        if isinstance(statement, Require):
            misses = [nearest(side, flow, policies, readings) for side in sides if not side.allowed]
            near = tuple(miss for miss in misses if miss is not None)
            return FlowCounterexample(flow, decision, readings, nearest=near)
        admitted = tuple(each for side in sides for each in admissions(side, flow, policies, readings))
        closers = [overlooked_of(side, flow, policies, readings) for side in sides]
        passed_by = tuple(closer for closer in closers if closer is not None)
        return FlowCounterexample(flow, decision, readings, admissions=admitted, overlooked=passed_by)

    def _with_changes(self, shown: Counterexample, choices: Choices) -> Counterexample:
        if not isinstance(shown, FlowCounterexample):
            return shown
        return replace(shown, changes=self.changes(shown.flow, shown.readings, choices))

    def changes(self, flow: Flow, readings: Readings, choices: Choices) -> tuple[Change, ...]:
        """Return the smallest changes by which a flow that is refused would surely be allowed, if any."""
        unmodelled = {policy.namespace for policy in self.cluster.unmodelled}
        ends = {end.namespace.name for end in (flow.source, flow.destination) if isinstance(end, Pod)}
        if None in unmodelled or ends & unmodelled:
            return ()
        policies = self.policies_for(flow.source, flow.destination)
        return smallest_changes(flow, policies, self.cluster.population, readings, choices)

    def _check_membership(self, shown: Flow | Sequence[Pod]) -> None:
        world = World.ANY_POD
        both = self.context.new_namespaces_both
        faults = membership_faults(shown, self.cluster.population, world, both)
        if faults:
            raise InternalError(f"a counterexample that cannot exist: {'; '.join(faults)}")

    def _in_words(self, assignment: Sequence[Choice]) -> tuple[Choice, ...]:
        nodes = self.symbols.nodes
        return in_words(assignment, nodes.names[len(nodes.shown) :], self._is_spare)

    def _is_spare(self, key: str, subject: str, value: str) -> bool:
        """Return whether a label value stands for all those that nobody mentions (S-3)."""
        if subject.startswith("namespace "):
            domain = self.symbols.namespace_labels[key]
            return value == domain.value(OTHER) or value not in self._written.namespace_labels[key]
        return value == self.symbols.pod_labels[key].value(OTHER)

    def _nobody(self, statement: Statement, world: World, readings: Choices, deadline: Deadline) -> Vacuous:
        """Return why the scope is empty: which end selects nobody, or that the two never meet."""
        empty = []
        for name, question in ends(statement, self.symbols):
            search = Search(self.context, question, dict(readings), deadline)
            if isinstance(search.run([search.snapshot] if world is World.SNAPSHOT else []), Unsat):
                empty.append(name)
        # In the wider world it is not for want of a label that nobody bears.
        shown = world is World.SNAPSHOT or isinstance(statement, Isolate)
        hints = why_nobody(statement, empty, self.cluster.population) if shown else ()
        if not empty:
            return Vacuous("no flow is in its scope", hints)
        named = " and ".join(f"`{name}`" for name in empty)
        return Vacuous(f"{named} {'selects' if len(empty) == 1 else 'select'} nobody", hints)


def _untrusted(cluster: Cluster, symbols: Symbols) -> Untrusted:
    names = frozenset(
        symbols.table.index(policy.namespace)
        for policy in cluster.unmodelled
        if policy.namespace is not None and policy.namespace in cluster.population.namespaces
    )
    words = tuple(
        f"what {policy.kind} `{policy.namespace + '/' if policy.namespace else ''}{policy.name}` says"
        f" ({policy.origin.span()}: this kind is not modelled)"
        for policy in cluster.unmodelled
    )
    return Untrusted(names, any(policy.namespace is None for policy in cluster.unmodelled), words)


def _joined(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the verdict on a property from those on its questions: it holds iff each of them does."""
    for kind in (Refuted, Depends, Unknown, Vacuous):
        for verdict in verdicts:
            if isinstance(verdict, kind):
                return verdict
    return Proved()
