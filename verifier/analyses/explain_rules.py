"""Each part of a rule against one concrete flow: whether it matches, and in words why, with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from verifier.analyses.nearest import block_miss, namespace_miss, port_in_words, sort_of
from verifier.analyses.openings import peer_in_words
from verifier.analyses.selectors import all_of, requirements
from verifier.flow import Action, Address, Direction, Endpoint, Flow, Pod, Protocol, Surroundings
from verifier.manifest.labels import LabelSelector
from verifier.manifest.network_policy import NetworkPolicyPeer, NetworkPolicyPort
from verifier.manifest.tiers import (
    DomainNames,
    NamedPort,
    NetworkSet,
    NodeSet,
    Peer,
    PodSet,
    PortRange,
    TieredRule,
    UnknownPeer,
)
from verifier.readings import Readings
from verifier.semantics import ip_block_matches, label_selector_matches, namespace_labels
from verifier.semantics.rules import has_identity, peers_match, ports_match
from verifier.semantics.tiers import has_unknown_peer, in_pod_set, peer_matches, port_matches

Route = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a policy: the way to it from the object, whether it matches, and why or why not."""

    route: Route
    matches: bool
    text: str


def selector_part(
    selector: LabelSelector, labels: Mapping[str, str], route: Route, field: str, who: str
) -> Part:
    """Return whether a selector matches, with the requirement that fails or all that are fulfilled."""
    for place, (text, key, alone) in zip(_routes(selector), requirements(selector), strict=True):
        if not label_selector_matches(alone, labels):
            own = f"has no label `{key}`" if key not in labels else f"has `{key}: {labels[key]}`"
            return Part((*route, *place), False, f"{field} {text}: {who} {own}")
    return Part(route, True, f"{field} {all_of(selector) or 'is empty: it selects every pod'}")


def _routes(selector: LabelSelector) -> Iterator[Route]:
    """Yield the way to each requirement, in the order of `requirements`."""
    for key in selector.match_labels or {}:
        yield "matchLabels", key
    for index, _ in enumerate(selector.match_expressions or ()):
        yield "matchExpressions", index


class Parts:
    """The parts of rules against one flow, under one choice of readings and facts."""

    def __init__(self, flow: Flow, readings: Readings, surroundings: Surroundings) -> None:
        self.flow, self.readings, self.surroundings = flow, readings, surroundings

    def far(self, direction: Direction) -> tuple[Endpoint, Address]:
        """Return the end that a rule of this direction is about."""
        if direction is Direction.INGRESS:
            return self.flow.source, self.flow.source_address
        return self.flow.destination, self.flow.destination_address

    def peers(
        self, peers: Sequence[NetworkPolicyPeer], namespace: str, direction: Direction, rule: Route
    ) -> Iterator[Part]:
        """Yield what each peer of a NetworkPolicy's rule says; of no list, that anybody may (NP-10)."""
        field = "from" if direction is Direction.INGRESS else "to"
        far, address = self.far(direction)
        if not peers:
            yield Part(rule, True, f"no `{field}`: anybody")
        for index, peer in enumerate(peers):
            route = (*rule, field, index)
            if peers_match((peer,), namespace, far, address, self.readings):
                yield Part(route, True, peer_in_words(peer, namespace))
            else:
                yield self._miss(peer, namespace, far, address, route)

    def _miss(
        self, peer: NetworkPolicyPeer, namespace: str, far: Endpoint, address: Address, route: Route
    ) -> Part:
        if peer.ip_block is not None:
            _, text = block_miss(peer, far, address, self.readings)
            return Part((*route, "ipBlock"), False, text)
        if not isinstance(far, Pod) or not has_identity(far, self.readings):
            return Part(route, False, f"its peer is pods by label, and {sort_of(far)} has none")
        if peer.namespace_selector is None:
            if far.namespace.name != namespace:
                text = (
                    f"a podSelector without a namespaceSelector means pods of namespace `{namespace}`,"
                    f" and this pod is in `{far.namespace.name}`"
                )
                return Part(route, False, text)
        else:
            missed = self._namespace(peer.namespace_selector, far, (*route, "namespaceSelector"))
            if not missed.matches:
                return missed
        selector = peer.pod_selector or LabelSelector()
        return selector_part(selector, far.labels, (*route, "podSelector"), "podSelector", "the pod")

    def _namespace(self, selector: LabelSelector, pod: Pod, route: Route) -> Part:
        who = f"namespace `{pod.namespace.name}`"
        found = selector_part(selector, namespace_labels(pod.namespace), route, "namespaceSelector", who)
        return found if found.matches else Part(found.route, False, namespace_miss(selector, pod))

    def ports(self, ports: Sequence[NetworkPolicyPort], rule: Route) -> Iterator[Part]:
        """Yield what each entry of `ports` says; of no list, that every port will do (NP-20)."""
        if not ports:
            yield Part(rule, True, "no `ports`: every port")
        for index, entry in enumerate(ports):
            matches = ports_match((entry,), self.flow, self.readings)
            listed = port_in_words(entry)
            named = entry.port if isinstance(entry.port, str) else None
            text = listed if matches else self._port_miss(listed, named)
            if entry.end_port is not None and not self.readings.endport_support:
                text = f"{text} (`endPort` is read as ignored)"
            yield Part((*rule, "ports", index), matches, text)

    def _port_miss(self, listed: str, named: str | None) -> str:
        asked = f"{self.flow.port}/{self.flow.protocol}"
        if self.flow.protocol is Protocol.SCTP and not self.readings.sctp_support:
            return f"{listed}: entries for SCTP are read as matching nothing"
        if named is None:
            return f"{listed}: the flow goes to {asked}"
        declared = self.flow.destination.ports if isinstance(self.flow.destination, Pod) else ()
        alike = [f"{port.number}/{port.protocol}" for port in declared if port.name == named]
        if alike:
            return f"{listed}: the destination calls {', '.join(alike)} `{named}`, the flow goes to {asked}"
        return f"{listed}: the destination declares no port named `{named}`"

    def tiered_peers(self, rule: TieredRule, direction: Direction) -> Iterator[Part]:
        """Yield what each peer of a tier's rule says."""
        field = "from" if direction is Direction.INGRESS else "to"
        far, address = self.far(direction)
        for index, peer in enumerate(rule.peers):
            yield self._tiered_peer(peer, far, address, (*rule.route, field, index))

    def _tiered_peer(self, peer: Peer, far: Endpoint, address: Address, route: Route) -> Part:
        match peer:
            case UnknownPeer():
                return Part(route, False, f"`{peer.field}` is a peer of a sort that is not known")
            case PodSet():
                return self.pod_set(peer, far, route, "peer")
            case NetworkSet():
                return self._networks(peer, far, address, route)
            case NodeSet() | DomainNames():
                matches = peer_matches(peer, far, address, self.readings, self.surroundings)
                listed = self._listed(peer)
                return Part(route, matches, listed if matches else f"{listed}: not {sort_of(far)} {address}")

    def _listed(self, peer: NodeSet | DomainNames) -> str:
        if isinstance(peer, DomainNames):
            return f"domainNames {', '.join(peer.names)}"
        wanted = all_of(peer.nodes)
        return f"nodes with {wanted}" if wanted else "every node"

    def _networks(self, peer: NetworkSet, far: Endpoint, address: Address, route: Route) -> Part:
        listed = f"networks {', '.join(block.cidr for block in peer.blocks)}"
        if peer_matches(peer, far, address, self.readings, self.surroundings):
            return Part(route, True, listed)
        if any(ip_block_matches(block, address) for block in peer.blocks):
            return Part(route, False, f"{listed}: not read as matching {sort_of(far)}")
        return Part(route, False, f"{listed}: {address} lies outside")

    def pod_set(self, pods: PodSet, far: Endpoint, route: Route, role: str) -> Part:
        """Return whether `far` is among `pods`, with the requirement that fails."""
        if not isinstance(far, Pod) or far.host_network:
            return Part(route, False, f"{role} is pods by label, and {sort_of(far)} has none")
        if in_pod_set(pods, far):
            wanted = all_of(pods.namespaces)
            where = f"namespaces with {wanted}" if wanted else "every namespace"
            return Part(route, True, f"pods with {all_of(pods.pods) or 'any labels'} of {where}")
        who = f"namespace `{far.namespace.name}`"
        missed = selector_part(pods.namespaces, namespace_labels(far.namespace), route, "namespaces", who)
        if missed.matches:
            missed = selector_part(pods.pods, far.labels, route, "pods", "the pod")
        return Part(route, False, missed.text)

    def tiered_ports(self, rule: TieredRule) -> Iterator[Part]:
        """Yield what each port of a tier's rule says."""
        if rule.ports is None:
            yield Part(rule.route, True, "no ports are named: every port")
        elif not rule.ports:
            yield Part(rule.route, False, "it names other protocols than TCP, UDP and SCTP alone")
        for entry in rule.ports or ():
            matches = port_matches(entry, self.flow, self.readings)
            match entry:
                case NamedPort():
                    listed = f"port `{entry.name}`"
                    text = listed if matches else self._port_miss(listed, entry.name)
                case PortRange():
                    upto = "" if entry.first == entry.last else f"-{entry.last}"
                    listed = f"{entry.first}{upto}/{entry.protocol}"
                    text = listed if matches else self._port_miss(listed, None)
            yield Part(rule.route, matches, text)

    def tiered_outcome(
        self, rule: TieredRule, peers: Sequence[Part], ports: Sequence[Part]
    ) -> tuple[bool, str | None]:
        """Return whether a tier's rule decides, and what there is to say of that (ANP-12)."""
        if not has_unknown_peer(rule):
            return any(part.matches for part in peers) and any(part.matches for part in ports), None
        if rule.action is Action.ACCEPT:
            return False, "it names peers of a sort that is not known, so it allows nothing"
        return True, "it names peers of a sort that is not known, so it denies everything"
