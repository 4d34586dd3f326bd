"""Addresses and CIDRs in the spelling that the API server takes for NetworkPolicy (V-8, V-9, V-14).

It reads them more loosely than today's standards: octets may have leading zeros (and are decimal), host bits
may be set, and an IPv4-mapped IPv6 address is the IPv4 address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Literal

from verifier.diagnostics import one_line
from verifier.flow import Address

IPV4_BITS = 32
IPV6_BITS = 128

_OCTET_MAX = 0xFF
_GROUP_MAX = 0xFFFF
_GROUPS = 8
_GROUP_BITS = 16
_MAPPED_BITS = IPV6_BITS - IPV4_BITS
_MAPPED_PREFIX = 0xFFFF
_CACHED_TEXTS = 16384
_DECIMAL = re.compile(r"[0-9]+")
_GROUP = re.compile(r"[0-9A-Fa-f]{1,4}")
_SHORT_TEXT = 128  # far above every sensible spelling; bounds the work on hostile ones


@dataclass(frozen=True, slots=True)
class Cidr:
    """A CIDR as written: `address` keeps its host bits (32 bits for version 4, 128 for 6)."""

    version: Literal[4, 6]
    address: int
    prefix_length: int

    @property
    def network(self) -> IPv4Network | IPv6Network:
        """The CIDR with its host bits cleared (NP-32)."""
        if self.version == 4:
            return IPv4Network((self.address, self.prefix_length), strict=False)
        return IPv6Network((self.address, self.prefix_length), strict=False)


@lru_cache(maxsize=_CACHED_TEXTS)
def parse_address(text: str) -> Address:
    """Return the address that `text` stands for; an IPv4-mapped IPv6 address is an IPv4 address.

    Raises:
        ValueError: `text` is no address.
    """
    version, number = _parse(text)
    if version == 4:
        return IPv4Address(number)
    if number >> IPV4_BITS == _MAPPED_PREFIX:
        return IPv4Address(number & (1 << IPV4_BITS) - 1)
    return IPv6Address(number)


@lru_cache(maxsize=_CACHED_TEXTS)
def parse_cidr(text: str) -> Cidr:
    """Return the CIDR that `text` stands for.

    An IPv4-mapped IPv6 CIDR whose prefix covers the mapping is an IPv4 CIDR; one with a shorter prefix is
    IPv6.

    Raises:
        ValueError: `text` is no CIDR.
    """
    address, slash, length = text.partition("/")
    version, number = _parse(address)
    width = IPV4_BITS if version == 4 else IPV6_BITS
    if not slash or len(length) > _SHORT_TEXT or not _DECIMAL.fullmatch(length) or int(length) > width:
        raise ValueError(f"`{one_line(text)}` has no prefix length from 0 to {width}")
    prefix_length = int(length)
    if version == 6 and prefix_length >= _MAPPED_BITS and number >> IPV4_BITS == _MAPPED_PREFIX:
        return Cidr(4, number & (1 << IPV4_BITS) - 1, prefix_length - _MAPPED_BITS)
    return Cidr(version, number, prefix_length)


def is_plain_cidr(text: str) -> bool:
    """Return whether `text` is a CIDR to a schema's `isCIDR`, which is stricter than NetworkPolicy (VA-6).

    Neither octets nor the prefix length have leading zeros, and IPv4-mapped IPv6 addresses are refused;
    host bits are not.
    """
    try:
        parse_cidr(text)
    except ValueError:
        return False
    address, _, length = text.partition("/")
    octets = address.rpartition(":")[2].split(".") if "." in address else []
    if any(len(number) > 1 and number.startswith("0") for number in (*octets, length)):
        return False
    version, number = _parse(address)
    return version == 4 or number >> IPV4_BITS != _MAPPED_PREFIX


def is_strict_subset(hole: str, block: str) -> bool:
    """Return whether the CIDR `hole` is a part of `block`, of the same family and not all of it (V-9).

    The API server compares the prefix lengths as written, so an IPv4-mapped CIDR must pass that test too.

    Raises:
        ValueError: one of them is no CIDR.
    """
    inner, outer = parse_cidr(hole), parse_cidr(block)
    if inner.version != outer.version or inner.prefix_length <= outer.prefix_length:
        return False
    if _written_prefix_length(hole) <= _written_prefix_length(block):
        return False
    width = IPV4_BITS if outer.version == 4 else IPV6_BITS
    shift = width - outer.prefix_length
    return inner.address >> shift == outer.address >> shift


def spelling_advice(text: str) -> str | None:
    """Return what the API server warns of in the valid CIDR `text`; None if it is in canonical form (V-14).

    Raises:
        ValueError: `text` is no CIDR.
    """
    cidr = parse_cidr(text)
    network = cidr.network
    if text == str(network):
        return None
    if cidr.address != int(network.network_address):
        kind = IPv4Address if cidr.version == 4 else IPv6Address
        return f"has host bits set: it stands for `{network}`, not for `{kind(cidr.address)}` alone"
    return f"is not in canonical form: it stands for `{network}`"


def _written_prefix_length(text: str) -> int:
    return int(text.partition("/")[2])


def _parse(text: str) -> tuple[Literal[4, 6], int]:
    if len(text) <= _SHORT_TEXT:
        number = _parse_ipv4(text)
        if number is not None:
            return 4, number
        number = _parse_ipv6(text)
        if number is not None:
            return 6, number
    raise ValueError(f"`{one_line(text)}` is no IP address")


def _parse_ipv4(text: str) -> int | None:
    octets = text.split(".")
    if len(octets) != IPV4_BITS // 8:
        return None
    number = 0
    for octet in octets:
        if not _DECIMAL.fullmatch(octet) or int(octet) > _OCTET_MAX:
            return None
        number = number << 8 | int(octet)
    return number


def _parse_ipv6(text: str) -> int | None:
    head, _, tail = text.rpartition(":")
    ipv4 = _parse_ipv4(tail)
    if ipv4 is not None:
        text = f"{head}:{ipv4 >> _GROUP_BITS:x}:{ipv4 & _GROUP_MAX:x}"
    left, gap, right = text.partition("::")
    high, low = _groups(left), _groups(right)
    if high is None or low is None:
        return None
    missing = _GROUPS - len(high) - len(low)
    if missing < 1 if gap else missing != 0:
        return None
    number = 0
    for group in (*high, *[0] * missing, *low):
        number = number << _GROUP_BITS | group
    return number


def _groups(text: str) -> list[int] | None:
    groups: list[int] = []
    for word in text.split(":") if text else ():
        if not _GROUP.fullmatch(word):
            return None
        groups.append(int(word, 16))
    return groups
