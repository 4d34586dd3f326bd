"""v1 Node: the addresses that its traffic comes from (NP-41 to NP-43), the labels that peers see (CNP-10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from verifier.flow import Address
from verifier.manifest.base import Fault
from verifier.manifest.labels import read_labels
from verifier.manifest.metadata import metadata_of, read_name
from verifier.manifest.plain import mapping_at, mappings_at, text_at
from verifier.manifest.pod_status import address_at

_ADDRESS_TYPES = frozenset({"InternalIP", "ExternalIP"})


@dataclass(frozen=True, slots=True)
class NodeManifest:
    """A node with its labels and the addresses of `status.addresses`; `name` None: it is at fault."""

    name: str | None
    addresses: tuple[Address, ...]
    labels: Mapping[str, str] = field(default_factory=dict)


def read_node(data: Mapping[str, Any], faults: list[Fault]) -> NodeManifest:
    """Return the node that `data` writes; what is wrong with it is added to `faults`."""
    metadata = metadata_of(data, faults)
    name = read_name(metadata, faults)
    status = mapping_at(data, "status", (), faults) or {}
    addresses: dict[Address, None] = {}
    for route, item in mappings_at(status, "addresses", ("status",), faults):
        if text_at(item, "type", route, faults) in _ADDRESS_TYPES:
            address = address_at(item, "address", route, faults)
            if address is not None:
                addresses[address] = None
    return NodeManifest(name, tuple(addresses), read_labels(metadata, "labels", ("metadata",), faults))
