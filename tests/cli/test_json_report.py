"""The JSON report is a contract: its fields, its values, and that the same input gives the same bytes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.programs import FRAGILE, PROVED, REFUTED, UNDECIDED, run, shop

LOCATION = {"file", "line", "column"}
VERDICTS = {"proved", "refuted", "depends", "vacuous", "unknown"}


def report(folder: Path, *properties: str, code: int) -> dict[str, Any]:
    shop(folder, *properties)
    done = run("--format", "json", folder=folder)
    assert (done.returncode, done.stderr) == (code, "")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_head_names_schema_tool_and_counts(tmp_path: Path) -> None:
    found = report(tmp_path, PROVED, REFUTED, FRAGILE, UNDECIDED, code=1)

    assert set(found) == {"schema", "tool", "diagnostics", "summary", "sets"}
    assert found["schema"] == "netqed.dev/report/v1"
    assert set(found["tool"]) == {"name", "version", "z3"}
    assert found["diagnostics"] == []
    assert found["summary"] == {
        "proved": 2,
        "refuted": 1,
        "depends": 1,
        "vacuous": 0,
        "unknown": 0,
        "unmet": 2,
    }


def test_a_set_names_its_inputs_and_assumptions(tmp_path: Path) -> None:
    (one,) = report(tmp_path, PROVED, code=0)["sets"]

    assert set(one) == {
        *("file", "inputs", "warnings", "contradictions", "contradictionsExhaustive", "assumptions"),
        "properties",
    }
    assert one["file"] == "properties.yaml"
    assert one["inputs"] == {
        "files": 1,
        "documents": 4,
        "namespaces": 1,
        "workloads": 2,
        "policies": 1,
        "clusterWidePolicies": 0,
        "ignored": {},
        "finishedPods": 0,
        "unmodelled": [],
    }
    for assumption in one["assumptions"]:
        assert set(assumption) == {"id", "text", "source"}


def test_a_property_has_its_verdict_in_both_worlds(tmp_path: Path) -> None:
    found = report(tmp_path, PROVED, REFUTED, FRAGILE, UNDECIDED, code=1)["sets"][0]["properties"]

    assert [(one["name"], one["kind"], one["verdict"], one["anyPod"]["verdict"]) for one in found] == [
        ("web reaches db", "require", "proved", "proved"),
        ("nobody reaches db", "forbid", "refuted", "refuted"),
        ("only web reaches db", "only", "proved", "refuted"),
        ("web does not reach db inside the block", "forbid", "depends", "depends"),
    ]
    for one in found:
        assert set(one["location"]) == LOCATION
        assert one["location"]["file"] == "properties.yaml"
        assert one["world"] == "snapshot"
        assert one["expected"] == {"snapshot": "proved"}
        assert one["met"] is (one["verdict"] == "proved")
        assert one["seconds"] >= 0
        assert {one["snapshot"]["verdict"], one["anyPod"]["verdict"]} <= VERDICTS
    assert found[0]["restsOn"] == ["shop/db"]
    assert found[0]["grounds"] == [
        {
            "policy": "shop/db",
            "direction": "Ingress",
            "rule": "ingress[0]",
            "pods": "pods with `app: db`",
            "location": {"file": "shop.yaml", "line": 21, "column": 7},
            "text": "shop/db ingress[0] (shop.yaml:21:7)",
        }
    ]
    assert found[0]["withoutRule"] == [
        {"direction": "Egress", "notIsolated": True, "text": "needs no rule: no policy isolates it"}
    ]
    (isolation,) = found[2]["grounds"]
    assert (isolation["policy"], isolation["direction"], isolation["rule"]) == ("shop/db", "Ingress", None)
    assert isolation["text"] == "shop/db isolates pods with `app: db` (shop.yaml:17:18)"
    assert found[2]["withoutRule"] == []
    assert found[3]["dependsOn"] == [
        {
            "kind": "fact",
            "id": "S-1",
            "about": "the IPv4 address of `shop/db`",
            "value": "10.1.0.0/16",
            "text": "the IPv4 address of `shop/db` lies in `10.1.0.0/16`",
        }
    ]


def test_a_counterexample_says_who_where_and_why(tmp_path: Path) -> None:
    shown = report(tmp_path, FRAGILE, code=0)["sets"][0]["properties"][0]["anyPod"]["counterexample"]

    assert (shown["protocol"], shown["port"]) == ("TCP", 5432)
    source, destination = shown["source"], shown["destination"]
    assert (source["kind"], source["hypothetical"], source["workload"]) == ("pod", True, None)
    assert (source["namespace"], source["labels"]) == ("shop", {"app": "web"})
    assert (destination["name"], destination["workload"]) == ("db", "Pod/db")
    assert shown["egress"]["reason"] == "not isolated"
    (rule,) = shown["ingress"]["by"]
    assert (rule["policy"], rule["rule"]) == ("shop/db", "ingress[0]")
    assert rule["location"] == {"file": "shop.yaml", "line": 21, "column": 7}
    assert (shown["ingress"]["allowed"], shown["ingress"]["reason"]) == (True, None)


def test_a_refused_flow_comes_with_a_change_that_a_program_can_do(tmp_path: Path) -> None:
    ssh = PROVED.replace("5432", "22")
    shown = report(tmp_path, ssh, code=1)["sets"][0]["properties"][0]["counterexample"]

    (nearest,) = shown["ingress"]["nearest"]
    assert nearest["text"] == "it allows 5432/TCP, not 22/TCP"
    assert shown["change"] == [
        {
            "direction": "Ingress",
            "text": "add port 22/TCP to shop/db ingress[0] (shop.yaml:21:7)",
            "policy": "shop/db",
            "rule": "ingress[0]",
            "location": {"file": "shop.yaml", "line": 21, "column": 7},
            "patch": [
                {"op": "add", "path": "/spec/ingress/0/ports/-", "value": {"port": 22, "protocol": "TCP"}}
            ],
            "manifest": None,
        }
    ]


def test_a_flow_that_should_be_refused_says_what_admits_it(tmp_path: Path) -> None:
    shown = report(tmp_path, REFUTED, code=1)["sets"][0]["properties"][0]["counterexample"]

    (rule,) = shown["ingress"]["by"]
    assert rule["admits"] == "from[0]: pods with `app: web` of namespace `shop`, on 5432/TCP"
    assert (shown["change"], shown["egress"]["overlooked"]) == ([], [])


def test_a_scope_of_nobody_says_what_there_is(tmp_path: Path) -> None:
    nobody = REFUTED.replace("workload: db", "podSelector: {matchLabels: {app: dbb}}")
    (result,) = report(tmp_path, nobody, code=1)["sets"][0]["properties"]

    assert result["reason"] == "`to` selects nobody"
    assert result["hints"] == [
        "`to`: no pod of namespace `shop` matches `app: dbb`;"
        " as `app` there are `db`, `web` (did you mean `db`?)"
    ]


def test_several_counterexamples_are_a_list_that_begins_with_the_one(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    alone = report(tmp_path / "one", REFUTED, code=1)["sets"][0]["properties"][0]
    shop(tmp_path, REFUTED, PROVED)

    done = run("--format", "json", "--counterexamples", "5", folder=tmp_path)
    found, proved = json.loads(done.stdout)["sets"][0]["properties"]

    shown = found["counterexamples"]
    assert done.returncode == 1
    assert found["counterexample"] == alone["counterexample"]
    assert shown[0] == {**found["counterexample"], "dependsOn": []}
    assert len(shown) == 1  # one rule lets in, from wherever
    assert found["exhaustive"] is True
    assert found["snapshot"]["counterexamples"] == shown
    assert "counterexamples" not in found["anyPod"]
    assert "counterexamples" not in proved
    assert "counterexamples" not in alone


def test_faults_of_the_input_are_reported_too(tmp_path: Path) -> None:
    shop(tmp_path, "    - name: empty\n")

    done = run("--format", "json", folder=tmp_path)

    assert done.returncode == 2
    assert "error[no-statement]" in done.stderr
    found = json.loads(done.stdout)
    assert found["sets"] == []
    (fault,) = found["diagnostics"]
    assert (fault["code"], fault["severity"]) == ("no-statement", "error")
    assert fault["field"] == "spec.properties[0]"
    assert set(fault["location"]) == LOCATION
    assert set(fault) == {"code", "severity", "location", "field", "message", "help"}


@pytest.mark.parametrize("options", [(), ("--counterexamples", "9", "--world", "any-pod")])
def test_the_same_input_gives_the_same_bytes_but_for_the_seconds(
    options: tuple[str, ...], tmp_path: Path
) -> None:
    shop(tmp_path, PROVED, REFUTED, FRAGILE, UNDECIDED)

    runs = {
        re.sub(
            r'"seconds": [0-9.e-]+',
            "",
            run("--format", "json", *options, folder=tmp_path, environment={"PYTHONHASHSEED": seed}).stdout,
        )
        for seed in ("1", "2", "3")
    }

    assert len(runs) == 1
