# ruff: noqa: E501
"""What an attack is written in: a small cast, policies as YAML, one statement, and the verdicts that must follow."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent
from typing import Any

from typer.testing import CliRunner

from verifier.cli.main import app

OPEN = "open"
"""The input does not decide: never proved, never refuted."""

EXIT_CODES = {"proved": {0}, "refuted": {1}, "vacuous": {1}, OPEN: {1, 3}}
SPELLINGS = {
    "proved": {"proved"},
    "refuted": {"refuted"},
    "vacuous": {"vacuous"},
    OPEN: {"unknown", "depends"},
}

ENDPOINTS = """\
    web: {namespace: shop, podSelector: {matchLabels: {app: web}}}
    db: {namespace: shop, podSelector: {matchLabels: {app: db}}}
    mon: {namespace: ops, podSelector: {matchLabels: {app: mon}}}
    pods: {namespaceSelector: {}}
"""

NOBODY = "    {}\n"


def namespace(name: str, labels: str = "") -> str:
    return f"---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{{labels}}}}}\n"


def pod(where: str, name: str, labels: str = "", *, spec: str = "", ports: str = "", ips: str = "") -> str:
    """Return a Pod; `spec` holds further fields of its spec, `ips` its addresses."""
    status = f"status: {{podIPs: [{', '.join(f'{{ip: {ip!r}}}' for ip in ips.split())}]}}\n" if ips else ""
    return (
        f"---\napiVersion: v1\nkind: Pod\nmetadata: {{namespace: {where}, name: {name}, labels: {{{labels}}}}}\n"
        f"spec: {{{spec}{', ' if spec else ''}containers: [{{name: main, image: i, ports: [{ports}]}}]}}\n{status}"
    )


def deployment(where: str, name: str, labels: str, *, kind: str = "Deployment", spec: str = "") -> str:
    """Return a workload of `apps/v1` whose template has `labels`."""
    extra = ", serviceName: s" if kind == "StatefulSet" else ""
    return (
        f"---\napiVersion: apps/v1\nkind: {kind}\nmetadata: {{namespace: {where}, name: {name}}}\n"
        f"spec: {{selector: {{matchLabels: {{{labels}}}}}{extra}, template: {{metadata: {{labels: {{{labels}}}}}, "
        f"spec: {{{spec}{', ' if spec else ''}containers: [{{name: main, image: i}}]}}}}}}\n"
    )


def policy(spec: str, where: str = "shop", name: str = "attacked") -> str:
    return (
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
        f"metadata: {{name: {name}, namespace: {where}}}\nspec: {spec}\n"
    )


def to_db(rules: str) -> str:
    """Return a policy that isolates db for ingress and has `rules`."""
    return policy(f"{{podSelector: {{matchLabels: {{app: db}}}}, policyTypes: [Ingress], ingress: {rules}}}")


def from_web(rules: str) -> str:
    """Return a policy that isolates web for egress and has `rules`."""
    return policy(f"{{podSelector: {{matchLabels: {{app: web}}}}, policyTypes: [Egress], egress: {rules}}}")


SHOP = namespace("shop", "team: shop") + namespace("ops", "team: ops")
WEB = pod("shop", "web", "app: web", ports="{name: http, containerPort: 8080}")
DB = pod("shop", "db", "app: db", ports="{name: pg, containerPort: 5432}")
MON = pod("ops", "mon", "app: mon")
CAST = SHOP + WEB + DB + MON
DENY = policy("{podSelector: {}, policyTypes: [Ingress, Egress]}", name="deny")


@dataclass(frozen=True, slots=True)
class Attack:
    """One cluster and one statement, with the verdict that each world demands."""

    name: str
    manifests: str
    statement: str
    snapshot: str
    any_pod: str | None = None
    spec: str = ""
    endpoints: str = ENDPOINTS


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the program said."""

    exit_code: int
    report: dict[str, Any]
    text: str

    def verdict(self, world: str) -> str:
        found: str = self.report["sets"][0]["properties"][0][world]["verdict"]
        return found

    @property
    def codes(self) -> set[str]:
        return {item["code"] for item in self.report["diagnostics"]}


def property_file(attack: Attack) -> str:
    spec = indent(attack.spec, "  ")
    return (
        "apiVersion: netqed.dev/v1\nkind: PropertySet\nspec:\n  manifests: [manifests.yaml]\n"
        f"  endpoints:\n{attack.endpoints}{spec}\n"
        f"  properties:\n  - {{name: attack, {attack.statement}}}\n"
    )


def run(folder: Path, attack: Attack) -> Outcome:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifests.yaml").write_text(attack.manifests, encoding="utf-8")
    (folder / "properties.yaml").write_text(property_file(attack), encoding="utf-8")
    return invoke(str(folder / "properties.yaml"))


def invoke(*arguments: str) -> Outcome:
    result = CliRunner().invoke(app, [*arguments, "--format", "json"])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Outcome(result.exit_code, json.loads(result.stdout) if result.stdout else {}, result.output)
