"""Subjects, peers and ports of policies of tiers -> terms over the flow.

A host-network pod is node traffic here, whatever `host_network` says (NP-44, CNP-13).
"""

from __future__ import annotations

from typing import assert_never

import z3

from verifier.encodings.effective import fails_closed
from verifier.encodings.ip_block import encode_ip_block
from verifier.encodings.peer import encode_namespace_selector, encode_pod_selector, is_pod
from verifier.encodings.ports import is_protocol
from verifier.encodings.selector import encode_selector
from verifier.encodings.symbolic_flow import PROTOCOLS, Kind, SymbolicEndpoint
from verifier.encodings.symbols import Symbols
from verifier.encodings.vocabulary import label_selector_matches
from verifier.flow import Action, Protocol
from verifier.manifest.labels import LabelSelector
from verifier.manifest.tiers import (
    DomainNames,
    NamedPort,
    NetworkSet,
    NodeSet,
    Peer,
    PodSet,
    PortMatch,
    PortRange,
    TieredRule,
    UnknownPeer,
)


def encode_subject(symbols: Symbols, subject: PodSet, endpoint: SymbolicEndpoint) -> z3.BoolRef:
    """Return the term "`endpoint` is a pod of the subject" (ANP-1, CNP-5)."""
    return _encode_pod_set(symbols, subject, endpoint)


def encode_tiered_rule(symbols: Symbols, rule: TieredRule, endpoint: SymbolicEndpoint) -> z3.BoolRef:
    """Return the term "the rule matches a flow whose other end is `endpoint`" (ANP-8, ANP-9, ANP-12)."""
    terms = symbols.terms
    if fails_closed(rule):
        return terms.constant(rule.action is not Action.ACCEPT)
    admitted = terms.disjunction(_encode_peer(symbols, peer, endpoint) for peer in rule.peers)
    if rule.ports is None:
        return admitted
    on_port = terms.disjunction(_encode_port(symbols, port) for port in rule.ports)
    return terms.conjunction((admitted, on_port))


# --- peers -------------------------------------------------------------------------------------------------


def _encode_peer(symbols: Symbols, peer: Peer, endpoint: SymbolicEndpoint) -> z3.BoolRef:
    terms = symbols.terms
    match peer:
        case PodSet():
            return _encode_pod_set(symbols, peer, endpoint)
        case NetworkSet():
            blocks = (encode_ip_block(terms, b, endpoint, symbols.flow.is_ipv6) for b in peer.blocks)
            return terms.conjunction((_seen_by_address(symbols, endpoint), terms.disjunction(blocks)))
        case NodeSet():
            return terms.conjunction(
                (_is_node_traffic(symbols, endpoint), _encode_node_labels(symbols, peer.nodes, endpoint))
            )
        case DomainNames():
            resolved = terms.disjunction(symbols.domain_names[name] for name in peer.names)
            return terms.conjunction((terms.equals(endpoint.kind, Kind.EXTERNAL), resolved))
        case UnknownPeer():
            return terms.false
        case _:
            assert_never(peer)


def _is_plain_pod(symbols: Symbols, endpoint: SymbolicEndpoint) -> z3.BoolRef:
    terms = symbols.terms
    return terms.once(
        ("plain pod", endpoint.role),
        lambda: terms.conjunction((is_pod(symbols, endpoint), terms.negation(endpoint.host_network))),
    )


def _is_node_traffic(symbols: Symbols, endpoint: SymbolicEndpoint) -> z3.BoolRef:
    terms = symbols.terms
    on_host = terms.conjunction((is_pod(symbols, endpoint), endpoint.host_network))
    return terms.disjunction((terms.equals(endpoint.kind, Kind.NODE), on_host))


def _encode_pod_set(symbols: Symbols, pods: PodSet, endpoint: SymbolicEndpoint) -> z3.BoolRef:
    parts = (
        _is_plain_pod(symbols, endpoint),
        encode_namespace_selector(symbols, pods.namespaces, endpoint),
        encode_pod_selector(symbols, pods.pods, endpoint),
    )
    return symbols.terms.conjunction(parts)


def _seen_by_address(symbols: Symbols, endpoint: SymbolicEndpoint) -> z3.BoolRef:
    """Return the term "CIDRs are held against the address of `endpoint`" (NP-34, CNP-7)."""
    terms, readings = symbols.terms, symbols.readings
    return terms.once(
        ("seen by address", endpoint.role),
        lambda: terms.disjunction(
            (
                terms.equals(endpoint.kind, Kind.EXTERNAL),
                terms.conjunction((_is_plain_pod(symbols, endpoint), readings["cidr_matches_pods"])),
                terms.conjunction((_is_node_traffic(symbols, endpoint), readings["cidr_matches_nodes"])),
            )
        ),
    )


def _encode_node_labels(symbols: Symbols, nodes: LabelSelector, endpoint: SymbolicEndpoint) -> z3.BoolRef:
    """Return "the node that `endpoint` is or runs on is one of `nodes`" (ANP-10, CNP-10).

    Labels that nobody states are variables, one set for each node.
    """
    terms, table = symbols.terms, symbols.nodes
    known, unknown = [], []
    for index in range(len(table.names)):
        labels = table.labels(index)
        if labels is None:
            own = {key: symbols.node_label(index, key) for key in symbols.node_labels}
            matches = encode_selector(terms, symbols.node_labels, own, nodes)
            unknown.append(terms.conjunction((terms.equals(endpoint.node, index), matches)))
        elif label_selector_matches(nodes, labels):
            known.append(index)
    return terms.disjunction((terms.one_of(endpoint.node, known), *unknown))


# --- ports -------------------------------------------------------------------------------------------------


def _encode_port(symbols: Symbols, port: PortMatch) -> z3.BoolRef:
    """Return the term "the flow goes to such a port" (ANP-9, CNP-6); for SCTP only where it is supported."""
    terms = symbols.terms
    match port:
        case PortRange():
            parts = [is_protocol(symbols, port.protocol), _supported(symbols, port.protocol)]
            parts.append(terms.between(symbols.flow.port, port.first, port.last))
            return terms.conjunction(parts)
        case NamedPort():
            return terms.conjunction(
                (_is_plain_pod(symbols, symbols.flow.destination), _named(symbols, port.name))
            )
        case _:
            assert_never(port)


def _supported(symbols: Symbols, protocol: Protocol) -> z3.BoolRef:
    return symbols.readings["sctp_support"] if protocol is Protocol.SCTP else symbols.terms.true


def _named(symbols: Symbols, name: str) -> z3.BoolRef:
    """The port that the destination declares under that name, with the protocol that it declares."""
    terms, flow = symbols.terms, symbols.flow
    every = symbols.readings["named_port_duplicates"]
    return terms.disjunction(
        terms.conjunction(
            (
                is_protocol(symbols, protocol),
                _supported(symbols, protocol),
                terms.choice(every, flow.named_any[name, protocol], flow.named_lead[name, protocol]),
            )
        )
        for protocol in PROTOCOLS
    )
