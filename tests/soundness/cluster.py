"""Small clusters, written out, and the verdicts on one statement about them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import indent

from verifier.properties.spec.scope import World
from verifier.report import PropertyResult
from verifier.verify import check

Decide = Callable[..., PropertyResult]
SNAPSHOT, ANY_POD = World.SNAPSHOT, World.ANY_POD


def namespace(name: str, labels: str = "") -> str:
    return f"---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{{labels}}}}}\n"


def pod(
    name: str, labels: str = "", *, where: str = "shop", ip: str = "", spec: str = "", phase: str = ""
) -> str:
    """Return a Pod; `spec` holds further fields, each followed by a comma."""
    known = [f"podIPs: [{{ip: {ip!r}}}]" if ip else "", f"phase: {phase}" if phase else ""]
    return (
        "---\napiVersion: v1\nkind: Pod\n"
        f"metadata: {{name: {name}, namespace: {where}, labels: {{{labels}}}}}\n"
        f"spec: {{{spec} containers: [{{name: c, image: i}}]}}\n"
        f"status: {{{', '.join(part for part in known if part)}}}\n"
    )


def deployment(name: str, labels: str, *, where: str = "shop") -> str:
    return (
        f"---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: {where}}}\n"
        f"spec:\n  selector: {{matchLabels: {{{labels}}}}}\n"
        f"  template:\n    metadata: {{labels: {{{labels}}}}}\n"
        "    spec: {containers: [{name: c, image: i}]}\n"
    )


def node(name: str, ip: str = "") -> str:
    status = f"status: {{addresses: [{{type: InternalIP, address: {ip!r}}}]}}\n" if ip else ""
    return f"---\napiVersion: v1\nkind: Node\nmetadata: {{name: {name}}}\n{status}"


def policy(spec: str, *, where: str = "shop", name: str = "p") -> str:
    return (
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
        f"metadata: {{name: {name}, namespace: {where}}}\nspec: {spec}\n"
    )


def write(folder: Path, manifests: str, statement: str, spec: str = "") -> Path:
    """Write a property file with one property, `statement` (lines of YAML), and further lines of `spec`."""
    (folder / "manifests.yaml").write_text(manifests, "utf-8")
    file = folder / "properties.yaml"
    file.write_text(
        "apiVersion: netqed.dev/v1\nkind: PropertySet\nspec:\n  manifests: [manifests.yaml]\n"
        f"{indent(spec, '  ')}\n  properties:\n    - name: it\n{indent(statement, '      ')}\n",
        "utf-8",
    )
    return file


def decide(folder: Path, manifests: str, statement: str, spec: str = "") -> PropertyResult:
    """Return what is found of one statement."""
    (result,) = check(str(write(folder, manifests, statement, spec))).results
    return result


def both(result: PropertyResult) -> tuple[str, str]:
    """Return the verdicts for the pods shown and for any pod, in one word each."""
    return str(result.verdicts[SNAPSHOT].word), str(result.verdicts[ANY_POD].word)


SHOP = namespace("shop")
WEB = pod("web", "app: web")
DB = pod("db", "app: db")
DENY_ALL = policy("{podSelector: {}, policyTypes: [Ingress, Egress]}", name="deny")
TO_DB = "forbid: {from: {namespace: shop, workload: web}, to: {namespace: shop, workload: db}}"
