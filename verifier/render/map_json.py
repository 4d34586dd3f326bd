"""A map for programs: one JSON object, versioned."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from importlib.metadata import version as distribution_version
from typing import Any, TextIO

from verifier.analyses.map.port_cells import PortSpan
from verifier.analyses.map.reasons import Reason
from verifier.diagnostics import Diagnostic
from verifier.mapper import ConnectionMap, MapRow, Party
from verifier.population import Workload
from verifier.render.places import diagnostic

SCHEMA = "netqed.dev/map/v1"


def print_map_json(made: ConnectionMap, rows: Sequence[MapRow], out: TextIO) -> None:
    """Write the rows to `out`. The same input gives the same bytes."""
    _print(map_report(made, rows), out)


def print_map_faults(faults: Iterable[Diagnostic], out: TextIO) -> None:
    """Write the report of a run whose input is at fault: there are no rows."""
    _print({**_head(), "diagnostics": [diagnostic(fault) for fault in faults], "rows": []}, out)


def _print(data: dict[str, Any], out: TextIO) -> None:
    json.dump(data, out, indent=2, ensure_ascii=True)
    out.write("\n")


def _head() -> dict[str, Any]:
    tool = {"name": "netqed", "version": distribution_version("netqed")}
    return {"schema": SCHEMA, "tool": tool, "diagnostics": []}


def map_report(made: ConnectionMap, rows: Sequence[MapRow]) -> dict[str, Any]:
    """Return the map as plain data."""
    cluster = made.cluster
    return {
        **_head(),
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
        "rows": [_row(row) for row in rows],
    }


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
