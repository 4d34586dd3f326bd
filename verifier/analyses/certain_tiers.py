"""What tiers say of a flow in every completion: nothing here hangs on what the input leaves open (S-1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from verifier.analyses.certain import Certain
from verifier.flow import Action, Direction, Endpoint, External, Node, Pod, Surroundings
from verifier.manifest.tiers import (
    DomainNames,
    NetworkSet,
    NodeSet,
    Peer,
    PodSet,
    TieredPolicy,
    TieredRule,
    UnknownPeer,
)
from verifier.semantics.tiers import has_unknown_peer, in_pod_set, peer_matches, port_matches

_NOWHERE = Surroundings()


@dataclass(frozen=True, slots=True)
class _Met:
    """A rule that matches the flow, surely or perhaps, and where it stands: its index within its policy."""

    policy: TieredPolicy
    index: int
    does: Action
    surely: bool

    def is_before(self, other: _Met) -> bool:
        """Return whether it is asked before `other` in every order of the ties."""
        if self.policy is other.policy:
            return self.index < other.index
        return self.policy.priority < other.policy.priority

    def may_be_before(self, other: _Met) -> bool:
        """Return whether it is asked before `other` in some order."""
        if self.policy is other.policy:
            return self.index < other.index
        return self.policy.priority <= other.policy.priority


class CertainTiers:
    """The tiers around the NetworkPolicies, and one flow."""

    def __init__(self, certain: Certain, tiers: Sequence[TieredPolicy]) -> None:
        self._certain = certain
        self._tiers = tiers

    def accept(self, direction: Direction) -> bool:
        """Return whether the Admin tier lets the flow through in any case, whatever NetworkPolicies say."""
        met = self._met(direction, before=True)
        return any(
            one.surely
            and one.does is Action.ACCEPT
            and not any(other.does is not Action.ACCEPT and other.may_be_before(one) for other in met)
            for one in met
        )

    def leave(self, direction: Direction) -> bool:
        """Return whether the Admin tier denies it in no case."""
        return _denies_never(self._met(direction, before=True))

    def leave_open(self, direction: Direction) -> bool:
        """Return whether the Baseline tier denies it in no case, were it asked."""
        return _denies_never(self._met(direction, before=False))

    def _met(self, direction: Direction, *, before: bool) -> list[_Met]:
        """Return the rules that may match, each with what it does (ANP-12)."""
        found = []
        subject = self._certain.subject(direction)
        for policy in self._tiers:
            if (policy.tier.position < 0) is not before:
                continue
            spoken_of = self._in_pod_set(policy.subject, subject)
            for index, rule in enumerate(policy.rules(direction)):
                closed = has_unknown_peer(rule)
                if closed and rule.action is Action.ACCEPT:
                    continue
                matches = _both(spoken_of, True if closed else self._matches(rule, direction))
                if matches is not False:
                    does = Action.DENY if closed else rule.action
                    found.append(_Met(policy, index, does, matches is True))
        return found

    # --- True, False, or None: that depends ----------------------------------------------------------------

    def _matches(self, rule: TieredRule, direction: Direction) -> bool | None:
        peer = _either(self._peer(each, direction) for each in rule.peers)
        if rule.ports is None:
            return peer
        certain, ports = self._certain, rule.ports
        on_port = (
            any(port_matches(port, certain.flow, readings) for port in ports) for readings in certain.readings
        )
        return _both(peer, _alike(on_port))

    def _peer(self, peer: Peer, direction: Direction) -> bool | None:
        far = self._certain.far(direction)
        ingress = direction is Direction.INGRESS
        address = self._certain.flow.source_address if ingress else self._certain.flow.destination_address
        match peer:
            case PodSet():
                return self._in_pod_set(peer, far)
            case NetworkSet() if not self._certain.address_known(far):
                return None
            case NetworkSet():
                return _alike(
                    peer_matches(peer, far, address, readings, _NOWHERE)
                    for readings in self._certain.readings
                )
            case NodeSet():
                on_node = isinstance(far, Node) or (isinstance(far, Pod) and far.host_network)
                return None if on_node else False
            case DomainNames():
                return None if isinstance(far, External) else False
            case UnknownPeer():
                return None

    def _in_pod_set(self, pods: PodSet, end: Endpoint) -> bool | None:
        if not isinstance(end, Pod) or end.host_network:
            return False
        if not self._certain.are_known(end, pods.namespaces, pods.pods):
            return None
        return in_pod_set(pods, end)


def _denies_never(met: Sequence[_Met]) -> bool:
    return all(
        any(other.surely and other.does is not Action.DENY and other.is_before(one) for other in met)
        for one in met
        if one.does is Action.DENY
    )


def _both(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return True if one and other else None


def _either(each: Iterable[bool | None]) -> bool | None:
    found = set(each)
    return True if True in found else None if None in found else False


def _alike(each: Iterator[bool]) -> bool | None:
    found = set(each)
    return found.pop() if len(found) == 1 else None
