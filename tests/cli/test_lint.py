"""`verify lint` and `verify rule` as a person, a pipeline or a program meets them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from verifier.analyses.lint.registry import RULES
from verifier.cli.main import app

EMPTY_LIST = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  policyTypes: [Ingress]
  ingress:
    - from: []
      ports: [{port: 80}]
"""
HOST_BITS = EMPTY_LIST.replace("from: []", "from: [{ipBlock: {cidr: 10.0.0.7/8}}]")
UNION = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  policyTypes: [Ingress]
  ingress:
    - from: [{podSelector: {matchExpressions: [{key: tier, operator: Exists}]}}]
    - from: [{podSelector: {matchExpressions: [{key: tier, operator: DoesNotExist}]}}]
    - from: [{podSelector: {matchLabels: {app: web}}}]
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.chdir(tmp_path)

    def invoke(text: str, *arguments: str):  # type: ignore[no-untyped-def]
        Path("policy.yaml").write_text(text, "utf-8")
        return CliRunner().invoke(app, ["lint", "policy.yaml", *arguments])

    return invoke


@pytest.mark.parametrize(
    ("text", "arguments", "code"),
    [
        (EMPTY_LIST, [], 1),
        (EMPTY_LIST, ["--fail-on", "never"], 0),
        (EMPTY_LIST, ["--ignore", "empty-peer-list"], 0),
        (EMPTY_LIST, ["--select", "host-bits"], 0),
        (HOST_BITS, [], 0),
        (HOST_BITS, ["--fail-on", "warning"], 1),
        (HOST_BITS, ["--fail-on", "warning", "--ignore", "redundant-rule, host-bits"], 0),
        (EMPTY_LIST, ["--select", "host-bit"], 2),
        (EMPTY_LIST, ["--fail-on", "sometimes"], 2),
        (EMPTY_LIST, ["--level", "all"], 2),
        (EMPTY_LIST, ["--format", "xml"], 2),
        (EMPTY_LIST, ["--namespace", "No_Name"], 2),
        (EMPTY_LIST.replace("policyTypes", "policyType"), [], 2),
    ],
)
def test_exit_codes(run, text: str, arguments: list[str], code: int) -> None:  # type: ignore[no-untyped-def]
    done = run(text, *arguments)

    assert done.exit_code == code, done.output


def test_out_of_time_is_undecided_not_clean(run) -> None:  # type: ignore[no-untyped-def]
    done = run(UNION, "--timeout", "0.001")

    assert done.exit_code == 3
    assert "undecided: what is redundant in namespace `shop`: " in done.output


def test_the_text_says_where_and_what_to_do(run) -> None:  # type: ignore[no-untyped-def]
    done = run(UNION)

    assert done.output.splitlines()[:4] == [
        "shop/web",
        "  policy.yaml:9:7: warning[redundant-rule]: ingress[2]: everything that this rule admits,"
        " 2 other rules admit together",
        "      ingress[0] admits a part of it (policy.yaml:7:7)",
        "      ingress[1] admits a part of it (policy.yaml:8:7)",
    ]
    assert done.output.splitlines()[-1] == "1 warning: 1 policy in 1 file"


def test_the_working_directory_is_read_when_nothing_is_named(run) -> None:  # type: ignore[no-untyped-def]
    run(EMPTY_LIST)

    done = CliRunner().invoke(app, ["lint"])

    assert done.exit_code == 1
    assert "error[empty-peer-list]" in done.output


def test_standard_input(run) -> None:  # type: ignore[no-untyped-def]
    done = CliRunner().invoke(app, ["lint", "-"], input=EMPTY_LIST)

    assert "<stdin>:7:7: error[empty-peer-list]" in done.output


def test_the_json_report(run) -> None:  # type: ignore[no-untyped-def]
    data = json.loads(run(EMPTY_LIST, "--format", "json").output)

    assert data["schema"] == "netqed.dev/lint/v1"
    assert data["summary"] == {"error": 1, "warning": 0, "info": 1, "waived": 0, "shown": 1}
    (finding,) = data["findings"]
    assert finding["location"] == {"file": "policy.yaml", "line": 7, "column": 7}
    assert (finding["id"], finding["object"], finding["part"]) == (
        "empty-peer-list",
        "shop/web",
        "ingress[0].from",
    )
    documented = (Path(__file__).resolve().parents[2] / "docs/lint.md").read_text("utf-8")
    assert all(f"`{field}`" in documented for field in (*data, *finding))


def test_bad_input_is_told_in_json_too(run) -> None:  # type: ignore[no-untyped-def]
    done = run("kind: NetworkPolicy\n", "--format", "json=report.json")

    data = json.loads(Path("report.json").read_text("utf-8"))
    assert done.exit_code == 2
    assert data["findings"] == []
    assert data["diagnostics"]


def test_markdown_keeps_to_its_table(run) -> None:  # type: ignore[no-untyped-def]
    rows = [line for line in run(UNION, "--format", "markdown").output.splitlines() if line.startswith("|")]

    assert len(rows) == 3
    assert all(row.count("|") == 5 for row in rows)


def test_the_same_input_gives_the_same_bytes(run) -> None:  # type: ignore[no-untyped-def]
    shop = Path(__file__).resolve().parents[2] / "examples/shop/manifests"
    shutil.copytree(shop, "shop")

    shown = {CliRunner().invoke(app, ["lint", "--level", "info", "shop"]).output for _ in range(2)}

    assert len(shown) == 1


def test_a_rule_is_explained() -> None:
    done = CliRunner().invoke(app, ["rule", "split-peer"])

    assert done.exit_code == 0
    assert done.output.startswith("# split-peer\n")


def test_all_rules_are_listed() -> None:
    done = CliRunner().invoke(app, ["rule"])

    assert [line.split()[0] for line in done.output.splitlines()] == [rule.id for rule in RULES]


def test_a_misspelt_rule_is_met_with_the_right_one() -> None:
    done = CliRunner().invoke(app, ["rule", "split-pear"])

    assert done.exit_code == 2
    assert "split-peer" in done.output


def test_findings_are_told_as_one_only_where_they_say_the_same(run) -> None:  # type: ignore[no-untyped-def]
    """Of a namespace without policies both directions are told, of several workloads what is so of each."""
    pods = "".join(
        "---\napiVersion: v1\nkind: Pod\n"
        f"metadata: {{name: {name}, namespace: shop}}\nspec: {{containers: [{{name: c, image: i}}]}}\n"
        for name in ("web", "db")
    )

    done = run(pods.removeprefix("---\n"), "--level", "info", "--select", "open-namespace")

    told = [line.split(": ", 2)[2] for line in done.output.splitlines() if "info[" in line]
    assert [text.split(": ")[1] for text in told] == ["ingress", "egress"]
    assert done.output.splitlines()[-1].startswith("2 info")
