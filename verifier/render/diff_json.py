"""The report of a diff for programs: one JSON object, versioned."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TextIO

from verifier.diagnostics import Diagnostic
from verifier.differ import DiffReport, Section, Side, Topic
from verifier.difference import Block, Cause, Change, End, Found, Rooms, Version, Witness
from verifier.manifest.labels import LabelSelector
from verifier.population import Workload
from verifier.render import diff_words, walk
from verifier.render.json_object import head, write_object
from verifier.render.json_report import flow
from verifier.render.places import diagnostic, location

SCHEMA = "netqed.dev/diff/v1"


def print_diff_json(report: DiffReport, out: TextIO) -> None:
    """Write the report to `out`. The same input gives the same bytes."""
    write_object(diff_report(report), out)


def print_diff_faults(faults: Iterable[Diagnostic], out: TextIO) -> None:
    """Write the report of a run whose input is at fault: nothing was compared."""
    write_object({**head(SCHEMA, faults), "sections": []}, out)


def diff_report(report: DiffReport) -> dict[str, Any]:
    """Return the report as plain data."""
    return {
        **head(SCHEMA),
        "inputs": {str(version): _side(side) for version, side in report.sides.items()},
        "profile": str(report.profile),
        "failOn": str(report.fail_on),
        "summary": {str(change): _summary(change, report) for change in Change},
        "unsettled": list(report.unsettled),
        "assumptions": [] if diff_words.assumed(report) is None else [diff_words.ASSUMED],
        "warnings": [diagnostic(warning) for warning in report.warnings],
        "workloads": _workloads(report),
        "sections": [_section(section, report) for section in report.sections],
    }


def _side(side: Side) -> dict[str, Any]:
    cluster = side.cluster
    return {
        "source": side.source,
        "files": side.files,
        "documents": cluster.documents,
        "namespaces": len(cluster.population.namespaces),
        "workloads": len(cluster.population.workloads),
        "policies": len(cluster.policies) + len(cluster.tiers),
        "unmodelled": len(cluster.unmodelled),
    }


def _summary(change: Change, report: DiffReport) -> dict[str, Any]:
    return {
        "blocks": len(report.blocks(change)),
        "provedNone": report.nothing(change),
        "text": diff_words.conclusion(change, report),
    }


def _workloads(report: DiffReport) -> dict[str, Any]:
    changes = report.workloads

    def name(of: Workload) -> dict[str, str]:
        return {"namespace": of.namespace, "kind": of.kind, "name": of.name}

    return {
        "added": [name(each) for each in changes.added],
        "removed": [name(each) for each in changes.removed],
        "changed": [{**name(each.workload), "text": each.text} for each in changes.changed],
        "notCompared": [{**name(each.workload), "text": each.text} for each in changes.not_compared],
        "namespaces": list(changes.namespaces),
    }


def _section(section: Section, report: DiffReport) -> dict[str, Any]:
    return {
        "topic": str(section.topic),
        **{str(change): _found(section.found[change], section, report) for change in Change},
    }


def _found(found: Found, section: Section, report: DiffReport) -> dict[str, Any]:
    return {
        "blocks": [_block(block, section.topic, report) for block in found.blocks],
        "undecided": found.undecided,
        "more": found.more,
    }


def _block(block: Block, topic: Topic, report: DiffReport) -> dict[str, Any]:
    told = diff_words.told(block, topic, report)
    ports = None
    if block.ports is not None:
        ports = [{"protocol": str(p.protocol), "first": p.first, "last": p.last} for p in block.ports]
    return {
        "change": str(block.change),
        "extent": str(block.extent),
        "source": {"text": told.source, **_end(block.source)},
        "destination": {"text": told.destination, **_end(block.destination)},
        "ports": ports,
        "portNames": list(block.named),
        "conditions": list(block.conditions),
        "everyReading": block.every_reading,
        "causes": [_cause(each, topic, report) for each in block.witness.causes],
        "witness": _witness(block.witness, topic, report),
    }


def _end(end: End) -> dict[str, Any]:
    addresses = None
    if end.addresses is not None:
        addresses = [{"cidr": each.cidr, "except": list(each.without)} for each in end.addresses]
    return {
        "sorts": [str(sort) for sort in end.sorts],
        "namespaces": None if end.rooms is None else _rooms(end.rooms),
        "podSelector": _selector(end.pods),
        "addresses": addresses,
        "elsewhere": end.elsewhere,
        "workloads": list(end.workloads),
    }


def _rooms(rooms: Rooms) -> dict[str, Any]:
    if rooms.selector is not None:
        return {"selector": _selector(rooms.selector)}
    new = None
    if rooms.new:
        labels = {} if rooms.new_labels is None else _selector(rooms.new_labels)
        new = {"labels": labels, "allBut" if rooms.new_all_but else "names": list(rooms.new_names)}
    return {"allBut" if rooms.all_but else "names": list(rooms.names), "new": new}


def _selector(selector: LabelSelector) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if selector.match_labels:
        found["matchLabels"] = dict(selector.match_labels)
    if selector.match_expressions:
        found["matchExpressions"] = [
            {"key": each.key, "operator": str(each.operator), "values": list(each.values or ())}
            for each in selector.match_expressions
        ]
    return found


def _cause(cause: Cause, topic: Topic, report: DiffReport) -> dict[str, Any]:
    version = Version.NEW if topic is Topic.WORKLOADS else cause.version
    return {
        "version": str(version),
        "policy": cause.policy,
        "rule": None if cause.rule is None else cause.rule.rule,
        "location": location(diff_words.cause_span(cause, report.sides[version].cluster)),
        "text": cause.text,
    }


def _witness(witness: Witness, topic: Topic, report: DiffReport) -> dict[str, Any]:
    old, new = (report.sides[version].cluster for version in Version)
    policies_of_old = new if topic is Topic.WORKLOADS else old
    return {
        **flow(witness.flow, old if topic is Topic.POLICIES_OVER_OLD else new),
        "old": {
            "allowed": witness.old.allowed,
            "egress": walk.side(witness.old.egress, witness.was, policies_of_old),
            "ingress": walk.side(witness.old.ingress, witness.was, policies_of_old),
        },
        "new": {
            "allowed": witness.new.allowed,
            "egress": walk.side(witness.new.egress, witness.flow, new),
            "ingress": walk.side(witness.new.ingress, witness.flow, new),
        },
    }
