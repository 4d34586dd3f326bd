"""Is this one flow allowed? The same terms and solver as `check`, and the reference reading beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from verifier.choices import check_readings
from verifier.cluster import Cluster
from verifier.deadline import DEFAULT_MEGABYTES, DEFAULT_SECONDS, Deadline, LimitError
from verifier.diagnostics import Diagnostic, InputError, InternalError, Span, one_line
from verifier.encodings.question import Question
from verifier.engine import Engine
from verifier.flow import MAX_PORT, MIN_PORT, Decision, Flow, Protocol, Surroundings
from verifier.manifest.cidr import parse_address
from verifier.manifest.network_policy import IPBlock
from verifier.manifest.spelling import suggestion
from verifier.population import Workload
from verifier.properties.registry import questions
from verifier.properties.spec.scope import Endpoints, Forbid, PortRange, Require, Selection, World
from verifier.readings import DEFAULT_PROFILE, Readings, profile_choices
from verifier.semantics import decide, membership_faults
from verifier.solver.answers import Sat, Undecided, Unsat
from verifier.solver.context import Untrusted
from verifier.solver.decode import decode_flow, decode_readings
from verifier.solver.preferences import polish
from verifier.solver.search import Search
from verifier.verdict import Change

Question4 = tuple[str, str, str, int]
"""Source, destination, protocol, destination port."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of one flow: allowed, denied, or None where that depends on something left open.

    `flow` and `decision` are one concrete instance and what the reference reading says of it; None where
    `reason` says why there is none. `changes`: for each side that denies it, what would let it through.
    """

    source: str
    destination: str
    protocol: Protocol
    port: int
    allowed: bool | None
    flow: Flow | None = None
    decision: Decision | None = None
    reason: str | None = None
    changes: tuple[Change, ...] = ()


def query(
    cluster: Cluster,
    flows: Iterable[Question4],
    readings: Mapping[str, bool | str] | None = None,
    timeout_seconds: float = DEFAULT_SECONDS,
    memory_megabytes: float = DEFAULT_MEGABYTES,
) -> list[Answer]:
    """Return whether each flow is allowed, according to both readings.

    Args:
        cluster: from `load` or `loads`.
        flows: (source, destination, protocol, port) each; an endpoint is `namespace/name` of a pod or
            workload (`namespace/Kind/name` where names clash), `ip:ADDRESS` or `node:NAME`.
        readings: values of `readings.READINGS`; `free` leaves one open. Missing: profile `kubernetes`.
        timeout_seconds: for each flow.
        memory_megabytes: what answering may use, besides what the input takes.

    Raises:
        InputError: an endpoint does not exist, or a port or protocol is none.
        InternalError: the two readings disagree.
    """
    check_readings(readings or {})
    choices = {**profile_choices(DEFAULT_PROFILE), **(readings or {})}
    asked = [read_flow(cluster, flow, number) for number, flow in enumerate(flows, start=1)]
    faults = [fault for _, _, found in asked for fault in found]
    if faults:
        raise InputError(faults)
    pairs = [pair for _, pair, _ in asked if pair is not None]
    statements = [statement for pair in pairs for statement in (pair.may, pair.must)]
    engine = Engine(cluster, statements, megabytes=memory_megabytes)
    return [
        _answer(engine, flow, pair, choices, timeout_seconds) for (flow, pair, _) in asked if pair is not None
    ]


@dataclass(frozen=True, slots=True)
class Pair:
    """The flow, asked both ways: a violation of `may` is an allowed instance, one of `must` a denied one."""

    may: Forbid
    must: Require
    itself: bool


@dataclass(frozen=True, slots=True)
class Instance:
    """A concrete flow, and what the reference reading says of it under these readings."""

    flow: Flow
    decision: Decision
    readings: Readings
    surroundings: Surroundings


def read_flow(
    cluster: Cluster, flow: Question4, number: int
) -> tuple[Question4, Pair | None, list[Diagnostic]]:
    """Return what is asked about, or else what is wrong with it; `number` says where it stands."""
    faults: list[Diagnostic] = []
    span = Span("flow", number)
    source_text, destination_text, protocol_text, port = flow
    source = _endpoint(cluster, source_text, span, faults)
    destination = _endpoint(cluster, destination_text, span, faults)
    if protocol_text not in Protocol.__members__:
        message = f"unsupported protocol `{one_line(str(protocol_text))}`: expected `TCP`, `UDP` or `SCTP`"
        faults.append(Diagnostic("invalid-protocol", span, message))
    if isinstance(port, bool) or not isinstance(port, int) or not MIN_PORT <= port <= MAX_PORT:
        message = f"expected a port from {MIN_PORT} to {MAX_PORT}, found `{one_line(str(port))}`"
        faults.append(Diagnostic("invalid-port", span, message))
    if faults or source is None or destination is None:
        return flow, None, faults
    if not (source.pods or destination.pods):
        message = "a policy speaks of pods, and neither end of this flow is one"
        return flow, None, [Diagnostic("no-pod", span, message)]
    ports = (PortRange(Protocol(protocol_text), port, port),)
    itself = source == destination and _single(cluster, source)
    ends: tuple[Endpoints, Endpoints] = ((source,), (destination,))
    return flow, Pair(Forbid(*ends, ports), Require(*ends, ports), itself), []


def _single(cluster: Cluster, selection: Selection) -> bool:
    return [workload.single for workload in _owned(cluster, selection.namespace, selection.workload)] == [
        True
    ]


def _owned(cluster: Cluster, namespace: str | None, wanted: tuple[str | None, str] | None) -> list[Workload]:
    kind, name = wanted or (None, "")
    return [
        workload
        for workload in cluster.population.workloads
        if workload.namespace == namespace and workload.name == name and kind in (None, workload.kind)
    ]


def owned_by(cluster: Cluster, text: str) -> list[Workload]:
    """Return the workloads that an endpoint names; none where it is no `namespace/name`."""
    namespace, _, rest = text.partition("/")
    kind, _, name = rest.rpartition("/")
    return _owned(cluster, namespace, (kind or None, name))


def _endpoint(cluster: Cluster, text: str, span: Span, faults: list[Diagnostic]) -> Selection | None:
    if text.startswith("ip:"):
        return _address(cluster, text.removeprefix("ip:"), span, faults)
    if text.startswith("node:"):
        name = text.removeprefix("node:")
        names = [node.name for node in cluster.population.nodes]
        if name not in names:
            faults.append(_unknown(span, f"no Node is called `{one_line(name)}`", name, names))
        return Selection(nodes=True, node=name)
    parts = text.split("/")
    if len(parts) not in (2, 3) or not all(parts):
        message = f"`{one_line(text)}` is no endpoint"
        help_text = "write `namespace/name`, `namespace/Kind/name`, `ip:ADDRESS` or `node:NAME`"
        faults.append(Diagnostic("invalid-endpoint", span, message, help_text))
        return None
    wanted = (parts[1] if len(parts) == 3 else None, parts[-1])
    owned = _owned(cluster, parts[0], wanted)
    if not owned:
        known = [workload.title for workload in cluster.population.workloads]
        faults.append(_unknown(span, f"no pod or workload is called `{one_line(text)}`", text, known))
    elif len(owned) > 1:
        kinds = ", ".join(f"`{parts[0]}/{workload.owner}`" for workload in owned)
        faults.append(
            Diagnostic("ambiguous-endpoint", span, f"`{one_line(text)}` is one of {kinds}: say which")
        )
    return Selection(pods=True, namespace=parts[0], workload=wanted)


def _address(cluster: Cluster, text: str, span: Span, faults: list[Diagnostic]) -> Selection | None:
    try:
        address = parse_address(text)
    except ValueError:
        faults.append(Diagnostic("invalid-address", span, f"`{one_line(text)}` is no IP address"))
        return None
    for workload in cluster.population.workloads:
        if address in (workload.addresses or ()):
            message = f"`{address}` is the address of `{workload.title}`: name that instead"
            faults.append(Diagnostic("pod-address", span, message))
    return Selection(externals=True, ip_block=IPBlock(cidr=f"{address}/{address.max_prefixlen}"))


def _unknown(span: Span, message: str, name: str, known: Sequence[str]) -> Diagnostic:
    return Diagnostic("unknown-endpoint", span, message, suggestion(name, known))


def _answer(
    engine: Engine, flow: Question4, pair: Pair, choices: dict[str, bool | str], timeout_seconds: float
) -> Answer:
    source, destination, protocol, port = flow
    plain = Answer(source, destination, Protocol(protocol), port, None)
    deadline = Deadline(timeout_seconds)
    try:
        with engine.watch.over(deadline):
            allowed = find_instance(engine, pair, questions(pair.may, engine.symbols)[0], choices, deadline)
            denied = find_instance(engine, pair, questions(pair.must, engine.symbols)[0], choices, deadline)
    except LimitError as limit:
        return replace(plain, reason=limit.reason)
    if denied is None:
        if allowed is None:
            return replace(plain, reason="no such flow exists: the two ends have no addresses that can meet")
        return replace(plain, allowed=True, flow=allowed.flow, decision=allowed.decision)
    if allowed is None:
        changes = engine.replay.changes(denied.flow, denied.readings, choices)
        return replace(plain, allowed=False, flow=denied.flow, decision=denied.decision, changes=changes)
    reason = "it depends on what the input leaves open"
    return replace(plain, flow=allowed.flow, decision=allowed.decision, reason=reason)


def find_instance(
    engine: Engine, pair: Pair, question: Question, choices: dict[str, bool | str], deadline: Deadline
) -> Instance | None:
    """Return a concrete flow that answers `question`, confirmed by replay; None: none is.

    Raises:
        LimitError: nobody knows.
    """
    question = whole_question(engine, pair, question)
    search = Search(engine.context, question, choices, deadline)
    match search.run([search.violating, search.snapshot]):
        case Unsat():
            return None
        case Undecided(reason=reason):
            raise LimitError(reason)
        case Sat(model=found):
            model = polish(search, found, [search.violating, search.snapshot])
            return replayed(engine, pair, question, Sat(model))


def whole_question(engine: Engine, pair: Pair, question: Question) -> Question:
    """Return the question about every flow of the pair.

    Every flow counts here, also that of a pod's own node (S-7 is about properties).
    """
    if pair.itself:
        question = replace(question, itself=True)
    return replace(question, scope=questions(pair.must, engine.symbols)[0].scope)


def replayed(engine: Engine, pair: Pair, question: Question, found: Sat) -> Instance:
    """Return the flow that was found, with what the reference reading says of it.

    Raises:
        InternalError: it cannot exist, or the reference reading does not confirm it.
    """
    model = found.model
    flow = decode_flow(model, engine.symbols)
    readings = decode_readings(model, engine.symbols)
    policies = engine.replay.policies_for(flow.source, flow.destination)
    around = engine.replay.surroundings(model, flow)
    decision = decide(flow, policies, readings, engine.cluster.tiers, around)
    impossible = [] if pair.itself else membership_faults(flow, engine.cluster.population, World.SNAPSHOT)
    confirmed = decision.allowed is not question.harmless or engine.context.untrusted != Untrusted()
    if impossible or not confirmed:
        raise InternalError("the two readings disagree about a flow")
    return Instance(flow, decision, readings, around)
