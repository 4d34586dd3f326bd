"""A map for programs: one JSON object, versioned."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TextIO

from verifier.analyses.map.port_cells import PortSpan
from verifier.analyses.map.reasons import Reason
from verifier.analyses.map.told import ExposedRow, MapRow, Matrix, Party
from verifier.diagnostics import Diagnostic
from verifier.manifest.labels import LabelSelector
from verifier.mapper import MapReport
from verifier.population import Workload
from verifier.render.json_object import head, write_object
from verifier.render.map_words import stranger
from verifier.render.places import diagnostic

SCHEMA = "netqed.dev/map/v1"


def print_map_json(report: MapReport, out: TextIO) -> None:
    """Write the report to `out`. The same input gives the same bytes."""
    write_object(map_report(report), out)


def print_map_faults(faults: Iterable[Diagnostic], out: TextIO) -> None:
    """Write the report of a run whose input is at fault: there are no rows."""
    write_object({**head(SCHEMA, faults), "rows": []}, out)


def map_report(report: MapReport) -> dict[str, Any]:
    """Return the report as plain data."""
    made = report.made
    cluster = made.cluster
    return {
        **head(SCHEMA),
        "inputs": {
            "documents": cluster.documents,
            "namespaces": len(cluster.population.namespaces),
            "workloads": len(cluster.population.workloads),
            "policies": len(cluster.policies),
            "clusterWidePolicies": len(cluster.tiers),
            "unmodelled": [
                {"kind": each.kind, "namespace": each.namespace, "name": each.name}
                for each in cluster.unmodelled
            ],
            "finishedPods": cluster.dropped_pods,
        },
        "readings": made.choices,
        "assumptions": [{"id": each.id, "text": each.text} for each in cluster.assumptions],
        "warnings": [diagnostic(warning) for warning in cluster.warnings],
        "rows": [_row(row) for row in report.rows],
        "exposure": [_exposed(row) for row in report.exposures],
        "matrix": None if report.matrix is None else _matrix(report.matrix),
    }


def _exposed(row: ExposedRow) -> dict[str, Any]:
    of = row.stranger
    block = of.block
    return {
        "direction": row.direction,
        "workloads": _party(row.workloads),
        "pods": {
            "text": stranger(of),
            "namespace": of.namespace,
            "namespaceSelector": _selector(of.namespaces),
            "podSelector": _selector(of.pods),
            "ipBlock": None if block is None else {"cidr": block.cidr, "except": list(block.except_ or ())},
        },
        "ports": [_span(span) for span in row.ports],
        "namedPorts": [{"name": name, "protocol": protocol} for name, protocol in sorted(row.names, key=str)],
    }


def _selector(selector: LabelSelector | None) -> dict[str, Any] | None:
    if selector is None:
        return None
    return {
        "matchLabels": dict(selector.match_labels or {}),
        "matchExpressions": [
            {"key": each.key, "operator": each.operator, "values": list(each.values or ())}
            for each in selector.match_expressions or ()
        ],
    }


def _matrix(matrix: Matrix) -> dict[str, Any]:
    return {"namespaces": list(matrix.names), "cells": [list(row) for row in matrix.cells]}


def _row(row: MapRow) -> dict[str, Any]:
    return {
        "from": _party(row.source),
        "to": _party(row.destination),
        "ports": [_span(span) for span in row.ports],
        "dependsOn": [_reason(reason) for reason in row.depends],
    }


def _party(party: Party) -> dict[str, Any]:
    return {
        "everybody": party.everybody,
        "namespaces": list(party.namespaces),
        "workloads": [_workload(each) for each in party.workloads],
        "everywhere": party.everywhere,
        "addresses": [
            {"cidr": str(block.cidr), "except": [str(hole) for hole in block.without]}
            for block in party.addresses
        ],
    }


def _workload(workload: Workload) -> dict[str, str]:
    return {"namespace": workload.namespace, "kind": workload.kind, "name": workload.name}


def _span(span: PortSpan) -> dict[str, Any]:
    return {"protocol": span.protocol, "first": span.first, "last": span.last}


def _reason(reason: Reason) -> dict[str, str]:
    return {"kind": reason.kind, "id": reason.id, "text": reason.text}
