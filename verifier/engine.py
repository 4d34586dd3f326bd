"""Deciding properties of one cluster: terms built once, each question judged, every answer replayed."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace

import z3

from verifier.analyses.change import smallest_changes
from verifier.analyses.choices import in_words
from verifier.analyses.nearest import nearest
from verifier.analyses.nobody import why_nobody
from verifier.analyses.openings import admissions, overlooked, overlooked_of
from verifier.analyses.selectors import pods_of, subject_of
from verifier.analyses.written import as_yaml, sets_of_policies
from verifier.cluster import Cluster
from verifier.deadline import DEFAULT_MEGABYTES, OUT_OF_MEMORY, Deadline, LimitError
from verifier.diagnostics import InternalError
from verifier.encodings.network_policy import PolicySides
from verifier.encodings.question import Question
from verifier.encodings.symbolic_flow import Role
from verifier.encodings.symbols import Symbols, build_symbols
from verifier.encodings.tiers import TierSides
from verifier.encodings.vocabulary import OTHER, Mentions
from verifier.encodings.worlds import Universe
from verifier.flow import Flow, Pod, Surroundings
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
from verifier.semantics import (
    decide,
    in_existing_namespaces,
    membership_faults,
    surroundings_faults,
    uncovered,
    violates,
)
from verifier.solver.decode import decode_endpoint, decode_flow, decode_readings, decode_surroundings
from verifier.solver.judge import DependsOn, Empty, Fails, GaveUp, Holds, Judge, Judgement, MayFail
from verifier.solver.proof import grounds
from verifier.solver.search import Context, Search, Unsat, Untrusted
from verifier.solver.watch import Memory, Watch, watching
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
        self,
        cluster: Cluster,
        statements: Iterable[Statement],
        *,
        new_namespaces_both: bool = False,
        megabytes: float = DEFAULT_MEGABYTES,
    ) -> None:
        self.cluster = cluster
        mentions, self._written = Mentions(), Written()
        for taken_in in (mentions, self._written):
            taken_in.policies(cluster.policies)
            taken_in.tiers(cluster.tiers)
        named: set[tuple[str | None, str]] = set()
        for statement in statements:
            for taken_in in (mentions, self._written):
                mention(statement, cluster.population, taken_in)
            named |= owners(statement)
        self._mentions, self._owners = mentions, named
        self._both = new_namespaces_both
        self._memory = Memory(megabytes)
        self._prepare()
        self._by_namespace: dict[str, list[NetworkPolicy]] = {}
        for policy in cluster.policies:
            self._by_namespace.setdefault(policy.namespace, []).append(policy)

    def _prepare(self) -> None:
        cluster = self.cluster
        self.symbols = build_symbols(cluster.population, self._mentions, self._owners)
        self.context = Context(
            self.symbols,
            PolicySides(self.symbols, cluster.policies),
            TierSides(self.symbols, cluster.tiers),
            Universe(self.symbols),
            _untrusted(cluster, self.symbols),
            self._both,
        )
        self.any_policy = replace(self.context, any_policy=True)
        self.watch = Watch(self.symbols.terms, self._memory)

    def _prepare_anew(self) -> None:
        """Give the memory back that the terms hold: they live as long as their context."""
        del self.symbols, self.context, self.any_policy, self.watch
        gc.collect()
        self._prepare()

    def at_work(self) -> AbstractContextManager[None]:
        """Keep from one statement to the next what watches over them: worth it where there are many."""
        return watching()

    def decide(self, prop: Property, timeout_seconds: float) -> Mapping[World, Verdict]:
        """Return the verdict on a property in each world; in `any-policy` only if the property asks for it.

        Raises:
            InternalError: the reference reading does not confirm a counterexample.
        """
        deadline = Deadline(timeout_seconds)
        verdicts = self._decided(prop, deadline)
        if deadline.reason == OUT_OF_MEMORY:
            self._prepare_anew()
        return verdicts

    def _decided(self, prop: Property, deadline: Deadline) -> Mapping[World, Verdict]:
        any_policy = World.ANY_POLICY in (prop.world, *prop.expected)
        asked = [World.ANY_POLICY] if any_policy else []
        found: dict[World, list[Verdict]] = {world: [] for world in (*asked, World.SNAPSHOT, World.ANY_POD)}
        searches: list[Search] = []
        try:
            with self.watch.over(deadline):
                for question in questions(prop.of_one_set, self.symbols):
                    for context in (self.any_policy, self.context) if any_policy else (self.context,):
                        judge = Judge(Search(context, question, dict(prop.readings), deadline))
                        if context.any_policy is (prop.world is World.ANY_POLICY):
                            searches.append(judge.search)
                        for world, verdict in self._judged(prop, question, judge, deadline).items():
                            found[world].append(verdict)
                verdicts = {world: _joined(each) for world, each in found.items()}
                if isinstance(verdicts[prop.world], Proved):
                    verdicts[prop.world] = self._explained(searches, prop.world)
                return verdicts
        except LimitError as limit:
            return {world: _joined([*each, Unknown(limit.reason)]) for world, each in found.items()}

    def _judged(
        self, prop: Property, question: Question, judge: Judge, deadline: Deadline
    ) -> dict[World, Verdict]:
        def verdict(judgement: Judgement, world: World) -> Verdict:
            return self._verdict(prop.of_one_set, question, judgement, world, prop.readings, deadline)

        if judge.search.context.any_policy:
            return {World.ANY_POLICY: verdict(judge.judge_any_pod(), World.ANY_POLICY)}
        judgements = judge.judge()
        snapshot = verdict(judgements.snapshot, World.SNAPSHOT)
        # A violation in the snapshot is one in the wider world too.
        same = judgements.any_pod is judgements.snapshot
        wide = snapshot if same else verdict(judgements.any_pod, World.ANY_POD)
        return {World.SNAPSHOT: snapshot, World.ANY_POD: wide}

    def _explained(self, searches: Sequence[Search], world: World) -> Proved:
        try:
            found = grounds(searches, world, self.context.sides.plain)
        except LimitError:
            found = None
        if found is None:
            return Proved()
        pods = {policy.title: pods_of(policy.spec.pod_selector) for policy in self.cluster.policies}
        pods |= {policy.title: subject_of(policy.subject) for policy in self.cluster.tiers}
        bases = (Basis(item, pods[item.policy]) for item in found.items)
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
        deadline = Deadline(timeout_seconds)
        with suppress(LimitError), self.watch.over(deadline):
            search = Search(self.context, question, dict(prop.readings), deadline)
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
                return Unknown(reason)
            case Fails(model=model):
                # A violation in the snapshot is one in the wider world too.
                shown = self._replayed(statement, question, model, world, deadline)
                if shown is None:
                    raise InternalError("the reference reading does not confirm the counterexample found")
                return Refuted(
                    self._with_changes(shown, readings) if isinstance(statement, Require) else shown
                )
            case DependsOn(model=model, assignment=assignment, irreducible=irreducible):
                shown = self._replayed(statement, question, model, world, deadline)
                if shown is None:
                    raise InternalError("the reference reading does not confirm the counterexample found")
                return Depends(self._in_words(assignment), shown, irreducible)
            case MayFail(model=model, reason=reason, facts=facts):
                shown = self._replayed(statement, question, model, world, deadline)
                if shown is None and self.context.untrusted == Untrusted():
                    raise InternalError("the reference reading does not confirm the counterexample found")
                return Unknown(reason, shown, facts)

    def _replayed(
        self,
        statement: Statement,
        question: Question,
        model: z3.ModelRef,
        world: World,
        deadline: Deadline,
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
        around = self.surroundings(model, flow)
        tiers, any_policy = self.cluster.tiers, world is World.ANY_POLICY
        given = [tuple(self.policies_for(flow.source, flow.destination))]
        for policies in sets_of_policies(flow, allowing=not question.harmless) if any_policy else given:
            if violates(statement, flow, policies, readings, tiers, around):
                break
        else:
            return None
        decision = decide(flow, policies, readings, tiers, around)
        sides = (decision.egress, decision.ingress)
        written = tuple(as_yaml(policy) for policy in policies) if any_policy else None
        shown = FlowCounterexample(flow, decision, readings, surroundings=around, written=written)
        if isinstance(statement, Require):
            misses = [nearest(side, flow, policies, readings, deadline) for side in sides if not side.allowed]
            return replace(shown, nearest=tuple(miss for miss in misses if miss is not None))
        if tiers or any_policy:  # the walk says what lets it through
            return shown
        admitted = tuple(each for side in sides for each in admissions(side, flow, policies, readings))
        closers = [overlooked_of(side, flow, policies, readings) for side in sides]
        passed_by = tuple(closer for closer in closers if closer is not None)
        return replace(shown, admissions=admitted, overlooked=passed_by)

    def _with_changes(self, shown: Counterexample, choices: Choices) -> Counterexample:
        if not isinstance(shown, FlowCounterexample) or shown.written is not None:
            return shown
        return replace(shown, changes=self.changes(shown.flow, shown.readings, choices))

    def changes(self, flow: Flow, readings: Readings, choices: Choices) -> tuple[Change, ...]:
        """Return the smallest changes by which a flow that is refused would surely be allowed, if any."""
        unmodelled = {policy.namespace for policy in self.cluster.unmodelled}
        ends = {end.namespace.name for end in (flow.source, flow.destination) if isinstance(end, Pod)}
        if self.cluster.tiers or None in unmodelled or ends & unmodelled:
            return ()
        policies = self.policies_for(flow.source, flow.destination)
        return smallest_changes(flow, policies, self.cluster.population, readings, choices)

    def surroundings(self, model: z3.ModelRef, flow: Flow) -> Surroundings:
        """Return what tiers depend on besides `flow`, as `model` has it.

        Raises:
            InternalError: it cannot be so.
        """
        around = decode_surroundings(model, self.symbols, self.context.tiers.precedence, flow)
        faults = surroundings_faults(around, self.cluster.population)
        if faults:
            raise InternalError(f"a counterexample that cannot exist: {'; '.join(faults)}")
        return around

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
        labels = self.symbols.node_labels if subject.startswith("node ") else self.symbols.pod_labels
        return value == labels[key].value(OTHER)

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
