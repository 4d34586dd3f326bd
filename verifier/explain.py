"""Why is this one flow allowed, or not? The answer of `query`, and the whole way to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from verifier.analyses.explain import ExplainedSide, explain_sides
from verifier.analyses.nearest import nearest
from verifier.ask import (
    Instance,
    Pair,
    Question4,
    find_instance,
    owned_by,
    read_flow,
    replayed,
    whole_question,
)
from verifier.choices import check_readings
from verifier.cluster import Cluster
from verifier.cluster.model import UnmodelledPolicy
from verifier.deadline import DEFAULT_MEGABYTES, DEFAULT_SECONDS, Deadline, LimitError
from verifier.diagnostics import Diagnostic, InputError, Span, one_line
from verifier.engine import Engine
from verifier.flow import Decision, Flow, Pod, Protocol
from verifier.manifest.spelling import suggestion
from verifier.properties.registry import questions
from verifier.readings import DEFAULT_PROFILE, Profile, Readings, profile_choices
from verifier.solver.answers import Sat
from verifier.solver.judge import DependsOn, Fails, GaveUp, Judge, MayFail
from verifier.solver.search import Search
from verifier.verdict import Change, Choice, NearMiss

PORT = Span("PORT")
_DEPENDS = "it depends on what the input leaves open"
_DIFFERS = "some of these flows are allowed and some are denied, whatever the input leaves open"


@dataclass(frozen=True, slots=True)
class Case:
    """One concrete flow, what is decided about it, and the way there.

    `assignment` are choices under which some flow is surely decided so; empty where none is needed.
    `nearest` holds, for a side that refuses, the rule that comes nearest; `changes` what would surely let
    the flow through, nothing where that cannot be said.
    """

    flow: Flow
    decision: Decision
    readings: Readings
    sides: tuple[ExplainedSide, ExplainedSide]
    assignment: tuple[Choice, ...] = ()
    nearest: tuple[NearMiss, ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer of `query`, and a case for it; where it depends, one that is allowed and one denied.

    `reason` says why there is no plain answer. `unmodelled` are policies of kinds that are not modelled and
    may have another say.
    """

    source: str
    destination: str
    protocol: Protocol
    port: int
    allowed: bool | None
    reason: str | None = None
    cases: tuple[Case, ...] = ()
    unmodelled: tuple[UnmodelledPolicy, ...] = ()


def explain(
    cluster: Cluster,
    source: str,
    destination: str,
    port: str,
    *,
    profile: Profile = DEFAULT_PROFILE,
    readings: Mapping[str, bool | str] | None = None,
    timeout_seconds: float = DEFAULT_SECONDS,
    memory_megabytes: float = DEFAULT_MEGABYTES,
) -> Explanation:
    """Return whether a flow is allowed, and why.

    Args:
        source: as in `query`: `namespace/name`, `namespace/Kind/name`, `ip:ADDRESS` or `node:NAME`.
        port: `5432`, `53/UDP`, or the name of a port that the destination declares.
        profile: whose readings are taken; `readings` then says otherwise of single ones.

    Raises:
        InputError: an endpoint does not exist, or the port is none.
        InternalError: the two readings disagree.
    """
    check_readings(readings or {})
    choices = {**profile_choices(profile), **(readings or {})}
    asked, pair = _asked(cluster, source, destination, port)
    engine = Engine(cluster, [pair.may, pair.must], megabytes=memory_megabytes)
    return _Explainer(engine, asked, pair, choices, Deadline(timeout_seconds)).explained()


def _asked(cluster: Cluster, source: str, destination: str, port: str) -> tuple[Question4, Pair]:
    number, protocol, faults = _port(cluster, destination, port)
    asked = (source, destination, protocol, number)
    _, pair, found = read_flow(cluster, asked, 0)
    if pair is None or faults or found:
        raise InputError(found or faults)
    return asked, pair


def _port(cluster: Cluster, destination: str, text: str) -> tuple[int, str, list[Diagnostic]]:
    """Return number and protocol; a stand-in and what is wrong where there are none."""
    name, slash, protocol = text.partition("/")
    if name.isascii() and name.isdigit() and len(name) <= len("65535"):
        return int(name), protocol if slash else "TCP", []
    declared = [port for workload in owned_by(cluster, destination) for port in workload.ports]
    found = {
        (port.number, str(port.protocol))
        for port in declared
        if port.name == name and (not slash or port.protocol == protocol)
    }
    if len(found) == 1:
        return *found.pop(), []
    if found:
        listed = " and ".join(f"{number}/{spoken}" for number, spoken in sorted(found))
        message = f"`{one_line(destination)}` calls {listed} `{one_line(name)}`: say which"
        return 1, "TCP", [Diagnostic("ambiguous-port", PORT, message)]
    names = [port.name for port in declared if port.name is not None]
    message = f"`{one_line(destination)}` declares no port called `{one_line(text)}`"
    advice = suggestion(name, names) or "write a port as in `5432` or `53/UDP`, or the name of a declared one"
    return 1, "TCP", [Diagnostic("unknown-port", PORT, message, advice)]


class _Explainer:
    def __init__(
        self,
        engine: Engine,
        asked: Question4,
        pair: Pair,
        choices: dict[str, bool | str],
        deadline: Deadline,
    ) -> None:
        self.engine, self.asked, self.pair, self.choices = engine, asked, pair, choices
        self.deadline = deadline
        self.may = questions(pair.may, engine.symbols)[0]
        self.must = questions(pair.must, engine.symbols)[0]

    def explained(self) -> Explanation:
        try:
            with self.engine.watch.over(self.deadline):
                return self._answer()
        except LimitError as limit:
            return self._plain(None, limit.reason)

    def _answer(self) -> Explanation:
        allowed = find_instance(self.engine, self.pair, self.may, self.choices, self.deadline)
        denied = find_instance(self.engine, self.pair, self.must, self.choices, self.deadline)
        if allowed is None and denied is None:
            return self._plain(None, "no such flow exists: the two ends have no addresses that can meet")
        if denied is None and allowed is not None:
            return self._plain(True, None, self._case(allowed))
        if allowed is None and denied is not None:
            return self._plain(False, None, self._case(denied))
        return self._depends()

    def _plain(self, allowed: bool | None, reason: str | None, *cases: Case) -> Explanation:
        source, destination, protocol, port = self.asked
        touched = {
            end.namespace.name
            for case in cases
            for end in (case.flow.source, case.flow.destination)
            if isinstance(end, Pod)
        }
        unmodelled = tuple(
            policy
            for policy in self.engine.cluster.unmodelled
            if policy.namespace is None or policy.namespace in touched
        )
        return Explanation(source, destination, Protocol(protocol), port, allowed, reason, cases, unmodelled)

    def _depends(self) -> Explanation:
        """Both are possible: on what does it depend, and what is the way to each?"""
        cases: list[Case] = []
        for question in (self.may, self.must):
            whole = whole_question(self.engine, self.pair, question)
            search = Search(self.engine.context, whole, self.choices, self.deadline)
            judged = Judge(search).judge_snapshot()
            match judged:
                case Fails(model=model) | MayFail(model=model):
                    case = self._case(replayed(self.engine, self.pair, question, Sat(model)))
                case DependsOn(model=model, assignment=assignment):
                    case = self._case(replayed(self.engine, self.pair, question, Sat(model)), assignment)
                case GaveUp(reason=reason):
                    return self._plain(None, f"the solver gave up: {reason}", *cases)
                case _:
                    continue
            if case not in cases:
                cases.append(case)
        both = len(cases) > 1 and not any(case.assignment for case in cases)
        found = self._plain(None, _DIFFERS if both else _DEPENDS, *cases)
        if found.unmodelled:
            return self._plain(None, "a policy of a kind that is not modelled may have another say", *cases)
        return found

    def _case(self, instance: Instance, assignment: tuple[Choice, ...] = ()) -> Case:
        flow, decision, readings = instance.flow, instance.decision, instance.readings
        policies = self.engine.replay.policies_for(flow.source, flow.destination)
        tiers = self.engine.cluster.tiers
        sides = explain_sides(flow, decision, policies, readings, tiers, instance.surroundings)
        refusing = [side for side in (decision.egress, decision.ingress) if not side.allowed]
        misses = [nearest(side, flow, policies, readings, self.deadline) for side in refusing]
        return Case(
            flow,
            decision,
            readings,
            sides,
            assignment,
            tuple(miss for miss in misses if miss is not None),
            self.engine.replay.changes(flow, readings, self.choices) if refusing else (),
        )
