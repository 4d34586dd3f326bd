"""What the examples of the lint's rules are made of: small manifests."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Example:
    """Manifests with the fault, and the same without it."""

    found: str
    mended: str


def policy(spec: str, *, name: str = "example", where: str = "shop") -> str:
    """Return a NetworkPolicy; `spec` is a flow mapping, or an indented block that begins on its own line."""
    space = "" if spec.startswith("\n") else " "
    return (
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
        f"metadata: {{name: {name}, namespace: {where}}}\nspec:{space}{spec}\n"
    )


def workload(
    name: str, labels: str, *, where: str = "shop", ports: str = "", kind: str = "Deployment", spec: str = ""
) -> str:
    """Return a workload of `apps/v1` whose pods have these labels."""
    listed = f", ports: [{ports}]" if ports else ""
    extra = f"{spec}, " if spec else ""
    return (
        f"---\napiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: {where}}}\n"
        f"spec:\n  selector: {{matchLabels: {{{labels}}}}}\n  template:\n    metadata: {{labels:"
        f" {{{labels}}}}}\n"
        f"    spec: {{{extra}containers: [{{name: {name}, image: {name}{listed}}}]}}\n"
    )


def namespace(name: str, labels: str = "") -> str:
    """Return a Namespace."""
    return f"---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{{labels}}}}}\n"


def admin(spec: str, *, name: str = "rails", kind: str = "AdminNetworkPolicy") -> str:
    """Return a cluster-wide policy of `v1alpha1`; `spec` is an indented block."""
    version = "policy.networking.k8s.io/v1alpha1"
    head = f"---\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}}}"
    return f"{head}\nspec:\n{spec}\n"
