"""What a solver finds, confirmed by the reference reading before anybody sees it, and told in its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import z3

from verifier.analyses.change import smallest_changes
from verifier.analyses.nearest import nearest
from verifier.analyses.openings import admissions, overlooked, overlooked_of
from verifier.analyses.written import as_yaml, sets_of_policies
from verifier.cluster import Cluster
from verifier.deadline import Deadline
from verifier.diagnostics import InternalError
from verifier.encodings.question import Question
from verifier.encodings.symbolic_flow import Role
from verifier.flow import Endpoint, Flow, Pod, Surroundings
from verifier.manifest.by_namespace import PoliciesByNamespace
from verifier.manifest.network_policy import NetworkPolicy
from verifier.properties.spec.scope import Cover, Require, Statement, World
from verifier.readings import Readings
from verifier.semantics import (
    decide,
    in_existing_namespaces,
    membership_faults,
    surroundings_faults,
    uncovered,
    violates,
)
from verifier.solver.context import Context
from verifier.solver.decode import decode_endpoint, decode_flow, decode_readings, decode_surroundings
from verifier.verdict import Change, Counterexample, FlowCounterexample, PodCounterexample

Choices = Mapping[str, bool | str]


class Replay:
    """The reference reading of one cluster, and how models over `context` are to be read."""

    def __init__(self, cluster: Cluster, context: Context, policies: PoliciesByNamespace) -> None:
        self.cluster, self.context, self.symbols = cluster, context, context.symbols
        self._policies = policies

    def policies_for(self, *pods: object) -> list[NetworkPolicy]:
        """Return the policies of the pods' namespaces, in input order; no other can select them (NP-1)."""
        return self._policies.around(*pods)

    def confirmed(
        self,
        statement: Statement,
        question: Question,
        model: z3.ModelRef,
        world: World,
        deadline: Deadline,
        readings: Choices | None = None,
    ) -> Counterexample:
        """Return the counterexample of `model`; of a flow refused, what would allow it under `readings`.

        Raises:
            InternalError: the reference reading says that it is none, or could not exist.
        """
        shown = self.counterexample(statement, question, model, world, deadline)
        if shown is None:
            raise InternalError("the reference reading does not confirm the counterexample found")
        if isinstance(statement, Require) and readings is not None:
            return self._with_changes(shown, readings)
        return shown

    def counterexample(
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
            return self.of_pod(statement, question, pod, readings)
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

    def of_pod(
        self, statement: Cover, question: Question, pod: Endpoint, readings: Readings
    ) -> Counterexample | None:
        """Return the counterexample that `pod` is, None if the reference reading says that it is none.

        Raises:
            InternalError: it could not exist at all.
        """
        if not isinstance(pod, Pod) or question.covers is None:
            raise InternalError("`cover` was answered with something that is no pod")
        self._check_membership([pod])
        open_in = uncovered(statement, pod, self.policies_for(pod), readings)
        if question.covers not in open_in or not in_existing_namespaces([pod], self.cluster.population):
            return None
        found = overlooked(pod, question.covers, self.policies_for(pod), readings)
        return PodCounterexample(pod, question.covers, readings, () if found is None else (found,))

    def _with_changes(self, shown: Counterexample, choices: Choices) -> Counterexample:
        if not isinstance(shown, FlowCounterexample) or shown.written is not None:
            return shown
        return replace(shown, changes=self.changes(shown.flow, shown.readings, choices))

    def changes(self, flow: Flow, readings: Readings, choices: Choices) -> tuple[Change, ...]:
        """Return the smallest changes by which a flow that is refused would surely be allowed, if any."""
        unmodelled = {policy.namespace for policy in self.cluster.unmodelled}
        ends = {end.namespace.name for end in (flow.source, flow.destination) if isinstance(end, Pod)}
        if None in unmodelled or ends & unmodelled:
            return ()
        policies = self.policies_for(flow.source, flow.destination)
        cluster = self.cluster
        return smallest_changes(flow, policies, cluster.population, readings, choices, cluster.tiers)

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
