"""What each option of `verify check` does."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

from tests.cli.programs import BIN, FRAGILE, PROVED, REFUTED, SHOP, property_file, run, shop

ESCAPE = "\x1b"


def test_the_property_file_may_come_from_stdin(tmp_path: Path) -> None:
    shop(tmp_path, REFUTED)

    done = run("-", folder=tmp_path, stdin=property_file(PROVED).encode())

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("<stdin>\n")
    assert "web reaches db" in done.stdout


def test_explain_says_where_what_a_proof_rests_on_is_written(tmp_path: Path) -> None:
    shop(tmp_path, PROVED, FRAGILE)

    done = run("--explain", folder=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert lines[4:7] == [
        "for any pod; for the pods shown it rests on shop/db",
        "egress   needs no rule: no policy isolates it",
        "ingress  shop/db ingress[0] (shop.yaml:21:7)",
    ]
    assert lines[8:10] == [
        "for the pods shown, rests on shop/db",
        "ingress  shop/db isolates pods with `app: db` (shop.yaml:17:18)",
    ]
    assert "isolates" not in run(folder=tmp_path).stdout


def test_a_refused_flow_and_a_scope_of_nobody_say_what_to_do(tmp_path: Path) -> None:
    ssh = PROVED.replace("5432", "22")
    nobody = REFUTED.replace("workload: db", "podSelector: {matchLabels: {app: dbb}}")
    shop(tmp_path, ssh, nobody)

    lines = [line.strip() for line in run(folder=tmp_path).stdout.splitlines()]

    assert "to allow it: add port 22/TCP to shop/db ingress[0] (shop.yaml:21:7)" in lines
    said = lines.index("says nothing: `to` selects nobody")
    assert lines[said + 1].endswith("as `app` there are `db`, `web` (did you mean `db`?)")


def test_the_manifests_may_come_from_stdin(tmp_path: Path) -> None:
    shop(tmp_path, PROVED, REFUTED)
    (tmp_path / "shop.yaml").unlink()

    done = run("-f", "-", folder=tmp_path, stdin=SHOP.encode())

    assert done.returncode == 1
    assert "refused: shop/web" not in done.stdout
    assert "(<stdin>:" in done.stdout


def test_manifests_repeat_and_start_from_the_working_directory(tmp_path: Path) -> None:
    shop(tmp_path, PROVED)
    head, _, policy = SHOP.rpartition("---\n")
    below = tmp_path / "elsewhere"
    below.mkdir()
    (below / "pods.yaml").write_text(head, "utf-8")
    (below / "policy.json").write_text(json.dumps(_as_json(policy)), "utf-8")
    (tmp_path / "shop.yaml").unlink()

    done = run("-f", "elsewhere/pods.yaml", "--manifests", "elsewhere/policy.json", folder=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert "2 files, 1 namespace, 2 workloads, 1 policy" in done.stdout


def _as_json(policy: str) -> dict[str, object]:
    assert "name: db" in policy
    peer = {"podSelector": {"matchLabels": {"app": "web"}}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "db", "namespace": "shop"},
        "spec": {
            "podSelector": {"matchLabels": {"app": "db"}},
            "ingress": [{"from": [peer], "ports": [{"port": 5432}]}],
        },
    }


def test_namespace_is_that_of_objects_that_state_none(tmp_path: Path) -> None:
    shop(tmp_path, PROVED)
    (tmp_path / "shop.yaml").write_text(SHOP.replace(", namespace: shop", ""), "utf-8")

    assert run(folder=tmp_path).returncode == 2
    for option in ("-n", "--namespace"):
        done = run(option, "shop", folder=tmp_path)
        assert done.returncode == 0
        assert "V-13   3 objects state no namespace: taken to be in `shop`" in done.stdout


@pytest.mark.parametrize(("world", "code"), [("snapshot", 0), ("any-pod", 1)])
def test_world_overrides_that_of_the_file(world: str, code: int, tmp_path: Path) -> None:
    shop(tmp_path, FRAGILE)

    assert run("--world", world, folder=tmp_path).returncode == code


def test_only_repeats_and_takes_globs(tmp_path: Path) -> None:
    shop(tmp_path, PROVED, REFUTED, FRAGILE)

    done = run("--only", "web*", "--only", "only *", folder=tmp_path)

    assert done.returncode == 0
    assert "2 proved: all as expected" in done.stdout
    assert "nobody reaches db" not in done.stdout


def test_only_that_matches_nothing_is_bad_input(tmp_path: Path) -> None:
    shop(tmp_path, PROVED)

    done = run("--only", "x*", folder=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert "error[no-property]: no property is called `x*`" in done.stderr


def test_a_time_limit_that_suffices_changes_nothing(tmp_path: Path) -> None:
    shop(tmp_path, PROVED)

    assert run("--timeout", "25.5", folder=tmp_path).returncode == 0


def test_quiet_shows_only_what_is_not_as_expected(tmp_path: Path) -> None:
    shop(tmp_path, PROVED, REFUTED)

    done = run("--quiet", folder=tmp_path)

    assert done.returncode == 1
    assert "REFUTED  nobody reaches db" in done.stdout
    assert "web reaches db" not in done.stdout
    assert "assumed" not in done.stdout


def test_quiet_says_next_to_nothing_when_all_is_well(tmp_path: Path) -> None:
    shop(tmp_path, PROVED)

    assert run("-q", folder=tmp_path).stdout == "1 proved: all as expected\n"


def test_assumptions_are_listed_by_number_and_spelt_out_on_demand(tmp_path: Path) -> None:
    shop(tmp_path, PROVED)
    data = json.loads(run("--format", "json", folder=tmp_path).stdout)["sets"][0]["assumptions"]

    short = run(folder=tmp_path).stdout
    full = run("--assumptions", folder=tmp_path).stdout

    assert len(data) > 10
    for assumption in data:
        assert re.search(rf"\b{assumption['id']}\b", short)
        assert f"{assumption['id']:<6} {assumption['text']}" in full


@pytest.mark.parametrize("options", [["--format", "text"], ["--format=text"], []])
def test_the_format_is_text_unless_said_otherwise(options: list[str], tmp_path: Path) -> None:
    shop(tmp_path, PROVED)

    assert run(*options, folder=tmp_path).stdout.startswith("properties.yaml\n")


def test_formats_go_to_files_and_one_to_stdout(tmp_path: Path) -> None:
    shop(tmp_path, REFUTED)

    done = run("--format", "json=a.json", "--format", "text", "--format", "text=b.txt", folder=tmp_path)

    assert done.returncode == 1
    assert json.loads((tmp_path / "a.json").read_text("utf-8"))["summary"]["refuted"] == 1
    assert (tmp_path / "b.txt").read_text("utf-8") == done.stdout


def test_a_report_that_cannot_be_written_is_bad_input(tmp_path: Path) -> None:
    shop(tmp_path, PROVED)

    done = run("--format", "json=nowhere/a.json", folder=tmp_path)

    assert done.returncode == 2
    assert "nowhere/a.json: error[cannot-write]: cannot be written: No such file or directory" in done.stderr


@pytest.mark.parametrize("environment", [{}, {"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_there_is_no_colour_without_a_terminal(environment: dict[str, str], tmp_path: Path) -> None:
    shop(tmp_path, PROVED, REFUTED)

    done = run(folder=tmp_path, environment=environment)

    assert ESCAPE not in done.stdout + done.stderr


def on_a_terminal(folder: Path, **environment: str) -> str:
    """Run `verify` with its standard output on a terminal of 80 columns; return what it printed."""
    here, there = pty.openpty()
    variables = {name: text for name, text in os.environ.items() if name not in ("NO_COLOR", "COLUMNS")}
    with subprocess.Popen(
        [BIN / "verify"],
        cwd=folder,
        stdout=there,
        stderr=there,
        env={**variables, "TERM": "xterm", "COLUMNS": "80", **environment},
    ) as running:
        os.close(there)
        parts = []
        try:
            while part := os.read(here, 4096):
                parts.append(part)
        except OSError:  # Linux says so when the other side is closed
            pass
        running.wait(30)
    os.close(here)
    return b"".join(parts).decode("utf-8")


def test_a_terminal_gets_colour_and_80_columns(tmp_path: Path) -> None:
    folder = tmp_path / ("a-folder-with-a-long-name-" * 2)
    folder.mkdir()
    shop(folder, PROVED, REFUTED)

    shown = on_a_terminal(folder)

    assert f"{ESCAPE}[31m  REFUTED" in shown
    plain = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", shown).replace("\r\n", "\n")
    lines = [line.rpartition("\r")[2] for line in plain.split("\n")]
    assert max(len(line) for line in lines) <= 80
    assert lines[-2].endswith("1 not as expected")


def test_no_color_is_obeyed_on_a_terminal(tmp_path: Path) -> None:
    shop(tmp_path, PROVED, REFUTED)

    assert f"{ESCAPE}[31m" not in on_a_terminal(tmp_path, NO_COLOR="1")


def test_several_counterexamples_are_told_one_below_the_other(tmp_path: Path) -> None:
    shop(tmp_path, REFUTED)
    manifests = tmp_path / "shop.yaml"
    second = "    - ports: [{port: 8080}]\n"
    manifests.write_text(manifests.read_text("utf-8") + second, "utf-8")

    one, enough, all_ = (run("--counterexamples", number, folder=tmp_path) for number in ("1", "3", "9"))

    assert one.stdout == run(folder=tmp_path).stdout
    assert "reason" not in one.stdout
    head, rest, _ = one.stdout.partition("\n\n  assumed")
    assert rest
    assert all_.stdout.startswith(f"{head}\n           another reason:\n")
    assert all_.stdout == enough.stdout
    assert all(f"allowed by shop/db ingress[{rule}]" in all_.stdout for rule in (0, 1))
    assert "no other reason" in all_.stdout
    assert {one.returncode, all_.returncode} == {1}


def test_where_there_are_more_reasons_than_wanted_that_is_said(tmp_path: Path) -> None:
    shop(tmp_path, REFUTED)
    manifests = tmp_path / "shop.yaml"
    rules = "".join(f"    - ports: [{{port: {port}}}]\n" for port in (8080, 8081, 8082))
    manifests.write_text(manifests.read_text("utf-8") + rules, "utf-8")

    done = run("--counterexamples", "2", folder=tmp_path)

    assert done.stdout.count("another reason:") == 1
    assert "there may be other reasons" in done.stdout


def test_what_only_some_completions_have_is_told_with_its_condition(tmp_path: Path) -> None:
    shop(tmp_path, REFUTED.replace("from: any", "from: {namespace: shop, workload: web}"))
    manifests = tmp_path / "shop.yaml"
    block = "    - {from: [{ipBlock: {cidr: 10.1.0.0/16}}], ports: [{port: 8080}]}\n"
    manifests.write_text(manifests.read_text("utf-8") + block, "utf-8")

    done = run("--counterexamples", "2", folder=tmp_path)

    assert "another reason where, whatever else is so,\n" in done.stdout
    assert "  - the IPv4 address of `shop/web` lies in `10.1.0.0/16` (S-1)\n" in done.stdout


@pytest.mark.parametrize("number", ["0", "-1", "x"])
def test_how_many_counterexamples_is_a_number(number: str, tmp_path: Path) -> None:
    shop(tmp_path, REFUTED)

    assert run("--counterexamples", number, folder=tmp_path).returncode == 2
