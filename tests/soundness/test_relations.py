"""S-15: `refines` and `equivalent` are about whoever could exist, wherever either set of policies speaks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soundness.cluster import SHOP, WEB, policy
from verifier.properties.spec.scope import World
from verifier.verify import check

DENY = "{podSelector: {}, policyTypes: [Ingress, Egress]}"
HERE, ELSEWHERE = policy(DENY), policy(DENY, where="elsewhere")
UNKNOWN_PEER = """\
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: rails}
spec:
  priority: 1
  subject: {namespaces: {}}
  ingress: [{action: Deny, from: [{planets: {}}]}]
"""


def words(folder: Path, this: str, than: str, kind: str, spec: str = "") -> tuple[str, str]:
    """Return the verdicts for the pods shown and for any pod."""
    (folder / "this.yaml").write_text(this, "utf-8")
    (folder / "than.yaml").write_text(than, "utf-8")
    file = folder / "properties.yaml"
    file.write_text(
        "apiVersion: netqed.dev/v1\nkind: PropertySet\nspec:\n  manifests: [this.yaml]\n"
        f"{spec}  properties: [{{name: p, {kind}: {{than: than.yaml}}}}]\n",
        "utf-8",
    )
    verdicts = check(str(file)).sets[0].properties[0].verdicts
    return str(verdicts[World.SNAPSHOT].word), str(verdicts[World.ANY_POD].word)


@pytest.mark.parametrize("both", ["", "  newNamespaces: both\n"])
def test_s15_policies_of_a_namespace_that_only_the_other_set_has_are_missed(
    both: str, tmp_path: Path
) -> None:
    this, than = SHOP + WEB + HERE, SHOP + WEB + HERE + ELSEWHERE

    assert words(tmp_path, this, than, "refines", both) == ("proved", "refuted")
    assert words(tmp_path, this, than, "equivalent", both) == ("proved", "refuted")
    assert words(tmp_path, than, this, "refines", both) == ("proved", "proved")
    assert words(tmp_path, than, this, "equivalent", both) == ("proved", "refuted")
    assert words(tmp_path, than, than, "equivalent", both) == ("proved", "proved")


def test_s12_what_is_assumed_of_the_other_set_is_told(tmp_path: Path) -> None:
    words(tmp_path, SHOP + WEB, SHOP + WEB + UNKNOWN_PEER, "refines")

    report = check(str(tmp_path / "properties.yaml")).sets[0]
    assert "ANP-12" in {assumption.id for assumption in report.assumptions}
    assert any("planets" in warning.message for warning in report.warnings)
