"""v1 Namespace: its labels are what namespace selectors see (NP-15)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from verifier.manifest.base import Fault
from verifier.manifest.labels import read_labels
from verifier.manifest.metadata import metadata_of, read_name
from verifier.manifest.names import dns_label_faults


@dataclass(frozen=True, slots=True)
class NamespaceManifest:
    """A namespace, its labels as written (NP-16 is left to the readings); `name` None: it is at fault."""

    name: str | None
    labels: Mapping[str, str]


def read_namespace(data: Mapping[str, Any], faults: list[Fault]) -> NamespaceManifest:
    """Return the namespace that `data` writes; what is wrong with it is added to `faults`."""
    metadata = metadata_of(data, faults)
    name = read_name(metadata, faults, dns_label_faults)
    return NamespaceManifest(name, read_labels(metadata, "labels", ("metadata",), faults))
