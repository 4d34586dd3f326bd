"""Running the installed programs the way a person does: as processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

BIN = Path(sys.executable).parent

SHOP = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web, image: web}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: db, image: db}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
    - from: [{podSelector: {matchLabels: {app: web}}}]
      ports: [{port: 5432}]
"""
HEADER = "apiVersion: netqed.dev/v1\nkind: PropertySet\n"
PROVED = """\
    - name: web reaches db
      require: {from: {namespace: shop, workload: web}, to: {namespace: shop, workload: db}, ports: [5432]}
"""
REFUTED = """\
    - name: nobody reaches db
      forbid: {from: any, to: {namespace: shop, workload: db}}
"""
# Proved for the pods shown; a pod that somebody creates may bear the label.
FRAGILE = """\
    - name: only web reaches db
      only: {from: {namespace: shop, workload: web}, to: {namespace: shop, workload: db}}
"""
# Whether db lies in the block is nowhere said.
UNDECIDED = """\
    - name: web does not reach db inside the block
      forbid:
        from: {namespace: shop, workload: web}
        to: {namespace: shop, workload: db, ipBlock: {cidr: 10.1.0.0/16}}
"""


def property_file(*properties: str) -> str:
    return f"{HEADER}spec:\n  manifests: [shop.yaml]\n  properties:\n{''.join(properties)}"


def shop(folder: Path, *properties: str) -> Path:
    """Write the manifests and a property file; return the latter."""
    (folder / "shop.yaml").write_text(SHOP, "utf-8")
    file = folder / "properties.yaml"
    file.write_text(property_file(*properties), "utf-8")
    return file


def run(
    *arguments: str | Path,
    folder: Path,
    program: str = "verify",
    stdin: bytes = b"",
    environment: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run an installed program in `folder`."""
    command = [str(BIN / program)] if program != "python -m verifier" else [sys.executable, "-m", "verifier"]
    done = subprocess.run(
        [*command, *map(str, arguments)],
        cwd=folder,
        input=stdin,
        capture_output=True,
        env={**os.environ, "COLUMNS": "80", **(environment or {})},
        timeout=60,
        check=False,
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
    )
