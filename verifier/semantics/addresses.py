"""CIDRs as the API server reads them, and ipBlock (NP-30 to NP-33)."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, ip_address, ip_network

from verifier.flow import Address
from verifier.manifest.network_policy import IPBlock
from verifier.population import Cidr

MAPPED_BITS = 96  # the length of ::ffff:0:0/96


@lru_cache(maxsize=4096)  # the same few are asked about again and again
def parse_cidr(text: str) -> Cidr:
    """Return the network that `text` stands for.

    Host bits are masked and leading zeros of IPv4 octets are decimal. An IPv4-mapped IPv6 CIDR of 96 bits or
    more is the IPv4 CIDR behind it; a shorter one covers IPv6 addresses only.

    Raises:
        ValueError: `text` is no CIDR.

    Source: NP-32, V-14.
    """
    written, slash, length = text.rpartition("/")
    if not slash:
        raise ValueError(f"expected an address and a prefix length (`10.0.0.0/8`), found `{text}`")
    address = ip_address(_without_leading_zeros(written))
    bits = int(length)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None and bits >= MAPPED_BITS:
        return IPv4Network((address.ipv4_mapped, bits - MAPPED_BITS), strict=False)
    return ip_network((address, bits), strict=False)


def _without_leading_zeros(address: str) -> str:
    if "." not in address:
        return address
    head, colon, dotted = address.rpartition(":")
    return head + colon + ".".join(str(int(octet)) for octet in dotted.split("."))


def in_cidr(cidr: Cidr, address: Address) -> bool:
    """Return whether `address` lies in `cidr`; an address of the other family never does (NP-33)."""
    return address.version == cidr.version and address in cidr


def ip_block_matches(block: IPBlock, address: Address) -> bool:
    """Return whether `address` lies in `cidr` and in no `except`.

    Raises:
        ValueError: a text of `block` is no CIDR.

    Source: NP-30, NP-32, NP-33.
    """
    if not in_cidr(parse_cidr(block.cidr), address):
        return False
    return not any(in_cidr(parse_cidr(hole), address) for hole in block.except_ or ())
