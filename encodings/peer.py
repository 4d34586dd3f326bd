"""Peers of a rule -> terms over the endpoint at the other end."""

from __future__ import annotations

import z3

from verifier.encodings.ip_block import encode_ip_block
from verifier.encodings.namespaces import match_namespaces
from verifier.encodings.selector import encode_selector
from verifier.encodings.symbolic_flow import Kind, SymbolicEndpoint
from verifier.encodings.symbols import Symbols
from verifier.manifest.labels import LabelSelector
from verifier.manifest.network_policy import IPBlock, NetworkPolicyPeer


def is_pod(symbols: Symbols, endpoint: SymbolicEndpoint) -> z3.BoolRef:
    """Return the term "`endpoint` is a pod, shown or hypothetical"."""
    return symbols.terms.between(endpoint.kind, Kind.POD, Kind.HYPOTHETICAL)


def governed(symbols: Symbols, endpoint: SymbolicEndpoint) -> z3.BoolRef:
    """Return the term "`endpoint` is a pod to which policies and selectors apply" (M-2, NP-43)."""
    terms = symbols.terms
    node_traffic = terms.conjunction((endpoint.host_network, symbols.readings["host_network"]))
    return terms.conjunction((is_pod(symbols, endpoint), terms.negation(node_traffic)))


def node_like(symbols: Symbols, endpoint: SymbolicEndpoint) -> z3.BoolRef:
    """Return the term "what `endpoint` sends and receives is node traffic" (NP-43)."""
    terms = symbols.terms
    on_host = terms.conjunction(
        (is_pod(symbols, endpoint), endpoint.host_network, symbols.readings["host_network"])
    )
    return terms.disjunction((terms.equals(endpoint.kind, Kind.NODE), on_host))


def encode_namespace_selector(
    symbols: Symbols, selector: LabelSelector, endpoint: SymbolicEndpoint
) -> z3.BoolRef:
    """Return the term "`endpoint`'s namespace matches `selector`"; meaningful for pods only.

    Known namespaces are listed; the labels of undeclared and of new ones are variables (S-4).
    """
    if not selector.match_labels and not selector.match_expressions:
        return symbols.terms.true
    terms = symbols.terms
    match = match_namespaces(selector, symbols.table)
    unknown = terms.conjunction(
        (
            terms.one_of(endpoint.namespace, match.possible),
            encode_selector(terms, symbols.namespace_labels, endpoint.namespace_labels, match.remaining),
        )
    )
    return terms.disjunction((terms.one_of(endpoint.namespace, match.known), unknown))


def encode_pod_selector(symbols: Symbols, selector: LabelSelector, endpoint: SymbolicEndpoint) -> z3.BoolRef:
    """Return the term "`endpoint`'s pod labels match `selector`"; meaningful for pods only (NP-15)."""
    return encode_selector(symbols.terms, symbols.pod_labels, endpoint.labels, selector)


def encode_peer(
    symbols: Symbols, peer: NetworkPolicyPeer, namespace: int, endpoint: SymbolicEndpoint
) -> z3.BoolRef:
    """Return the term "`peer`, in a policy of this namespace, admits `endpoint`" (NP-10 to NP-14)."""
    if peer.ip_block is not None:
        return _encode_block_peer(symbols, peer.ip_block, endpoint)
    terms = symbols.terms
    if peer.namespace_selector is None:
        in_namespace = terms.equals(endpoint.namespace, namespace)
    else:
        in_namespace = encode_namespace_selector(symbols, peer.namespace_selector, endpoint)
    selected = (
        terms.true if peer.pod_selector is None else encode_pod_selector(symbols, peer.pod_selector, endpoint)
    )
    return terms.conjunction((governed(symbols, endpoint), in_namespace, selected))


def _encode_block_peer(symbols: Symbols, block: IPBlock, endpoint: SymbolicEndpoint) -> z3.BoolRef:
    terms = symbols.terms
    applies = terms.disjunction(
        (
            terms.equals(endpoint.kind, Kind.EXTERNAL),
            terms.conjunction((governed(symbols, endpoint), symbols.readings["cidr_matches_pods"])),
            terms.conjunction((node_like(symbols, endpoint), symbols.readings["cidr_matches_nodes"])),
        )
    )
    return terms.conjunction((applies, encode_ip_block(terms, block, endpoint, symbols.flow.is_ipv6)))
