"""`verify map` as a person, a pipeline or a program meets it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.cli.programs import SHOP
from verifier.cli.main import app


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: str, text: str = SHOP):  # type: ignore[no-untyped-def]
        Path("shop.yaml").write_text(text, "utf-8")
        return CliRunner().invoke(app, ["map", *arguments])

    return invoke


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], 0),
        (["shop.yaml", "--focus", "shop/db"], 0),
        (["shop.yaml", "--focus", "shop/Pod/db"], 0),
        (["shop.yaml", "--focus", "shop/dv"], 2),
        (["shop.yaml", "--focus", "db"], 2),
        (["shop.yaml", "--ports", "5432,53/UDP", "--ports", "any/SCTP"], 0),
        (["shop.yaml", "--ports", "postgres"], 2),
        (["shop.yaml", "--ports", "70000"], 2),
        (["shop.yaml", "--matrix"], 0),
        (["shop.yaml", "--matrix", "--focus", "shop/db"], 2),
        (["shop.yaml", "--matrix", "--format", "dot"], 2),
        (["shop.yaml", "--format", "svg"], 2),
        (["shop.yaml", "--format", "json", "--format", "csv"], 2),
        (["shop.yaml", "--reading", "cidr_matches_pods=perhaps"], 2),
        (["shop.yaml", "--profile", "flannel"], 2),
        (["elsewhere.yaml"], 2),
    ],
)
def test_exit_codes(run, arguments: list[str], code: int) -> None:  # type: ignore[no-untyped-def]
    done = run(*arguments)

    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output


def test_the_rows_of_one_workload(run) -> None:  # type: ignore[no-untyped-def]
    done = run("--focus", "shop/db", "--ports", "5432")

    lines = [line.split() for line in done.output.splitlines() if line.startswith("shop/")]
    assert lines == [
        ["shop/db", "shop/web,", "any", "address", "outside", "5432/TCP"],
        ["shop/web", "shop/db", "5432/TCP"],
    ]


def test_json_holds_every_part(run) -> None:  # type: ignore[no-untyped-def]
    done = run("--format", "json", "--exposure", "--focus", "shop/db", "--ports", "5432")

    report = json.loads(done.output)
    assert report["schema"] == "netqed.dev/map/v1"
    assert report["inputs"]["workloads"] == 2
    row = next(row for row in report["rows"] if row["to"]["workloads"][:1] == [_workload("db")])
    assert row["from"]["workloads"] == [_workload("web")]
    assert row["ports"] == [{"protocol": "TCP", "first": 5432, "last": 5432}]
    assert row["dependsOn"] == []
    assert {each["direction"] for each in report["exposure"]} == {"Ingress", "Egress"}
    assert report["matrix"] is None


def _workload(name: str) -> dict[str, str]:
    return {"namespace": "shop", "kind": "Pod", "name": name}


def test_faults_are_in_the_json_too(run) -> None:  # type: ignore[no-untyped-def]
    done = run("--format", "json=map.json", text=SHOP.replace("podSelector", "podselector", 1))

    assert done.exit_code == 2
    report = json.loads(Path("map.json").read_text("utf-8"))
    assert report["diagnostics"][0]["code"] == "unknown-field"
    assert report["rows"] == []


def test_two_formats_at_once(run) -> None:  # type: ignore[no-untyped-def]
    done = run("--format", "text", "--format", "csv=map.csv")

    assert done.output.startswith("2 workloads")
    assert Path("map.csv").read_text("utf-8").splitlines()[0] == "from,to,ports,depends on"


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP, "utf-8")
    outputs = {
        subprocess.run(
            [sys.executable, "-m", "verifier", "map", "shop.yaml", "--exposure", "--format", form],
            cwd=tmp_path,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
        for form in ("dot",)
    }

    assert len(outputs) == 1


def test_a_map_needs_no_solver(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP, "utf-8")
    program = (
        "import sys; sys.argv = ['verify', 'map', 'shop.yaml', '--exposure']\n"
        "from verifier.cli.main import app\n"
        "try:\n    app()\n"
        "except SystemExit as ended:\n"
        "    sys.exit('loaded the solver' if 'z3' in sys.modules else ended.code)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
