"""CIDRs and ipBlocks -> terms over one endpoint's address."""

from __future__ import annotations

from collections.abc import Iterable

import z3

from verifier.encodings.symbolic_flow import IPV4_BITS, IPV6_BITS, SymbolicEndpoint
from verifier.encodings.terms import Terms
from verifier.flow import Address
from verifier.internet import INTERNET
from verifier.manifest.cidr import parse_cidr
from verifier.manifest.network_policy import IPBlock
from verifier.population import Cidr

Block = tuple[int, int, int]
"""IP version, address, prefix length; the host bits of the address are 0 (NP-32)."""


def cidr_bits(text: str) -> Block:
    """Return the block that a CIDR stands for."""
    cidr = parse_cidr(text)
    host_bits = (IPV4_BITS if cidr.version == 4 else IPV6_BITS) - cidr.prefix_length
    return cidr.version, cidr.address >> host_bits << host_bits, cidr.prefix_length


def encode_cidr(terms: Terms, text: str, endpoint: SymbolicEndpoint, is_ipv6: z3.BoolRef) -> z3.BoolRef:
    """Return the term "in a flow of this family, `endpoint`'s address lies in the CIDR" (NP-33)."""
    version, address, length = cidr_bits(text)
    if version == 4:
        return terms.conjunction((terms.negation(is_ipv6), terms.has_prefix(endpoint.ipv4, address, length)))
    return terms.conjunction((is_ipv6, terms.has_prefix(endpoint.ipv6, address, length)))


def encode_ip_block(
    terms: Terms, block: IPBlock, endpoint: SymbolicEndpoint, is_ipv6: z3.BoolRef
) -> z3.BoolRef:
    """Return the term "`endpoint`'s address lies in `cidr` and in no `except`" (NP-30).

    Source: networking.k8s.io/v1 IPBlock.
    Oracle: `verifier.semantics`.
    """
    holes = [encode_cidr(terms, hole, endpoint, is_ipv6) for hole in block.except_ or ()]
    return terms.conjunction(
        (encode_cidr(terms, block.cidr, endpoint, is_ipv6), terms.negation(terms.disjunction(holes)))
    )


def address_in(terms: Terms, cidrs: Iterable[Cidr], variable: z3.BitVecRef) -> z3.BoolRef:
    """Return the term "`variable` (BitVec(32) or (128)) lies in one of the `cidrs` of its family"."""
    version = 4 if terms.width(variable) == IPV4_BITS else 6
    return terms.disjunction(
        terms.has_prefix(variable, int(cidr.network_address), cidr.prefixlen)
        for cidr in cidrs
        if cidr.version == version
    )


def has_address(terms: Terms, endpoint: SymbolicEndpoint, addresses: Iterable[Address]) -> z3.BoolRef:
    """Return the term "`endpoint` has exactly these families, and in each of them one of these addresses"."""
    known = tuple(addresses)
    parts = []
    for version, variable, present in (
        (4, endpoint.ipv4, endpoint.has_ipv4),
        (6, endpoint.ipv6, endpoint.has_ipv6),
    ):
        own = [int(address) for address in known if address.version == version]
        parts.append(present if own else terms.negation(present))
        if own:
            parts.append(terms.one_of(variable, own))
    return terms.conjunction(parts)


def encode_internet(terms: Terms, endpoint: SymbolicEndpoint, is_ipv6: z3.BoolRef) -> z3.BoolRef:
    """Return the term "in a flow of this family, `endpoint`'s address is one of the internet"."""
    return terms.once(
        ("internet", endpoint.role),
        lambda: terms.choice(
            is_ipv6, _on_the_internet(terms, endpoint.ipv6), _on_the_internet(terms, endpoint.ipv4)
        ),
    )


def _on_the_internet(terms: Terms, variable: z3.BitVecRef) -> z3.BoolRef:
    return terms.disjunction(
        terms.conjunction(
            (
                address_in(terms, (part.cidr,), variable),
                terms.negation(address_in(terms, part.without, variable)),
            )
        )
        for part in INTERNET
    )
