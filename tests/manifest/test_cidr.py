from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.manifest.cidr import Cidr, is_strict_subset, parse_address, parse_cidr, spelling_advice


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.7/8", Cidr(4, 0x0A000007, 8)),
        ("010.000.0.0/08", Cidr(4, 0x0A000000, 8)),
        ("0.0.0.0/0", Cidr(4, 0, 0)),
        ("::/0", Cidr(6, 0, 0)),
        ("2001:db8::1/32", Cidr(6, 0x20010DB8 << 96 | 1, 32)),
        ("1:2:3:4:5:6:7:8/128", Cidr(6, 0x00010002000300040005000600070008, 128)),
        ("1:2:3:4:5:6:1.2.3.4/128", Cidr(6, 0x00010002000300040005000601020304, 128)),
        ("::ffff:10.0.0.0/104", Cidr(4, 0x0A000000, 8)),
        ("::ffff:a00:0/96", Cidr(4, 0x0A000000, 0)),
        ("::ffff:10.0.0.0/95", Cidr(6, 0xFFFF0A000000, 95)),
    ],
)
def test_parse_cidr(text: str, expected: Cidr) -> None:
    assert parse_cidr(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10.0.0.0",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/+8",
        "10.0.0.0/8/8",
        "10.0.0/8",
        "10.0.0.256/8",
        "10.0.0.0.0/8",
        "10.0.0.٣/8",
        "0x0a.0.0.0/8",
        " 10.0.0.0/8",
        "::/129",
        ":::/8",
        "1::2::3/8",
        "1:2:3:4:5:6:7/8",
        "1:2:3:4::5:6:7:8/8",
        "1:2:3:4:5:6:7:8:9/8",
        "12345::/8",
        "00001::/16",
        "fe80::1%eth0/8",
        "::1.2.3/8",
        "1.2.3.4::/8",
        "::" + "0" * 200 + "1/8",
        "10.0.0.0/" + "0" * 200,
    ],
)
def test_parse_cidr_refuses(text: str) -> None:
    with pytest.raises(ValueError, match=r"has no prefix length|is no IP address"):
        parse_cidr(text)


def test_parse_address() -> None:
    assert parse_address("010.0.0.1") == IPv4Address("10.0.0.1")
    assert parse_address("::ffff:10.0.0.1") == IPv4Address("10.0.0.1")
    assert parse_address("2001:DB8::1") == IPv6Address("2001:db8::1")
    with pytest.raises(ValueError, match="`x` is no IP address"):
        parse_address("x")


@given(
    st.ip_addresses(v=4)
    | st.ip_addresses(v=6).filter(lambda a: not (isinstance(a, IPv6Address) and a.ipv4_mapped))
)
def test_standard_spelling_is_read_as_the_standard_says(address: IPv4Address | IPv6Address) -> None:
    assert parse_address(str(address)) == address
    assert parse_address(address.exploded) == ip_address(str(address))
    network = ip_network(f"{address}/20", strict=False)
    assert parse_cidr(f"{address}/20").network == network
    assert spelling_advice(str(network)) is None


@pytest.mark.parametrize(
    ("hole", "block", "expected"),
    [
        ("10.1.0.0/16", "10.0.0.0/8", True),
        ("10.0.0.0/9", "10.0.0.7/8", True),
        ("10.0.0.0/8", "10.0.0.0/8", False),
        ("11.0.0.0/16", "10.0.0.0/8", False),
        ("0.0.0.0/1", "0.0.0.0/0", True),
        ("10.0.0.0/8", "::/0", False),
        ("2001:db8:1::/48", "2001:db8::/32", True),
        ("2001:db8:1::/48", "0.0.0.0/0", False),
        ("::ffff:10.1.0.0/112", "10.0.0.0/8", True),
        ("10.1.0.0/16", "::ffff:10.0.0.0/104", False),
    ],
)
def test_is_strict_subset(hole: str, block: str, expected: bool) -> None:
    assert is_strict_subset(hole, block) is expected
