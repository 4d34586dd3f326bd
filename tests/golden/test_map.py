"""`verify map` of the examples in every format: whole outputs."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from verifier.cli.main import app

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).parent / "map"
SHOP = "examples/shop/manifests"
RAILS = ["examples/guard-rails/tenants", "examples/guard-rails/admin-network-policy/rails.yaml"]
FORMATS = {"text": "txt", "json": "json", "csv": "csv", "markdown": "md", "dot": "dot", "mermaid": "mmd"}
TABLES = ("text", "json", "csv", "markdown")

# What is asked for, and in which formats.
CASES = {
    "shop": ([SHOP], tuple(FORMATS)),
    "shop-cache": ([SHOP, "--focus", "data/cache", "--ports", "6379,any/UDP"], ("text", "json")),
    "shop-exposure": ([SHOP, "--exposure"], tuple(FORMATS)),
    "shop-matrix": ([SHOP, "--matrix"], TABLES),
    "shop-cilium": ([SHOP, "--profile", "cilium", "--focus", "payments/gateway"], ("text",)),
    "rails": (RAILS, ("text", "json")),
    "open": (["examples/patterns/default-open/manifests"], tuple(FORMATS)),
}


@pytest.mark.parametrize(
    ("case", "form"), [(case, form) for case, (_, forms) in CASES.items() for form in forms]
)
def test_map(case: str, form: str, update_golden: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)

    done = CliRunner().invoke(app, ["map", *CASES[case][0], "--format", form])

    assert done.exit_code == 0, done.output
    file = GOLDEN / f"{case}.{FORMATS[form]}"
    if update_golden:
        file.parent.mkdir(exist_ok=True)
        file.write_text(done.output, "utf-8")
    assert done.output == file.read_text("utf-8")
