# ruff: noqa: E501
"""Inputs made to hang, to crash or to write to the terminal: a clear answer, soon, in bounded space."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.attack.scenario import (
    CAST,
    DENY,
    ENDPOINTS,
    Attack,
    from_web,
    invoke,
    namespace,
    pod,
    policy,
    run,
    to_db,
)
from verifier.cli.main import app

WEB_DB = "forbid: {from: web, to: db}"
PLAIN = Attack("plain", CAST, WEB_DB, "refuted")
SECONDS = 20  # far above what any of them takes; a hang takes for ever

CHAIN = "".join(f"    e{n}: {{any: true, except: e{n - 1}}}\n" for n in range(1, 800))
DOUBLING = "".join(
    f"    e{n}: {{any: true, except: [e{n - 1}, {{any: true, except: e{n - 1}}}]}}\n" for n in range(1, 40)
)
BACKWARDS = "".join(f"    e{n}: e{n - 1}\n" for n in range(799, 0, -1))
SEED = "    e0: web\n"

REFUSED = [
    (replace(PLAIN, endpoints=ENDPOINTS + SEED + CHAIN), "endpoint-too-large"),
    (replace(PLAIN, endpoints=ENDPOINTS + SEED + DOUBLING), "endpoint-too-large"),
    (replace(PLAIN, endpoints=ENDPOINTS + BACKWARDS + SEED), "endpoint-too-large"),
    (
        replace(
            PLAIN, statement="forbid: {from: [" + "{any: true, except: [web, db]}, " * 4000 + "], to: db}"
        ),
        "endpoint-too-large",
    ),
    (
        replace(
            PLAIN,
            statement="forbid: {from: " + "{any: true, except: " * 400 + "web" + "}" * 400 + ", to: db}",
        ),
        "too-deep",
    ),
    (replace(PLAIN, manifests=CAST + pod("shop", "x", "app: " + "a" * 1_000_000)), "invalid-label-value"),
    (replace(PLAIN, manifests=CAST + "---\n" + "[" * 100_000), "too-deep"),
    (
        replace(PLAIN, manifests=CAST + "---\n&a {apiVersion: v1, kind: List, items: [*a]}\n"),
        "recursive-alias",
    ),
    (
        replace(PLAIN, manifests=CAST + to_db("[{ports: [{port: " + "9" * 10_000 + "}]}]")),
        "invalid-port-name",
    ),
    (replace(PLAIN, manifests=CAST + to_db("[{ports: [{port: .inf}]}]")), "not-a-json-number"),
    (
        replace(PLAIN, manifests=CAST + to_db("[{from: [{ipBlock: {cidr: " + "1." * 100_000 + "/8}}]}]")),
        "invalid-cidr",
    ),
    (replace(PLAIN, manifests=CAST + pod("shop", "x", 'app: "\\ud800"')), "yaml-syntax"),
]


@pytest.mark.parametrize(("attack", "code"), REFUSED)
def test_a_hostile_file_is_refused_in_few_words(attack: Attack, code: str, tmp_path: Path) -> None:
    begin = time.monotonic()
    outcome = run(tmp_path, attack)

    assert outcome.exit_code == 2, outcome.text[:1000]
    assert code in outcome.codes
    assert max(len(item["message"] + (item["help"] or "")) for item in outcome.report["diagnostics"]) < 1000
    assert time.monotonic() - begin < SECONDS


RULES = ", ".join(
    f"{{from: [{{podSelector: {{matchLabels: {{k{n % 50}: v{n}}}}}}}], ports: [{{port: {n + 1}}}]}}"
    for n in range(800)
)
HOLES = ", ".join(f"10.{n // 256}.{n % 256}.0/24" for n in range(300))
NESTED = ", ".join(f"{{ipBlock: {{cidr: 10.0.0.0/{n}, except: [10.0.0.0/{n + 1}]}}}}" for n in range(8, 31))
CROWD = "".join(
    namespace(f"n{n}", f"team: t{n}") + pod(f"n{n}", "p") + policy("{}", f"n{n}") for n in range(120)
)

LARGE = [
    Attack("rules", CAST + to_db(f"[{RULES}]"), WEB_DB, "proved", "refuted"),
    Attack(
        "holes",
        CAST + from_web(f"[{{to: [{{ipBlock: {{cidr: 10.0.0.0/8, except: [{HOLES}]}}}}]}}]"),
        "forbid: {from: web, to: {ipBlock: {cidr: 10.0.7.0/24}}}",
        "proved",
        "proved",
    ),
    Attack(
        "nested holes",
        CAST + from_web(f"[{{to: [{NESTED}]}}]"),
        "forbid: {from: web, to: {ipBlock: {cidr: 10.0.0.0/31}}}",
        "proved",
        "proved",
    ),
    Attack(
        "namespaces",
        CAST + CROWD,
        "forbid: {from: pods, to: {namespaceSelector: {matchExpressions: [{key: team, operator: NotIn, values: [shop, ops]}]}}}",
        "proved",
        "refuted",
    ),
]


@pytest.mark.parametrize("attack", LARGE, ids=lambda attack: attack.name)
def test_a_large_cluster_is_decided(attack: Attack, tmp_path: Path) -> None:
    begin = time.monotonic()
    outcome = run(tmp_path, attack)

    assert (outcome.verdict("snapshot"), outcome.verdict("anyPod")) == (attack.snapshot, attack.any_pod)
    assert time.monotonic() - begin < SECONDS


@pytest.mark.parametrize(
    "source", ["/dev/zero", "fifo", "loop", "folder", "'a\\0b'", "nowhere", "/proc/self/mem"]
)
def test_no_path_is_read_for_ever(source: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "self").symlink_to(".")
    run(tmp_path, PLAIN)
    file = tmp_path / "properties.yaml"
    file.write_text(file.read_text("utf-8").replace("[manifests.yaml]", f"[{source}]"), encoding="utf-8")

    assert invoke(str(file)).exit_code == 2


HOSTILE_NAME = "[red]x[/red] [/nosuch] \x1b[2J\x1b]0;t\x07 \r\n \u202e\u2066 \u0085 \u200b"


def test_a_name_writes_nothing_but_itself_to_the_terminal(tmp_path: Path) -> None:
    run(tmp_path, PLAIN)
    file = tmp_path / "properties.yaml"
    written = file.read_text("utf-8").replace("name: attack", f"name: {json.dumps(HOSTILE_NAME)}")
    file.write_text(
        written + f"  pods: [{{name: {json.dumps(HOSTILE_NAME)}, namespace: shop, labels: {{app: web}}}}]\n",
        encoding="utf-8",
    )
    shown = CliRunner().invoke(app, [str(file)]).stdout
    outcome = invoke(str(file))

    assert outcome.report["sets"][0]["properties"][0]["name"] == HOSTILE_NAME
    for text in (shown, outcome.text):
        assert "[red]x" in text
        assert [c for c in text if not c.isprintable() and c != "\n"] == []


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (["--only", "nothing"], 2),
        (["--only", "[a-"], 2),
        (["--only", ""], 2),
        (["--only", "ATTACK"], 2),
        (["--only", "att*"], 0),
        (["--timeout", "0.001"], 3),
        (["--timeout", "0"], 2),
        (["--timeout", "nan"], 2),
        (["--timeout", "inf"], 0),
        (["--timeout", "1e30"], 0),
        (["--namespace", "Shop"], 2),
        (["--namespace", ""], 2),
        (["--world", "closed"], 2),
    ],
)
def test_options_that_could_pass_by_accident(arguments: list[str], exit_code: int, tmp_path: Path) -> None:
    run(tmp_path, replace(PLAIN, manifests=CAST + DENY))

    assert invoke(str(tmp_path / "properties.yaml"), *arguments).exit_code == exit_code


@pytest.mark.parametrize(
    ("statement", "expect", "exit_code"),
    [
        ("forbid: {from: web, to: web}", "vacuous", 0),
        ("forbid: {from: web, to: web}", "refuted", 1),
        ("forbid: {from: web, to: web}", "proved", 1),
        ("forbid: {from: web, to: web}", "unknown", 1),
        ("forbid: {from: web, to: web}", "{anyPod: refuted}", 1),
        ("forbid: {from: web, to: web}", "{snapshot: vacuous, anyPod: proved}", 0),
        ("forbid: {from: web, to: web}", "{}", 1),
        ("require: {from: web, to: db}", "refuted", 0),
        ("require: {from: web, to: db}", "unknown", 1),
        ("require: {from: web, to: db}", "{anyPod: refuted}", 1),
        (WEB_DB, "{anyPod: refuted}", 1),
    ],
)
def test_only_the_verdict_expected_passes(
    statement: str, expect: str, exit_code: int, tmp_path: Path
) -> None:
    attack = replace(PLAIN, manifests=CAST + DENY, statement=f"{statement}, expect: {expect}")

    assert run(tmp_path, attack).exit_code == exit_code


def test_one_bad_file_stops_them_all(tmp_path: Path) -> None:
    run(tmp_path / "good", replace(PLAIN, manifests=CAST + DENY))
    run(tmp_path / "bad", replace(PLAIN, statement="forbid: {from: wbe, to: db}"))
    outcome = invoke(str(tmp_path / "good" / "properties.yaml"), str(tmp_path / "bad" / "properties.yaml"))

    assert outcome.exit_code == 2
    assert outcome.report["sets"] == []


def test_one_refuted_file_spoils_the_run(tmp_path: Path) -> None:
    run(tmp_path / "good", replace(PLAIN, manifests=CAST + DENY))
    run(tmp_path / "bad", PLAIN)

    assert (
        invoke(
            str(tmp_path / "good" / "properties.yaml"), str(tmp_path / "bad" / "properties.yaml")
        ).exit_code
        == 1
    )
