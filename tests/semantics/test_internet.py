"""The table of the internet against known addresses."""

from ipaddress import ip_address, ip_network

import pytest

from verifier.flow import External
from verifier.internet import INTERNET, NOT_EXTERNAL, Cidr
from verifier.properties.spec.scope import Selection
from verifier.semantics import selects


def on_the_internet(text: str) -> bool:
    address = ip_address(text)
    return selects(Selection(externals=True, internet=True), External(address), address)


def test_what_is_left_out_lies_inside() -> None:
    for part in INTERNET:
        assert all(
            hole.version == part.cidr.version and hole != part.cidr and part.cidr.overlaps(hole)
            for hole in part.without
        )


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
    assert on_the_internet(text) is expected


@pytest.mark.parametrize("hole", NOT_EXTERNAL, ids=str)
def test_the_internet_is_external(hole: Cidr) -> None:
    assert not on_the_internet(str(hole.network_address))
    assert not on_the_internet(str(hole.broadcast_address))


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
