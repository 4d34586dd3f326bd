"""Which addresses make up the internet, and which are no other host's at all.

The edition of 2025-10-09 of the IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890, RFC 8190),
written out; a later edition changes nothing here until somebody changes this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

Cidr = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Reachable:
    """Addresses that are globally reachable: those of `cidr` that lie in none of `without`."""

    cidr: Cidr
    without: tuple[Cidr, ...] = ()


# Everything unicast that is globally reachable, and what is kept for documentation: 192.0.2.0/24,
# 198.51.100.0/24 and 203.0.113.0/24 (RFC 5737), 2001:db8::/32 (RFC 3849), 3fff::/20 (RFC 9637). Kept too are
# 192.88.99.0/24 (RFC 7526) and 2002::/16 (RFC 3056).
INTERNET: tuple[Reachable, ...] = (
    Reachable(
        IPv4Network("0.0.0.0/0"),
        without=(
            IPv4Network("0.0.0.0/8"),  # this network (RFC 791)
            IPv4Network("10.0.0.0/8"),  # private use (RFC 1918)
            IPv4Network("100.64.0.0/10"),  # shared address space (RFC 6598)
            IPv4Network("127.0.0.0/8"),  # loopback (RFC 1122)
            IPv4Network("169.254.0.0/16"),  # link-local (RFC 3927)
            IPv4Network("172.16.0.0/12"),  # private use (RFC 1918)
            IPv4Network("192.0.0.0/24"),  # protocol assignments (RFC 6890)
            IPv4Network("192.168.0.0/16"),  # private use (RFC 1918)
            IPv4Network("198.18.0.0/15"),  # benchmarking (RFC 2544)
            IPv4Network("224.0.0.0/4"),  # multicast (RFC 5771)
            IPv4Network("240.0.0.0/4"),  # reserved, and the limited broadcast address (RFC 1112, RFC 919)
        ),
    ),
    Reachable(IPv4Network("192.0.0.9/32")),  # port control protocol anycast (RFC 7723)
    Reachable(IPv4Network("192.0.0.10/32")),  # TURN anycast (RFC 8155)
    Reachable(IPv6Network("2000::/3"), without=(IPv6Network("2001::/23"),)),  # RFC 4291, RFC 2928
    Reachable(IPv6Network("2001:1::1/128")),  # port control protocol anycast (RFC 7723)
    Reachable(IPv6Network("2001:1::2/128")),  # TURN anycast (RFC 8155)
    Reachable(IPv6Network("2001:1::3/128")),  # DNS-SD registration anycast (RFC 9665)
    Reachable(IPv6Network("2001:3::/32")),  # automatic multicast tunnelling (RFC 7450)
    Reachable(IPv6Network("2001:4:112::/48")),  # AS112 (RFC 7535)
    Reachable(IPv6Network("2001:20::/28")),  # ORCHIDv2 (RFC 7343)
    Reachable(IPv6Network("2001:30::/28")),  # drone remote identification (RFC 9374)
    Reachable(IPv6Network("64:ff9b::/96")),  # IPv4-IPv6 translation (RFC 6052)
)

# No unicast address of another host: no endpoint of a flow outside the cluster can have one of these.
NOT_EXTERNAL: tuple[Cidr, ...] = (
    IPv4Network("0.0.0.0/8"),  # this network (RFC 791)
    IPv4Network("127.0.0.0/8"),  # loopback (RFC 1122)
    IPv4Network("224.0.0.0/4"),  # multicast (RFC 5771)
    IPv4Network("255.255.255.255/32"),  # limited broadcast (RFC 919)
    IPv6Network("::/128"),  # unspecified (RFC 4291)
    IPv6Network("::1/128"),  # loopback (RFC 4291)
    IPv6Network("ff00::/8"),  # multicast (RFC 4291)
    IPv6Network("::ffff:0:0/96"),  # IPv4-mapped: an IPv4 address in other words (RFC 4291)
)


def on_the_internet(address: int, version: int) -> bool:
    """Return whether an address of that IP version is one of `INTERNET`."""
    return any(
        part.cidr.version == version
        and _holds(part.cidr, address)
        and not any(_holds(hole, address) for hole in part.without)
        for part in INTERNET
    )


def _holds(cidr: Cidr, address: int) -> bool:
    return int(cidr.network_address) <= address <= int(cidr.broadcast_address)
