"""Deciding properties of one cluster: terms built once, each question judged, every answer replayed."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

import z3

from verifier.analyses.nearest import nearest
from verifier.analyses.nobody import why_nobody
from verifier.analyses.selectors import pods_of
from verifier.cluster import Cluster
from verifier.deadline import DEFAULT_MEGABYTES, OUT_OF_MEMORY, Deadline, LimitError
from verifier.diagnostics import InternalError
from verifier.encodings.network_policy import PolicySides
from verifier.encodings.question import Question
from verifier.encodings.symbolic_flow import Role
from verifier.encodings.symbols import Symbols, build_symbols
from verifier.encodings.vocabulary import Mentions
from verifier.encodings.worlds import Universe
from verifier.flow import Flow, Pod
from verifier.manifest.network_policy import NetworkPolicy
from verifier.properties.registry import ends, mention, owners, questions
from verifier.properties.spec.scope import Cover, Forbid, Isolate, Only, Property, Statement, World
from verifier.semantics import decide, in_existing_namespaces, membership_faults, uncovered, violates
from verifier.solver.decode import decode_endpoint, decode_flow, decode_readings
from verifier.solver.judge import DependsOn, Empty, Fails, GaveUp, Holds, Judge, Judgement, MayFail
from verifier.solver.proof import grounds
from verifier.solver.search import Context, Search, Unsat, Untrusted
from verifier.solver.watch import Memory, Watch
from verifier.verdict import (
    Basis,
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
        mentions = Mentions()
        mentions.policies(cluster.policies)
        named: set[tuple[str | None, str]] = set()
        for statement in statements:
            mention(statement, cluster.population, mentions)
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
            Universe(self.symbols),
            _untrusted(cluster, self.symbols),
            self._both,
        )
        self.watch = Watch(self.symbols.terms, self._memory)

    def _prepare_anew(self) -> None:
        """Give the memory back that the terms hold: they live as long as their context."""
        del self.symbols, self.context, self.watch
        gc.collect()
        self._prepare()

    def decide(self, prop: Property, timeout_seconds: float) -> Mapping[World, Verdict]:
        """Return the verdict on a property in each world.

        Raises:
            InternalError: the reference reading does not confirm a counterexample.
        """
        deadline = Deadline(timeout_seconds)
        verdicts = self._decided(prop, deadline)
        if deadline.reason == OUT_OF_MEMORY:
            self._prepare_anew()
        return verdicts

    def _decided(self, prop: Property, deadline: Deadline) -> Mapping[World, Verdict]:
        found: dict[World, list[Verdict]] = {world: [] for world in World}
        searches: list[Search] = []
        try:
            with self.watch.over(deadline):
                for question in questions(prop.statement, self.symbols):
                    judge = Judge(self.context, question, dict(prop.readings), deadline)
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
        judgements = judge.judge()
        pairs = ((World.SNAPSHOT, judgements.snapshot), (World.ANY_POD, judgements.any_pod))
        return {
            world: self._verdict(prop.statement, question, judgement, world, prop.readings, deadline)
            for world, judgement in pairs
        }

    def _explained(self, searches: Sequence[Search], world: World) -> Proved:
        try:
            found = grounds(searches, world, self.context.sides.plain)
        except LimitError:
            found = None
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
                shown = self._replayed(statement, question, model, deadline)
                if shown is None:
                    raise InternalError("the reference reading does not confirm the counterexample found")
                return Refuted(shown)
            case DependsOn(model=model, assignment=assignment, irreducible=irreducible):
                shown = self._replayed(statement, question, model, deadline)
                if shown is None:
                    raise InternalError("the reference reading does not confirm the counterexample found")
                return Depends(assignment, shown, irreducible)
            case MayFail(model=model, reason=reason, facts=facts):
                shown = self._replayed(statement, question, model, deadline)
                if shown is None and self.context.untrusted == Untrusted():
                    raise InternalError("the reference reading does not confirm the counterexample found")
                return Unknown(reason, shown, facts)

    def _replayed(
        self, statement: Statement, question: Question, model: z3.ModelRef, deadline: Deadline
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
            return PodCounterexample(pod, question.covers, readings)
        flow = decode_flow(model, self.symbols)
        self._check_membership(flow)
        policies = self.policies_for(flow.source, flow.destination)
        if not violates(statement, flow, policies, readings):
            return None
        decision = decide(flow, policies, readings)
        refusing = [side for side in (decision.egress, decision.ingress) if not side.allowed]
        misses = [nearest(side, flow, policies, readings, deadline) for side in refusing]
        return FlowCounterexample(
            flow, decision, readings, tuple(miss for miss in misses if miss is not None)
        )

    def _check_membership(self, shown: Flow | Sequence[Pod]) -> None:
        world = World.ANY_POD
        both = self.context.new_namespaces_both
        faults = membership_faults(shown, self.cluster.population, world, both)
        if faults:
            raise InternalError(f"a counterexample that cannot exist: {'; '.join(faults)}")

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
