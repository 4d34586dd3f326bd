"""Field paths in the API's spelling."""

from __future__ import annotations

import pytest

from verifier.manifest.field_path import field_path


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        pytest.param((), "", id="empty"),
        pytest.param(
            ("spec", "ingress", 0, "from", 1, "ipBlock", "cidr"),
            "spec.ingress[0].from[1].ipBlock.cidr",
            id="API",
        ),
        pytest.param(
            ("metadata", "labels", "app.kubernetes.io/name"),
            "metadata.labels[app.kubernetes.io/name]",
            id="label",
        ),
        pytest.param((0, "a"), "[0].a", id="index first"),
        pytest.param(("a", "8080"), "a[8080]", id="number as a key"),
        pytest.param(("a", "x\ny"), "a[x\\ny]", id="control characters"),
    ],
)
def test_field_path(route: tuple[str | int, ...], expected: str) -> None:
    assert field_path(route) == expected
