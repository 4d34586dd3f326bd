"""Every command says the same, byte for byte, whether it reads its manifests or knows them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.properties import property_file
from benchmarks.workload import generate
from verifier.cli.main import app

ROOT = Path(__file__).resolve().parents[2]
SECONDS = re.compile(r'"seconds": [0-9.e-]+|[0-9.]+ s\b')
PATTERNS = sorted(str(folder.relative_to(ROOT)) for folder in ROOT.glob("examples/patterns/*/"))
GUARD_RAILS = "examples/guard-rails/admin-network-policy/properties.yaml"
SHOP = "examples/shop/manifests"
FLOW = ("api/api", "data/queue", "5672")


def said(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(arguments))
    return done.exit_code, SECONDS.sub("", done.output)


def assert_same_three_times(*arguments: str) -> None:
    """Anew, anew and kept, kept."""
    expected = said(*arguments, "--no-cache")

    assert said(*arguments) == expected
    assert said(*arguments) == expected
    assert expected[0] in (0, 1), expected[1]


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("NETQED_CACHE_DIR", str(tmp_path / "cache"))


@pytest.mark.parametrize("folder", PATTERNS)
@pytest.mark.parametrize("form", ["text", "json"])
def test_check(folder: str, form: str) -> None:
    assert_same_three_times("check", f"{folder}/properties.yaml", "--format", form)


@pytest.mark.parametrize("file", ["examples/shop/properties.yaml", GUARD_RAILS])
def test_check_with_grounds(file: str) -> None:
    assert_same_three_times("check", file, "--explain", "--assumptions", "--format", "json")


@pytest.mark.parametrize("command", ["lint", "map"])
@pytest.mark.parametrize("folder", [SHOP, *(f"{folder}/manifests" for folder in PATTERNS)])
def test_lint_and_map(command: str, folder: str) -> None:
    assert_same_three_times(command, folder, "--format", "json")


def test_map_with_all_there_is_to_say() -> None:
    assert_same_three_times("map", SHOP, "--exposure", "--format", "json")


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_explain(form: str) -> None:
    assert_same_three_times("explain", *FLOW, SHOP, "--format", form)


def test_query(tmp_path: Path) -> None:
    flows = tmp_path / "flows.jsonl"
    flows.write_text(json.dumps({"source": FLOW[0], "destination": FLOW[1], "port": 5672}))

    assert_same_three_times("query", "--flows", str(flows), SHOP)


def test_diff() -> None:
    assert_same_three_times("diff", "examples/change/before", "examples/change/after", "--format", "json")


@pytest.mark.parametrize(
    "command", [("check", "properties.yaml"), ("lint", "cluster.yaml"), ("map", "cluster.yaml")]
)
def test_a_large_cluster(command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("cluster.yaml").write_text(generate(pods=100, policies=60, namespaces=5, seed=4))
    Path("properties.yaml").write_text(property_file(5))

    assert_same_three_times(*command, "--format", "json")


def test_something_was_kept(tmp_path: Path) -> None:
    said("map", SHOP, "--no-cache")
    assert not (tmp_path / "cache").exists()

    said("map", SHOP)

    assert [file.name.partition("-")[0] for file in (tmp_path / "cache").rglob("*-*") if file.is_file()] == [
        "cluster"
    ]


@pytest.mark.parametrize("command", ["lint", "map"])
def test_a_folder_that_is_not_safe_is_said_and_not_used(command: str, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache").chmod(0o777)

    done = CliRunner().invoke(app, [command, "examples/patterns/deny-all/manifests"])

    assert done.stderr == (
        f"warning: the cache folder `{tmp_path / 'cache'}` is open to others, who could have written there:"
        " there is no cache\n"
    )
    assert list((tmp_path / "cache").iterdir()) == []
