"""Which addresses make up the internet, and which are no other host's at all.

The edition of 2025-10-09 of the IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890, RFC 8190),
written out; a later edition changes nothing here until somebody changes this file.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network

# Disjoint and in order. Everything unicast that is globally reachable, and what is kept for documentation.
#
# IPv4 is 0.0.0.0/0 without
#   0.0.0.0/8        this network (RFC 791)
#   10.0.0.0/8       private use (RFC 1918), as are 172.16.0.0/12 and 192.168.0.0/16
#   100.64.0.0/10    shared address space (RFC 6598)
#   127.0.0.0/8      loopback (RFC 1122)
#   169.254.0.0/16   link-local (RFC 3927)
#   192.0.0.0/24     protocol assignments (RFC 6890), save 192.0.0.9 (RFC 7723) and 192.0.0.10 (RFC 8155)
#   198.18.0.0/15    benchmarking (RFC 2544)
#   224.0.0.0/4      multicast (RFC 5771)
#   240.0.0.0/4      reserved, and the limited broadcast address (RFC 1112, RFC 919)
# It keeps documentation (192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24: RFC 5737) and 192.88.99.0/24
# (RFC 7526).
#
# IPv6 is 2000::/3 (RFC 4291) and 64:ff9b::/96 (RFC 6052) without
#   2001::/23        protocol assignments (RFC 2928), save 2001:1::1 (RFC 7723), 2001:1::2 (RFC 8155),
#                    2001:1::3 (RFC 9665), 2001:3::/32 (RFC 7450), 2001:4:112::/48 (RFC 7535),
#                    2001:20::/28 (RFC 7343) and 2001:30::/28 (RFC 9374)
# It keeps documentation (2001:db8::/32: RFC 3849, 3fff::/20: RFC 9637) and 2002::/16 (RFC 3056).
INTERNET: tuple[IPv4Network | IPv6Network, ...] = (
    IPv4Network("1.0.0.0/8"),
    IPv4Network("2.0.0.0/7"),
    IPv4Network("4.0.0.0/6"),
    IPv4Network("8.0.0.0/7"),
    IPv4Network("11.0.0.0/8"),
    IPv4Network("12.0.0.0/6"),
    IPv4Network("16.0.0.0/4"),
    IPv4Network("32.0.0.0/3"),
    IPv4Network("64.0.0.0/3"),
    IPv4Network("96.0.0.0/6"),
    IPv4Network("100.0.0.0/10"),
    IPv4Network("100.128.0.0/9"),
    IPv4Network("101.0.0.0/8"),
    IPv4Network("102.0.0.0/7"),
    IPv4Network("104.0.0.0/5"),
    IPv4Network("112.0.0.0/5"),
    IPv4Network("120.0.0.0/6"),
    IPv4Network("124.0.0.0/7"),
    IPv4Network("126.0.0.0/8"),
    IPv4Network("128.0.0.0/3"),
    IPv4Network("160.0.0.0/5"),
    IPv4Network("168.0.0.0/8"),
    IPv4Network("169.0.0.0/9"),
    IPv4Network("169.128.0.0/10"),
    IPv4Network("169.192.0.0/11"),
    IPv4Network("169.224.0.0/12"),
    IPv4Network("169.240.0.0/13"),
    IPv4Network("169.248.0.0/14"),
    IPv4Network("169.252.0.0/15"),
    IPv4Network("169.255.0.0/16"),
    IPv4Network("170.0.0.0/7"),
    IPv4Network("172.0.0.0/12"),
    IPv4Network("172.32.0.0/11"),
    IPv4Network("172.64.0.0/10"),
    IPv4Network("172.128.0.0/9"),
    IPv4Network("173.0.0.0/8"),
    IPv4Network("174.0.0.0/7"),
    IPv4Network("176.0.0.0/4"),
    IPv4Network("192.0.0.9/32"),
    IPv4Network("192.0.0.10/32"),
    IPv4Network("192.0.1.0/24"),
    IPv4Network("192.0.2.0/23"),
    IPv4Network("192.0.4.0/22"),
    IPv4Network("192.0.8.0/21"),
    IPv4Network("192.0.16.0/20"),
    IPv4Network("192.0.32.0/19"),
    IPv4Network("192.0.64.0/18"),
    IPv4Network("192.0.128.0/17"),
    IPv4Network("192.1.0.0/16"),
    IPv4Network("192.2.0.0/15"),
    IPv4Network("192.4.0.0/14"),
    IPv4Network("192.8.0.0/13"),
    IPv4Network("192.16.0.0/12"),
    IPv4Network("192.32.0.0/11"),
    IPv4Network("192.64.0.0/10"),
    IPv4Network("192.128.0.0/11"),
    IPv4Network("192.160.0.0/13"),
    IPv4Network("192.169.0.0/16"),
    IPv4Network("192.170.0.0/15"),
    IPv4Network("192.172.0.0/14"),
    IPv4Network("192.176.0.0/12"),
    IPv4Network("192.192.0.0/10"),
    IPv4Network("193.0.0.0/8"),
    IPv4Network("194.0.0.0/7"),
    IPv4Network("196.0.0.0/7"),
    IPv4Network("198.0.0.0/12"),
    IPv4Network("198.16.0.0/15"),
    IPv4Network("198.20.0.0/14"),
    IPv4Network("198.24.0.0/13"),
    IPv4Network("198.32.0.0/11"),
    IPv4Network("198.64.0.0/10"),
    IPv4Network("198.128.0.0/9"),
    IPv4Network("199.0.0.0/8"),
    IPv4Network("200.0.0.0/5"),
    IPv4Network("208.0.0.0/4"),
    IPv6Network("64:ff9b::/96"),
    IPv6Network("2000::/16"),
    IPv6Network("2001:1::1/128"),
    IPv6Network("2001:1::2/127"),
    IPv6Network("2001:3::/32"),
    IPv6Network("2001:4:112::/48"),
    IPv6Network("2001:20::/27"),
    IPv6Network("2001:200::/23"),
    IPv6Network("2001:400::/22"),
    IPv6Network("2001:800::/21"),
    IPv6Network("2001:1000::/20"),
    IPv6Network("2001:2000::/19"),
    IPv6Network("2001:4000::/18"),
    IPv6Network("2001:8000::/17"),
    IPv6Network("2002::/15"),
    IPv6Network("2004::/14"),
    IPv6Network("2008::/13"),
    IPv6Network("2010::/12"),
    IPv6Network("2020::/11"),
    IPv6Network("2040::/10"),
    IPv6Network("2080::/9"),
    IPv6Network("2100::/8"),
    IPv6Network("2200::/7"),
    IPv6Network("2400::/6"),
    IPv6Network("2800::/5"),
    IPv6Network("3000::/4"),
)

# No unicast address of another host: no endpoint of a flow outside the cluster can have one of these.
NOT_EXTERNAL: tuple[IPv4Network | IPv6Network, ...] = (
    IPv4Network("0.0.0.0/8"),  # this network (RFC 791)
    IPv4Network("127.0.0.0/8"),  # loopback (RFC 1122)
    IPv4Network("224.0.0.0/4"),  # multicast (RFC 5771)
    IPv4Network("255.255.255.255/32"),  # limited broadcast (RFC 919)
    IPv6Network("::/128"),  # unspecified (RFC 4291)
    IPv6Network("::1/128"),  # loopback (RFC 4291)
    IPv6Network("ff00::/8"),  # multicast (RFC 4291)
    IPv6Network("::ffff:0:0/96"),  # IPv4-mapped: an IPv4 address in other words (RFC 4291)
)
