"""v1 PodStatus: where a running pod is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from verifier.diagnostics import one_line
from verifier.flow import Address
from verifier.manifest.base import Fault, Route
from verifier.manifest.cidr import parse_address
from verifier.manifest.plain import mapping_at, mappings_at, text_at

_FINISHED = frozenset({"Succeeded", "Failed"})
_STATUS: Route = ("status",)


@dataclass(frozen=True, slots=True)
class PodStatus:
    """What the cluster says of a pod. `addresses` holds at most one a family; empty: not known yet."""

    finished: bool = False
    addresses: tuple[Address, ...] = ()
    host_addresses: tuple[Address, ...] = ()


def read_pod_status(data: Mapping[str, Any], faults: list[Fault]) -> PodStatus:
    """Return the `status` of the Pod `data`; what is wrong with it is added to `faults`."""
    status = mapping_at(data, "status", (), faults)
    if status is None:
        return PodStatus()
    if text_at(status, "phase", _STATUS, faults) in _FINISHED:
        return PodStatus(finished=True)
    return PodStatus(
        addresses=_addresses(status, "podIPs", "podIP", faults),
        host_addresses=_addresses(status, "hostIPs", "hostIP", faults),
    )


def address_at(data: Mapping[str, Any], key: str, route: Route, faults: list[Fault]) -> Address | None:
    """Return the address at `key` of `data`, which lies at `route`."""
    text = text_at(data, key, route, faults)
    if text is None:
        return None
    try:
        return parse_address(text)
    except ValueError:
        message = (
            f"invalid value `{one_line(text)}`: must be an IP address (such as `10.9.8.7` or `2001:db8::1`)"
        )
        faults.append(Fault("invalid-address", message, (*route, key)))
        return None


def _addresses(status: Mapping[str, Any], many: str, one: str, faults: list[Fault]) -> tuple[Address, ...]:
    """Return what the list `many` says, or else the single field `one`."""
    primary = address_at(status, one, _STATUS, faults)
    listed: list[Address] = []
    for route, item in mappings_at(status, many, _STATUS, faults):
        address = address_at(item, "ip", route, faults)
        if address is None:
            continue
        if any(other.version == address.version for other in listed):
            message = f"invalid value `{address}`: may hold at most one address of each IP family"
            faults.append(Fault("invalid-address", message, (*route, "ip")))
        else:
            listed.append(address)
    if listed and primary is not None and primary != listed[0]:
        message = f"invalid value `{primary}`: must be the first of `{many}`, `{listed[0]}`"
        faults.append(Fault("invalid-address", message, (*_STATUS, one)))
    if listed:
        return tuple(listed)
    return () if primary is None else (primary,)
