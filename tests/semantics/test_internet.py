"""The table of the internet against the exclusions that make it up, and against known addresses."""

from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_address, ip_network
from itertools import pairwise

import pytest

from verifier.internet import INTERNET, NOT_EXTERNAL

NOT_REACHABLE_4 = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "224.0.0.0/4",
    "240.0.0.0/4",
]
REACHABLE_AGAIN_4 = ["192.0.0.9/32", "192.0.0.10/32"]
REACHABLE_AGAIN_6 = [
    "2001:1::1/128",
    "2001:1::2/128",
    "2001:1::3/128",
    "2001:3::/32",
    "2001:4:112::/48",
    "2001:20::/28",
    "2001:30::/28",
]


def test_ipv4_is_everything_but_the_exclusions() -> None:
    left = [network for network in INTERNET if isinstance(network, IPv4Network)]
    excluded = [IPv4Network(text) for text in NOT_REACHABLE_4]
    again = [IPv4Network(text) for text in REACHABLE_AGAIN_4]

    size = 2**32 - sum(network.num_addresses for network in excluded) + len(again)
    assert sum(network.num_addresses for network in left) == size
    for network in left:
        assert network in again or not any(network.overlaps(hole) for hole in excluded)


def test_ipv6_is_global_unicast_but_the_exclusions() -> None:
    left = [network for network in INTERNET if isinstance(network, IPv6Network)]
    protocols = IPv6Network("2001::/23")
    again = [IPv6Network(text) for text in REACHABLE_AGAIN_6]
    translation = IPv6Network("64:ff9b::/96")

    pool = [*IPv6Network("2000::/3").address_exclude(protocols), *again, translation]
    assert sorted(left) == sorted(collapse_addresses(pool))


@pytest.mark.parametrize("version", [4, 6])
def test_the_table_is_disjoint_and_in_order(version: int) -> None:
    networks = [network for network in INTERNET if network.version == version]

    for one, other in pairwise(networks):
        assert int(one.broadcast_address) < int(other.network_address)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.1.1.1", True),
        ("9.255.255.255", True),
        ("10.0.0.0", False),
        ("11.0.0.0", True),
        ("100.63.255.255", True),
        ("100.64.0.0", False),
        ("172.15.255.255", True),
        ("172.31.255.255", False),
        ("192.0.0.8", False),
        ("192.0.0.9", True),
        ("192.0.0.10", True),
        ("192.0.0.11", False),
        ("192.0.2.1", True),
        ("192.88.99.1", True),
        ("198.19.255.255", False),
        ("203.0.113.7", True),
        ("223.255.255.255", True),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("64:ff9b::808:808", True),
        ("64:ff9b:1::1", False),
        ("100::1", False),
        ("1fff:ffff::1", False),
        ("2001::1", False),
        ("2001:1::3", True),
        ("2001:1::4", False),
        ("2001:2::1", False),
        ("2001:10::1", False),
        ("2001:2f::1", True),
        ("2001:3f::1", True),
        ("2001:40::1", False),
        ("2001:200::1", True),
        ("2001:db8::1", True),
        ("2002::1", True),
        ("2606:4700::1111", True),
        ("3fff::1", True),
        ("4000::1", False),
        ("5f00::1", False),
        ("fc00::1", False),
        ("fe80::1", False),
        ("ff02::1", False),
    ],
)
def test_known_addresses(text: str, expected: bool) -> None:
    assert any(ip_address(text) in network for network in INTERNET) is expected


def test_the_internet_is_external() -> None:
    for network in INTERNET:
        assert not any(network.version == hole.version and network.overlaps(hole) for hole in NOT_EXTERNAL)


def test_no_address_of_another_host() -> None:
    expected = [
        "0.0.0.0/8",
        "127.0.0.0/8",
        "224.0.0.0/4",
        "255.255.255.255/32",
        "::/128",
        "::1/128",
        "ff00::/8",
        "::ffff:0:0/96",
    ]
    assert list(NOT_EXTERNAL) == [ip_network(text) for text in expected]
