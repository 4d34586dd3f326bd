"""Port entries of a rule -> terms over the flow's protocol and destination port."""

from __future__ import annotations

import z3

from verifier.encodings.peer import governed
from verifier.encodings.symbolic_flow import PROTOCOLS
from verifier.encodings.symbols import Symbols
from verifier.flow import Protocol
from verifier.manifest.network_policy import NetworkPolicyPort


def is_protocol(symbols: Symbols, protocol: Protocol) -> z3.BoolRef:
    """Return the term "the flow is of this protocol"."""
    return symbols.terms.equals(symbols.flow.protocol, PROTOCOLS.index(protocol))


def encode_port_entry(symbols: Symbols, entry: NetworkPolicyPort) -> z3.BoolRef:
    """Return the term "`entry` matches the flow" (NP-21 to NP-27)."""
    terms, readings = symbols.terms, symbols.readings
    protocol = Protocol.TCP if entry.protocol is None else entry.protocol
    parts = [is_protocol(symbols, protocol)]
    if protocol is Protocol.SCTP:
        parts.append(readings["sctp_support"])
    match entry.port:
        case None:
            pass
        case str(name):
            parts.append(_named(symbols, name, protocol))
        case int(number) if entry.end_port is None:
            parts.append(terms.equals(symbols.flow.port, number))
        case int(number):
            in_range = terms.between(symbols.flow.port, number, entry.end_port)
            parts.append(
                terms.choice(readings["endport_support"], in_range, terms.equals(symbols.flow.port, number))
            )
    return terms.conjunction(parts)


def _named(symbols: Symbols, name: str, protocol: Protocol) -> z3.BoolRef:
    """What is no pod, or only its node's traffic, has no port names (NP-24)."""
    flow = symbols.flow
    declared = symbols.terms.choice(
        symbols.readings["named_port_duplicates"],
        flow.named_any[name, protocol],
        flow.named_first[name, protocol],
    )
    return symbols.terms.conjunction((governed(symbols, flow.destination), declared))
