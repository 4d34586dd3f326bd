"""Is there room for everybody? A world in which somebody has no address proves nothing (S-2)."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, collapse_addresses

from verifier.flow import Address
from verifier.manifest.base import Fault
from verifier.population import Cidr, Population

_REPLICAS = 2  # a template's pods can talk to each other, so there must be room for two
_ADVICE = "declare every range that addresses are taken from, or leave the field out"


def room_faults(population: Population) -> Iterator[Fault]:
    """Yield the declared ranges with too few addresses for those whose address nobody states."""
    network, nodes = population.network, population.nodes
    off_host = [workload for workload in population.workloads if not workload.host_network]
    stated = {address for node in nodes for address in node.addresses}
    stated.update(address for workload in population.workloads for address in workload.addresses or ())
    pods = sum(1 if workload.single else _REPLICAS for workload in off_host if workload.addresses is None)
    silent = sum(not node.addresses for node in nodes) if nodes else 1
    yield from _crowded(network.pod_cidrs, "podCIDRs", "pods", pods, stated)
    yield from _crowded(network.node_cidrs, "nodeCIDRs", "nodes", silent, stated)


def _crowded(
    cidrs: tuple[Cidr, ...] | None, field: str, who: str, wanted: int, stated: set[Address]
) -> Iterator[Fault]:
    for version in (4, 6):
        own = [cidr for cidr in cidrs or () if cidr.version == version]
        room = _free(own, {address for address in stated if address.version == version})
        if own and room < wanted:
            message = (
                f"room for {room} more by IPv{version}, but the addresses of {wanted} {who} are not stated"
            )
            yield Fault("too-few-addresses", message, ("spec", "network", field), _ADVICE)


def _free(cidrs: list[Cidr], stated: set[Address]) -> int:
    """Return how many addresses of `cidrs`, all of one family, are not stated to be anybody's."""
    four = [cidr for cidr in cidrs if isinstance(cidr, IPv4Network)]
    six = [cidr for cidr in cidrs if isinstance(cidr, IPv6Network)]
    merged: list[Cidr] = [*collapse_addresses(four), *collapse_addresses(six)]
    inside = sum(any(address in cidr for cidr in merged) for address in stated)
    return sum(cidr.num_addresses for cidr in merged) - inside
