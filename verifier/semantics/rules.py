"""Peers and ports of one rule against one concrete flow (NP-10 to NP-34)."""

from __future__ import annotations

from collections.abc import Sequence

from verifier.flow import Address, Endpoint, External, Flow, Pod, Protocol
from verifier.manifest.network_policy import NetworkPolicyPeer, NetworkPolicyPort
from verifier.readings import Readings
from verifier.semantics.addresses import ip_block_matches
from verifier.semantics.selectors import label_selector_matches, namespace_labels


def has_identity(endpoint: Endpoint, readings: Readings) -> bool:
    """Return whether policies know `endpoint` as a pod.

    Source: NP-43: under `node-ip` a host-network pod is node traffic; under `selectable` it is like any pod.
    """
    if not isinstance(endpoint, Pod):
        return False
    return not endpoint.host_network or readings.host_network == "selectable"


def peers_match(
    peers: Sequence[NetworkPolicyPeer] | None,
    namespace: str,
    endpoint: Endpoint,
    address: Address,
    readings: Readings,
) -> bool:
    """Return whether `from` or `to` of a rule admits `endpoint`.

    Args:
        namespace: the policy's own namespace.
        address: the one that the flow has at this end.

    Raises:
        ValueError: a peer has no field set.

    Source: NP-10: absent and empty mean anybody; otherwise the union of the peers.
    """
    if not peers:
        return True
    return any(_peer_matches(peer, namespace, endpoint, address, readings) for peer in peers)


def _peer_matches(
    peer: NetworkPolicyPeer, namespace: str, endpoint: Endpoint, address: Address, readings: Readings
) -> bool:
    if peer.ip_block is not None:
        return _seen_by_address(endpoint, readings) and ip_block_matches(peer.ip_block, address)
    if peer.pod_selector is None and peer.namespace_selector is None:
        raise ValueError("expected `podSelector`, `namespaceSelector` or `ipBlock` in a peer, found none")
    if not isinstance(endpoint, Pod) or not has_identity(endpoint, readings):
        return False
    if peer.namespace_selector is None:  # NP-11
        in_namespace = endpoint.namespace.name == namespace
    else:  # NP-12
        in_namespace = label_selector_matches(peer.namespace_selector, namespace_labels(endpoint.namespace))
    if peer.pod_selector is None:
        return in_namespace
    return in_namespace and label_selector_matches(peer.pod_selector, endpoint.labels)


def _seen_by_address(endpoint: Endpoint, readings: Readings) -> bool:
    """NP-34: whether ipBlock applies to this sort of endpoint at all."""
    if isinstance(endpoint, External):
        return True
    if has_identity(endpoint, readings):
        return readings.cidr_matches_pods
    return readings.cidr_matches_nodes


def ports_match(ports: Sequence[NetworkPolicyPort] | None, flow: Flow, readings: Readings) -> bool:
    """Return whether `ports` of a rule admit the flow's protocol and destination port.

    Source: NP-20: absent and empty mean every port of every protocol; otherwise the union of the entries.
    """
    if not ports:
        return True
    return any(_port_matches(entry, flow, readings) for entry in ports)


def _port_matches(entry: NetworkPolicyPort, flow: Flow, readings: Readings) -> bool:
    protocol = Protocol.TCP if entry.protocol is None else entry.protocol  # NP-21
    if flow.protocol != protocol:
        return False
    if protocol == Protocol.SCTP and not readings.sctp_support:
        return False
    if entry.port is None:
        return True
    if isinstance(entry.port, str):
        return flow.port in _named_ports(entry.port, protocol, flow.destination, readings)
    if entry.end_port is None or not readings.endport_support:
        return flow.port == entry.port
    return entry.port <= flow.port <= entry.end_port


def _named_ports(name: str, protocol: Protocol, destination: Endpoint, readings: Readings) -> list[int]:
    """NP-23 to NP-25: the numbers that a port name stands for on the destination."""
    if not isinstance(destination, Pod) or not has_identity(destination, readings):
        return []
    declared = [port.number for port in destination.ports if port.name == name and port.protocol == protocol]
    return declared if readings.named_port_duplicates == "any" else declared[:1]
