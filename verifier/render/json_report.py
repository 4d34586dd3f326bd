"""The report for programs: one JSON object, versioned (design.md section 8)."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version as distribution_version
from typing import Any, TextIO

from verifier.cluster import Cluster
from verifier.diagnostics import Diagnostic
from verifier.flow import (
    Endpoint,
    External,
    Flow,
    Node,
    Pod,
    Reason,
    RuleRef,
    SideDecision,
    Surroundings,
    TierStep,
)
from verifier.properties.spec.scope import (
    Cover,
    Equivalent,
    Forbid,
    Isolate,
    Only,
    Refines,
    Relation,
    Require,
    Statement,
    World,
)
from verifier.render import walk, words
from verifier.render.json_object import write_object
from verifier.render.places import diagnostic, location
from verifier.report import Contradiction, PropertyResult, Report, SetReport
from verifier.verdict import (
    Basis,
    Change,
    Choice,
    Counterexample,
    Depends,
    FlowCounterexample,
    More,
    Overlooked,
    PodCounterexample,
    Proved,
    Refuted,
    Unknown,
    Vacuous,
    Verdict,
)

SCHEMA = "netqed.dev/report/v1"

_KINDS: dict[type[Statement | Relation], str] = {
    Forbid: "forbid",
    Only: "only",
    Require: "require",
    Isolate: "isolate",
    Cover: "cover",
    Equivalent: "equivalent",
    Refines: "refines",
}


def print_json(report: Report, out: TextIO) -> None:
    """Write the report to `out`. The same input gives the same bytes, but for `seconds`."""
    write_object(json_report(report), out)


def json_report(report: Report) -> dict[str, Any]:
    """Return the report as plain data."""
    return {
        "schema": SCHEMA,
        "tool": {
            "name": "netqed",
            "version": distribution_version("netqed"),
            "z3": distribution_version("z3-solver"),
        },
        "diagnostics": [diagnostic(fault) for fault in report.diagnostics],
        "summary": dict(report.counts),
        "sets": [_set(one) for one in report.sets],
    }


def _set(one: SetReport) -> dict[str, Any]:
    cluster = one.cluster
    return {
        "file": one.file,
        "inputs": {
            "files": one.files,
            "documents": cluster.documents,
            "namespaces": len(cluster.population.namespaces),
            "workloads": len(cluster.population.workloads),
            "policies": len(cluster.policies),
            "clusterWidePolicies": len(cluster.tiers),
            "ignored": dict(cluster.ignored),
            "finishedPods": cluster.dropped_pods,
            "unmodelled": [
                {
                    "kind": policy.kind,
                    "apiVersion": policy.api_version,
                    "namespace": policy.namespace,
                    "name": policy.name,
                    "location": location(policy.origin.span()),
                }
                for policy in cluster.unmodelled
            ],
        },
        "warnings": [diagnostic(warning) for warning in one.warnings],
        "contradictions": [_contradiction(each, one) for each in one.contradictions],
        "contradictionsExhaustive": one.all_contradictions,
        "assumptions": [
            {"id": assumption.id, "text": assumption.text, "source": assumption.source}
            for assumption in one.assumptions
        ],
        "properties": [_result(result, one) for result in one.properties],
    }


def _contradiction(each: Contradiction, one: SetReport) -> dict[str, Any]:
    return {
        "properties": [
            {"name": name, "location": location(span)} for name, span in (each.required, each.refused)
        ],
        "flow": flow(each.flow, one.cluster),
    }


def _result(result: PropertyResult, one: SetReport) -> dict[str, Any]:
    any_policy = result.verdicts.get(World.ANY_POLICY)
    return {
        "name": result.name,
        "kind": _KINDS[type(result.prop.statement)],
        "description": result.prop.description,
        "severity": result.prop.severity,
        "location": location(result.location),
        "world": result.world,
        "expected": {_world_key(world): word for world, word in result.prop.expected.items()},
        "met": result.met,
        **_verdict(result.verdict, one),
        "snapshot": _verdict(result.verdicts[World.SNAPSHOT], one),
        "anyPod": _verdict(result.any_pod, one),
        "anyPolicy": None if any_policy is None else _verdict(any_policy, one),
        "notes": list(result.notes),
        "engine": "z3",
        "seconds": round(result.seconds, 4),
    }


def _world_key(world: World) -> str:
    return {World.SNAPSHOT: "snapshot", World.ANY_POD: "anyPod", World.ANY_POLICY: "anyPolicy"}[world]


def _verdict(verdict: Verdict, one: SetReport) -> dict[str, Any]:
    found: dict[str, Any] = {"verdict": verdict.word, "reason": None, "counterexample": None}
    match verdict:
        case Proved():
            if verdict.rests_on is not None:
                found["restsOn"] = list(verdict.rests_on)
                found["restsOnIrreducible"] = verdict.irreducible
                found["grounds"] = [_basis(basis, one) for basis in verdict.grounds or ()]
                found["withoutRule"] = [
                    {
                        "direction": side.direction,
                        "notIsolated": side.unisolated,
                        "text": words.open_side(side),
                    }
                    for side in verdict.open_sides
                ]
        case Refuted():
            found["counterexample"] = counterexample(verdict.counterexample, one)
            found.update(_more(verdict.more, one))
        case Depends():
            found["dependsOn"] = [_choice(choice) for choice in verdict.assignment]
            found["dependsOnIrreducible"] = verdict.irreducible
            found["counterexample"] = counterexample(verdict.counterexample, one)
            found.update(_more(verdict.more, one))
        case Vacuous():
            found["reason"] = verdict.reason
            found["hints"] = list(verdict.hints)
        case Unknown():
            found["reason"] = verdict.reason
            found["undecided"] = list(verdict.depends_on)
            if verdict.counterexample is not None:
                found["counterexample"] = counterexample(verdict.counterexample, one)
    return found


def _basis(basis: Basis, one: SetReport) -> dict[str, Any]:
    return {
        "policy": basis.ground.policy,
        "direction": basis.ground.direction,
        "rule": basis.ground.rule if isinstance(basis.ground, RuleRef) else None,
        "pods": basis.pods,
        "location": location(words.basis_span(basis, one.cluster)),
        "text": words.basis(basis, one.cluster),
    }


def _more(more: More | None, one: SetReport) -> dict[str, Any]:
    if more is None:
        return {}
    shown = [
        {**counterexample(each, one), "dependsOn": [_choice(choice) for choice in each.conditions]}
        for each in more.counterexamples
    ]
    return {"counterexamples": shown, "exhaustive": more.exhaustive}


def _choice(choice: Choice) -> dict[str, Any]:
    return {
        "kind": choice.kind,
        "id": choice.item,
        "about": choice.about,
        "value": choice.value,
        "text": choice.text,
    }


def counterexample(shown: Counterexample, one: SetReport) -> dict[str, Any]:
    """Return a counterexample as plain data."""
    match shown:
        case PodCounterexample():
            return {
                "pod": _endpoint(shown.pod, one.cluster),
                "direction": shown.direction,
                "overlooked": [_overlooked(each, one) for each in shown.overlooked],
                "supposes": [_choice(choice) for choice in shown.supposes],
            }
        case FlowCounterexample():
            return {
                **flow(shown.flow, one.cluster),
                "egress": _side(shown.decision.egress, shown, one),
                "ingress": _side(shown.decision.ingress, shown, one),
                "change": [change(each, one.cluster) for each in shown.changes],
                "supposes": [_choice(choice) for choice in shown.supposes],
                "surroundings": _surroundings(shown.surroundings) if one.cluster.tiers else None,
                "written": None
                if shown.written is None
                else [{"policy": policy.title, "manifest": policy.text} for policy in shown.written],
                **_contrasts(shown),
            }


def _contrasts(shown: FlowCounterexample) -> dict[str, Any]:
    """What makes two sets of policies differ, where two are held against each other."""
    if not shown.contrasts:
        return {}
    return {"contrasts": [{"version": each.version, "text": each.text} for each in shown.contrasts]}


def change(made: Change, cluster: Cluster) -> dict[str, Any]:
    """Return what would let a refused flow through as plain data."""
    place = None
    if made.policy is not None:
        place = words.policy_span(made.policy, cluster)
    if made.rule is not None:
        place = words.rule_span(made.rule, cluster)
    return {
        "direction": made.direction,
        "text": words.change(made, cluster),
        "policy": made.policy,
        "rule": None if made.rule is None else made.rule.rule,
        "location": None if place is None else location(place),
        "patch": [
            {"op": step.op, "path": step.pointer} | ({} if step.op == "remove" else {"value": step.value})
            for step in made.patch
        ],
        "manifest": made.manifest,
    }


def _surroundings(around: Surroundings) -> dict[str, Any]:
    """What tiers rest on besides the flow, as it is in this counterexample."""
    return {
        "order": list(around.precedence),
        "domainNames": {
            name: [str(address) for address in sorted(addresses, key=str)]
            for name, addresses in sorted(around.domain_names.items())
        },
        "nodes": [
            {"name": node.name, "labels": dict(sorted((node.labels or {}).items()))} for node in around.nodes
        ],
    }


def flow(shown: Flow, cluster: Cluster) -> dict[str, Any]:
    """Return a flow as plain data."""
    return {
        "source": {**_endpoint(shown.source, cluster), "address": str(shown.source_address)},
        "destination": {**_endpoint(shown.destination, cluster), "address": str(shown.destination_address)},
        "protocol": shown.protocol,
        "port": shown.port,
    }


def _endpoint(end: Endpoint, cluster: Cluster) -> dict[str, Any]:
    match end:
        case External():
            return {"kind": "external", "address": str(end.address)}
        case Node():
            return {"kind": "node", "name": end.name, "hypothetical": not words.is_stated(end, cluster)}
        case Pod():
            return {
                "kind": "pod",
                "namespace": end.namespace.name,
                "namespaceLabels": dict(sorted(end.namespace.labels.items())),
                "name": end.name if end.owner is None else end.owner.partition("/")[2],
                "workload": end.owner,
                "hypothetical": end.owner is None,
                "labels": dict(sorted(end.labels.items())),
                "hostNetwork": end.host_network,
                "ports": [
                    {"name": port.name, "containerPort": port.number, "protocol": port.protocol}
                    for port in end.ports
                ],
            }


def _side(side: SideDecision, shown: FlowCounterexample, one: SetReport) -> dict[str, Any]:
    reason = None if side.reason is Reason.RULE else side.reason
    return {
        "allowed": side.allowed,
        "by": [
            {
                "policy": ref.policy,
                "rule": ref.rule,
                "location": location(words.rule_span(ref, one.cluster, shown.written)),
                "admits": next((found.text for found in shown.admissions if found.rule == ref), None),
            }
            for ref in side.rules
        ],
        "isolatedBy": [
            {"policy": name, "location": location(words.policy_span(name, one.cluster, shown.written))}
            for name in side.isolating
        ],
        "reason": reason,
        "walk": [_step(step, side, shown, one) for step in side.walk],
        "text": walk.side(side, shown.flow, one.cluster, shown.written),
        "nearest": [
            {
                "policy": miss.rule.policy,
                "rule": miss.rule.rule,
                "location": location(words.rule_span(miss.rule, one.cluster, shown.written)),
                "text": miss.text,
            }
            for miss in shown.nearest
            if miss.rule.direction is side.direction
        ],
        "overlooked": [
            _overlooked(each, one) for each in shown.overlooked if each.direction is side.direction
        ],
    }


def _overlooked(policy: Overlooked, one: SetReport) -> dict[str, Any]:
    place = location(words.policy_span(policy.policy, one.cluster))
    return {"policy": policy.policy, "location": place, "text": policy.text}


def _step(step: TierStep, side: SideDecision, shown: FlowCounterexample, one: SetReport) -> dict[str, Any]:
    ref = step.rule
    return {
        "tier": step.tier,
        "priority": step.priority,
        "policy": None if ref is None else ref.policy,
        "rule": None if ref is None else ref.rule,
        "name": step.name,
        "action": step.action if ref is None or step.action is None else walk.action_word(step.action, ref),
        "failsClosed": step.fails_closed,
        "location": None if ref is None else location(words.rule_span(ref, one.cluster)),
        "text": walk.step(step, side, one.cluster, shown.written),
    }


def diagnostics_only(diagnostics: Iterable[Diagnostic]) -> Report:
    """Return the report of a run that its input ended."""
    return Report(diagnostics=tuple(diagnostics))
