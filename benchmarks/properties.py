"""The property file that goes with a generated cluster."""

from __future__ import annotations

from benchmarks.policies import METRICS_PORT, SCRAPER
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


def property_file(namespaces: int = 20) -> str:
    """Return a property file for `cluster.yaml` beside it: a `forbid` for each namespace, and one `only`."""
    return _HEAD + forbid_internet(namespaces) + only_scraper()
