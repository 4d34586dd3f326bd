"""`verify explain` for a flow of each refuted claim of the patterns, and through tiers: whole outputs."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.golden.test_patterns import CLAIMS, REFUTED
from verifier.cli.main import app

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).parent / "explain"
RAILS = ["examples/guard-rails/tenants", "examples/guard-rails/admin-network-policy/rails.yaml"]

# Row of the claim, or a case of its own: who, whom, on what, in which manifests.
CASES = {
    "1b": ("other/blog", "default/api", "8080", []),
    "1d": ("ip:203.0.113.7", "default/api", "8080", []),
    "3c": ("foo/foo-pod", "default/db", "5432", []),
    "5c": ("default/web", "ip:10.0.9.9", "443", []),
    "5d": ("default/web", "ip:203.0.113.53", "53/UDP", []),
    "6c": ("default/web", "foo/foo-pod", "80", []),
    "6d": ("default/web", "default/other", "80", []),
    "rails-allow": ("monitoring/prometheus", "acme/web", "metrics", RAILS),
    "rails-deny": ("globex/api", "acme/web", "http", RAILS),
    "rails-pass": ("monitoring/prometheus", "acme/db", "sql", RAILS),
}
FORMATS = {"text": "txt", "markdown": "md", "json": "json"}


def test_every_refuted_claim_is_explained() -> None:
    refuted = {row for row, (_, _, snapshot, _) in CLAIMS.items() if snapshot == REFUTED}

    assert refuted == {row for row in CASES if row in CLAIMS}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("case", CASES)
def test_explanation(case: str, form: str, update_golden: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    source, destination, port, given = CASES[case]
    monkeypatch.chdir(ROOT)
    manifests = given or [f"examples/patterns/{CLAIMS[case][0]}/manifests"]

    done = CliRunner().invoke(app, ["explain", source, destination, port, *manifests, "--format", form])

    assert done.exit_code == 0, done.output
    file = GOLDEN / f"{case}.{FORMATS[form]}"
    if update_golden:
        file.parent.mkdir(exist_ok=True)
        file.write_text(done.output, "utf-8")
    assert done.output == file.read_text("utf-8")
