"""The property file that goes with a generated cluster."""

from __future__ import annotations

from benchmarks.policies import METRICS_PORT, RESOLVER_LABELS, SCRAPER
from benchmarks.workload import namespace_names

_HEAD = """\
apiVersion: netqed.dev/v1
kind: PropertySet
metadata: {name: benchmark}
spec:
  manifests: [cluster.yaml]
  properties:
"""


def forbid_internet(namespaces: int) -> str:
    """Return the properties "no pod of this namespace reaches the internet", one for each namespace."""
    return "".join(
        f"    - name: no pod of {name} reaches the internet\n"
        f"      forbid: {{from: {{namespace: {name}}}, to: internet}}\n"
        for name in namespace_names(namespaces)
    )


def only_scraper() -> str:
    """Return the property "nobody but the scraper reaches the metrics port of any pod of the cluster"."""
    scraper = f"{{namespace: monitoring, podSelector: {{matchLabels: {{app: {SCRAPER}}}}}}}"
    return (
        f"    - name: only {SCRAPER} reaches port {METRICS_PORT} of any pod\n"
        f"      only: {{from: {scraper}, to: {{namespaceSelector: {{}}}}, ports: [{METRICS_PORT}]}}\n"
    )


def isolated_namespaces() -> str:
    """Return a property file that asks once whether any two namespaces of the whole cluster talk at all."""
    return _HEAD + (
        "    - name: namespaces do not talk to each other\n      isolate: {by: kubernetes.io/metadata.name}\n"
    )


def three_a_namespace(namespaces: int) -> str:
    """Return a property file with three properties of each namespace: out, in, and what must work."""
    scraper = f"{{namespace: monitoring, podSelector: {{matchLabels: {{app: {SCRAPER}}}}}}}"
    labels = ", ".join(f"{key}: {value}" for key, value in RESOLVER_LABELS.items())
    resolver = f"{{namespace: kube-system, podSelector: {{matchLabels: {{{labels}}}}}}}"
    return _HEAD + "".join(
        f"    - name: no pod of {name} reaches the internet\n"
        f"      forbid: {{from: {{namespace: {name}}}, to: internet}}\n"
        f"    - name: only {SCRAPER} reaches port {METRICS_PORT} of {name}\n"
        f"      only: {{from: {scraper}, to: {{namespace: {name}}}, ports: [{METRICS_PORT}]}}\n"
        f"    - name: the pods of {name} resolve names\n"
        f"      require: {{from: {{namespace: {name}}}, to: {resolver}, ports: [53/UDP, 53/TCP]}}\n"
        for name in namespace_names(namespaces)
    )


def property_file(namespaces: int = 20) -> str:
    """Return a property file for `cluster.yaml` beside it: a `forbid` for each namespace, and one `only`."""
    return _HEAD + forbid_internet(namespaces) + only_scraper()
