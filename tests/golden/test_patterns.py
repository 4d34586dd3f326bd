"""Every claim of the pattern files, by row number, with its verdict for the pods shown and for any pod."""

from __future__ import annotations

from pathlib import Path

import pytest

from verifier.properties.spec.scope import World
from verifier.report import PropertyResult
from verifier.verify import check

PATTERNS = Path(__file__).resolve().parents[2] / "examples" / "patterns"
REFUTED = "refuted"
PROVED = "proved"

# Row: the folder, how many properties state it, the verdict in the snapshot and for any pod.
CLAIMS = {
    "0a": ("default-open", 1, PROVED, PROVED),
    "0b": ("deny-all", 2, PROVED, PROVED),
    "0c": ("ip-block", 3, PROVED, PROVED),
    "0d": ("deny-all", 1, PROVED, PROVED),
    "1a": ("deny-non-whitelisted", 1, PROVED, PROVED),
    "1b": ("deny-non-whitelisted", 1, REFUTED, REFUTED),
    "1c": ("deny-non-whitelisted", 1, PROVED, PROVED),
    "1d": ("deny-non-whitelisted", 1, REFUTED, REFUTED),
    "1e": ("deny-non-whitelisted", 1, PROVED, PROVED),
    "2a": ("limit-traffic", 1, PROVED, PROVED),
    "2b": ("limit-traffic", 1, PROVED, PROVED),
    "2c": ("limit-traffic", 2, PROVED, PROVED),
    "2d": ("limit-traffic", 1, PROVED, REFUTED),
    "3a": ("deny-other-namespaces", 2, PROVED, PROVED),
    "3b": ("deny-other-namespaces", 1, PROVED, PROVED),
    "3c": ("deny-other-namespaces", 1, REFUTED, REFUTED),
    "4a": ("metrics-port", 1, PROVED, PROVED),
    "4b": ("metrics-port", 1, PROVED, PROVED),
    "4c": ("metrics-port", 1, PROVED, REFUTED),
    "5a": ("deny-external-egress", 2, PROVED, PROVED),
    "5b": ("deny-external-egress", 1, PROVED, PROVED),
    "5c": ("deny-external-egress", 1, REFUTED, REFUTED),
    "5d": ("deny-external-egress", 1, REFUTED, REFUTED),
    "6a": ("deny-inbound-except", 1, PROVED, PROVED),
    "6b": ("deny-inbound-except", 1, PROVED, PROVED),
    "6c": ("deny-inbound-except", 1, REFUTED, REFUTED),
    "6d": ("deny-inbound-except", 1, REFUTED, REFUTED),
    "6e": ("deny-inbound-except", 1, PROVED, PROVED),
}
FOLDERS = sorted({folder for folder, *_ in CLAIMS.values()})


@pytest.fixture(scope="module")
def results() -> dict[str, tuple[PropertyResult, ...]]:
    files = {folder: str(PATTERNS / folder / "properties.yaml") for folder in FOLDERS}
    return {folder: check(file).results for folder, file in files.items()}


@pytest.mark.parametrize("row", CLAIMS)
def test_claim(row: str, results: dict[str, tuple[PropertyResult, ...]]) -> None:
    folder, count, snapshot, any_pod = CLAIMS[row]

    stated = [result for result in results[folder] if result.name.startswith(f"{row} ")]

    assert len(stated) == count
    for result in stated:
        assert result.verdicts[World.SNAPSHOT].word == snapshot
        assert result.verdicts[World.ANY_POD].word == any_pod
        assert result.met


def test_the_table_names_every_folder_and_property(results: dict[str, tuple[PropertyResult, ...]]) -> None:
    assert sorted(path.parent.name for path in PATTERNS.glob("*/properties.yaml")) == FOLDERS
    for folder, found in results.items():
        for result in found:
            assert CLAIMS[result.name[:2]][0] == folder


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_false_claim_fails_when_nothing_expects_it(folder: str, tmp_path: Path) -> None:
    text = (PATTERNS / folder / "properties.yaml").read_text("utf-8")
    kept = [line for line in text.splitlines() if not line.lstrip().startswith("expect:")]
    bare = tmp_path / "properties.yaml"
    bare.write_text("\n".join(kept), "utf-8")

    report = check(str(bare), manifests=[str(PATTERNS / folder / "manifests")])

    false = any(of == folder and snapshot == REFUTED for of, _, snapshot, _ in CLAIMS.values())
    assert report.exit_code == (1 if false else 0)


@pytest.mark.parametrize("folder", ["limit-traffic", "metrics-port"])
def test_a_claim_that_any_pod_could_break_fails_in_that_world(folder: str, tmp_path: Path) -> None:
    text = (PATTERNS / folder / "properties.yaml").read_text("utf-8")
    kept = [line for line in text.splitlines() if not line.lstrip().startswith("expect:")]
    bare = tmp_path / "properties.yaml"
    bare.write_text("\n".join(kept).replace("\nspec:", "\nspec:\n  world: any-pod"), "utf-8")

    report = check(str(bare), manifests=[str(PATTERNS / folder / "manifests")])

    assert report.exit_code == 1
