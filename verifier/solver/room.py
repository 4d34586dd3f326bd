"""How many addresses are like this one? Whether an address can be had although pods sit somewhere near it."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.encodings.symbolic_flow import IPV4_BITS, IPV6_BITS
from verifier.encodings.symbols import Symbols
from verifier.internet import INTERNET, NOT_EXTERNAL


def has_room(symbols: Symbols, version: int, address: int) -> bool:
    """Return whether more addresses than the cluster could use up lie in just the same mentioned blocks."""
    width = IPV4_BITS if version == 4 else IPV6_BITS
    prefixes = {(network, length) for v, network, length in _prefixes(symbols) if v == version}
    holding = max(
        (length for network, length in prefixes if _holds(network, length, address, width)), default=0
    )
    base = address >> (width - holding) << (width - holding)
    inside = sum(
        1 << (width - length)
        for network, length in prefixes
        if length > holding and _holds(base, holding, network, width)
    )
    in_use = len(symbols.stated.numbers[version])
    return (1 << (width - holding)) - inside > in_use + 2 * (
        len(symbols.shapes) + len(symbols.nodes.names) + 2
    )


def _prefixes(symbols: Symbols) -> Iterator[tuple[int, int, int]]:
    yield from symbols.blocks
    network = symbols.population.network
    declared = [*network.unknown_pod_cidrs, *(network.service_cidrs or ()), *(network.node_cidrs or ())]
    reachable = [cidr for part in INTERNET for cidr in (part.cidr, *part.without)]
    for cidr in (*declared, *reachable, *NOT_EXTERNAL):
        yield cidr.version, int(cidr.network_address), cidr.prefixlen


def _holds(network: int, length: int, address: int, width: int) -> bool:
    return network >> (width - length) == address >> (width - length)
