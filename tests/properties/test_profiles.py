"""S-6: profiles pin what a source says of a plugin, and free the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from verifier.cli.main import app
from verifier.readings import FREE, PROFILES, READINGS, Profile, profile_choices, reading_row
from verifier.report import PropertyResult
from verifier.verify import check

MANIFESTS = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: c, image: i}]}
status: {podIPs: [{ip: 10.0.7.7}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Egress]
  egress: [{to: [{ipBlock: {cidr: 10.0.0.0/16}}]}]
"""
FILE = """\
apiVersion: netqed.dev/v1
kind: PropertySet
spec:
  profile: PROFILE
  manifests: [m.yaml]
  properties:
    - name: web does not reach db
      READINGS
      forbid: {from: {namespace: shop, workload: web}, to: {namespace: shop, workload: db}}
"""


def decide(folder: Path, profile: str, readings: str = "{}") -> PropertyResult:
    (folder / "m.yaml").write_text(MANIFESTS, "utf-8")
    file = folder / "properties.yaml"
    text = FILE.replace("PROFILE", profile).replace("READINGS", f"readings: {readings}")
    file.write_text(text, "utf-8")
    return check(str(file)).results[0]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_says_something_of_every_reading(profile: Profile) -> None:
    choices = profile_choices(profile)

    assert list(choices) == [row.name for row in READINGS]
    for pin in PROFILES[profile]:
        assert pin.value in reading_row(pin.reading).values
        assert pin.source
        assert choices[pin.reading] == pin.value


def test_the_default_pins_what_the_specification_lets_it_and_any_nothing() -> None:
    default = profile_choices(Profile.KUBERNETES)

    assert [name for name, choice in default.items() if choice == FREE] == ["baseline_handover"]
    assert set(profile_choices(Profile.ANY).values()) == {FREE}


@pytest.mark.parametrize(
    ("profile", "verdict"),
    [
        ("kubernetes", "refuted"),
        ("calico", "refuted"),
        ("cilium", "proved"),
        ("antrea", "depends"),
        ("ovn-kubernetes", "depends"),
        ("any", "depends"),
    ],
)
def test_the_same_policy_under_every_profile(profile: str, verdict: str, tmp_path: Path) -> None:
    assert decide(tmp_path, profile).verdict.word == verdict


def test_a_propertys_own_reading_outweighs_the_profile(tmp_path: Path) -> None:
    assert decide(tmp_path, "cilium", "{cidr_matches_pods: true}").verdict.word == "refuted"


def test_the_option_outweighs_the_file(tmp_path: Path) -> None:
    decide(tmp_path, "kubernetes")

    done = CliRunner().invoke(app, [str(tmp_path / "properties.yaml"), "--profile", "any"])

    assert done.exit_code == 1
    assert "ipBlock matches pod addresses (NP-34, as in calico)" in done.output


def test_a_profile_that_does_not_exist_is_bad_usage(tmp_path: Path) -> None:
    decide(tmp_path, "kubernetes")

    done = CliRunner().invoke(app, [str(tmp_path / "properties.yaml"), "--profile", "weave"])

    assert done.exit_code == 2
    assert "weave" in done.output
    assert "'ovn-kubernetes'" in done.output


def test_the_table_is_printed_whole() -> None:
    done = CliRunner().invoke(app, ["profiles"])

    assert done.exit_code == 0
    for row in READINGS:
        assert row.name in done.output
    for profile in PROFILES:
        assert f"\n  {profile}\n" in done.output
    assert max(map(len, done.output.splitlines())) <= 110
