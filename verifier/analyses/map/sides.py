"""One side of a flow for all pods at once: who has the same side, and what it says to every far end.

Pods with the same side are one group. A group's side is told as pieces: sets of far ends, each with the ports
on which it says yes (M-2; NP-2 to NP-5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from verifier.analyses.map.bits import members, refined, renamed
from verifier.analyses.map.context import Context
from verifier.analyses.map.diagram import NEVER, Atom, Kind, Value
from verifier.analyses.map.mentions import isolates, rules_of
from verifier.analyses.map.peers import Peers
from verifier.analyses.map.rule_ports import Ports
from verifier.analyses.map.selectors import End, Meant
from verifier.analyses.map.tiers import NOTHING, Said, Tiers
from verifier.flow import ContainerPort, Direction
from verifier.manifest.network_policy import NetworkPolicy
from verifier.manifest.tiers import Tier


@dataclass(frozen=True, slots=True)
class Group:
    """Endpoints with the same side: `pieces` are the far ends, by the ports on which the side says yes."""

    own: int
    pieces: tuple[tuple[Value, int], ...]


@dataclass(frozen=True, slots=True)
class _Subject:
    """All of a pod that its side hangs on: which policies select it, under which conditions, and the rest."""

    policies: tuple[tuple[int, Value], ...] = ()
    tiered: tuple[tuple[int, Value], ...] = ()
    declared: tuple[ContainerPort, ...] = ()
    host_network: bool = False
    unmodelled: bool = False


class Sides:
    """The sides of all pods of one cluster, in one direction."""

    def __init__(self, context: Context, direction: Direction, peers: Peers, ports: Ports) -> None:
        self.context, self.direction = context, direction
        self.diagrams, self.ends = context.diagrams, context.ends
        self.near = End.TO if direction is Direction.INGRESS else End.FROM
        self.peers, self.ports = peers, ports
        self.tiers = Tiers(context, self.peers, self.ports)
        self._policies = context.cluster.policies
        self._tiered = context.cluster.tiers
        self._positions: list[Tier] = sorted({policy.tier for policy in self._tiered})
        self._rules: dict[tuple[int, tuple[ContainerPort, ...]], list[Meant]] = {}
        self._firsts = _firsts(self._policies, direction)
        self._named = [self._port_names(policy) for policy in self._policies]
        self._tier_named = any(
            self.ports.of_matches(rule.ports).names
            for policy in self._tiered
            for rule in policy.rules(direction)
        )

    def groups(self) -> list[Group]:
        """Return the groups of all endpoints; addresses outside the cluster have no side (M-2)."""
        alike: dict[frozenset[tuple[Value, int]], int] = {
            frozenset(((self.diagrams.full, self.ends.all),)): self.ends.outside
        }
        for subject, own in self._subjects().items():
            says = self._pieces(subject)
            pieces = frozenset((value, bits) for value, bits in says.items() if value != NEVER)
            alike[pieces] = alike.get(pieces, 0) | own
        return [Group(own, tuple(pieces)) for pieces, own in alike.items() if own]

    # --- whose side ----------------------------------------------------------------------------------------

    def _subjects(self) -> dict[_Subject, int]:
        tiered = self._by_tiers()
        found: dict[_Subject, int] = {}
        by_namespace: dict[str, list[int]] = {}
        for index, policy in enumerate(self._policies):
            if not self._tiered and not isolates(policy, self.direction):
                continue
            by_namespace.setdefault(policy.namespace, []).append(index)
        for namespace, bits in self.ends.by_namespace.items():
            if not bits:
                continue
            pieces: dict[tuple[tuple[int, Value], ...], int] = {(): bits}
            for index in by_namespace.get(namespace, ()):
                pieces = refined(pieces, self._selected(index, bits), _joined, None)
            for policies, piece in pieces.items():
                for subject, own in self._of_piece(namespace, policies, piece, tiered).items():
                    found[subject] = found.get(subject, 0) | own
        return found

    def _selected(self, index: int, among: int) -> dict[tuple[int, Value] | None, int]:
        policy = self._policies[index]
        meant = self.peers.selectable(self.context.selectors.pods(policy.spec.pod_selector, self.near))
        return {(index, condition): bits & among for condition, bits in meant.items() if bits & among}

    def _by_tiers(self) -> dict[tuple[tuple[int, Value], ...], int]:
        pieces: dict[tuple[tuple[int, Value], ...], int] = {(): self.ends.pods}
        for index, policy in enumerate(self._tiered):
            if policy.rules(self.direction):
                meant = self.peers.subjects(policy.subject, self.near)
                cuts: dict[tuple[int, Value] | None, int] = {
                    (index, condition): bits for condition, bits in meant.items()
                }
                pieces = refined(pieces, cuts, _joined, None)
        return pieces

    def _of_piece(
        self,
        namespace: str,
        policies: tuple[tuple[int, Value], ...],
        piece: int,
        tiered: Mapping[tuple[tuple[int, Value], ...], int],
    ) -> dict[_Subject, int]:
        """Cut pods that the same NetworkPolicies select by what else their side hangs on."""
        found: dict[_Subject, int] = {}
        touched = self._is_touched(namespace)
        for in_tiers, bits in tiered.items():
            inside = piece & bits
            if not inside:
                continue
            names = {name for index, _ in policies for name in self._named[index]}
            by_name = self.direction is Direction.INGRESS and bool(names or (in_tiers and self._tier_named))
            if not by_name and not inside & self.ends.on_host:
                subject = _Subject(policies, in_tiers, unmodelled=touched)
                found[subject] = found.get(subject, 0) | inside
                continue
            for index in members(inside):
                shape = self.ends.shapes[index]
                declared = tuple(p for p in shape.ports if p.name in names or (in_tiers and self._tier_named))
                subject = _Subject(
                    policies,
                    in_tiers,
                    declared if by_name else (),
                    shape.host_network,
                    touched,
                )
                found[subject] = found.get(subject, 0) | 1 << index
        return found

    def _is_touched(self, namespace: str) -> bool:
        """Return whether a policy of an unmodelled kind may decide about pods of the namespace (S-12)."""
        return any(each.namespace in (None, namespace) for each in self.context.cluster.unmodelled)

    # --- what it says --------------------------------------------------------------------------------------

    def _pieces(self, subject: _Subject) -> dict[Value, int]:
        diagrams = self.diagrams
        if subject.unmodelled:
            return {diagrams.asks(Atom(Kind.POLICIES, self.near)): self.ends.all}
        decided = self._network_policies(subject)
        if subject.tiered and not subject.host_network:
            decided = self._with_tiers(subject, decided)
        if subject.host_network:
            node_ip = self.context.reading("host_network")
            decided = renamed(decided, lambda says: diagrams.choice(node_ip, diagrams.full, says))
        return decided

    def _network_policies(self, subject: _Subject) -> dict[Value, int]:
        """Return the ports on which the NetworkPolicies let each far end through (NP-2 to NP-4, NP-41)."""
        diagrams = self.diagrams
        isolating = [(i, c) for i, c in subject.policies if isolates(self._policies[i], self.direction)]
        if not isolating:
            return {diagrams.full: self.ends.all}
        admitted: dict[Value, int] = {NEVER: self.ends.all}
        for index, condition in isolating:
            for meant in self._rules_of(index, subject.declared):
                if condition != diagrams.full:
                    meant = renamed(meant, partial(diagrams.both, condition))
                admitted = refined(admitted, meant, diagrams.either, NEVER)
        isolated = diagrams.any_of(condition for _, condition in isolating)
        own = self.peers.own_node()
        lets_node = self.context.reading(f"own_node_{self.direction.lower()}")
        if self.direction is Direction.EGRESS:  # its first value is that policies count (NP-42)
            lets_node = diagrams.complement(lets_node)
        found = refined(
            admitted, own, lambda ports, on: diagrams.either(ports, diagrams.both(on, lets_node)), NEVER
        )
        return renamed(found, lambda ports: diagrams.choice(isolated, ports, diagrams.full))

    def _rules_of(self, index: int, declared: tuple[ContainerPort, ...]) -> list[Meant]:
        """Return for each rule of a policy on which ports it matches which far ends."""
        index = self._firsts[index]
        own = tuple(port for port in declared if port.name in self._named[index])
        found = self._rules.get((index, own))
        if found is None:
            policy, like_a_pod = (
                self._policies[index],
                self.diagrams.complement(self.context.reading("host_network")),
            )
            found = []
            for peers, entries in rules_of(policy, self.direction):
                meant = self.peers.of_rule(peers, policy.namespace, self.near.other)
                ports = self.ports.of_entries(entries)
                if self.direction is Direction.EGRESS:
                    found.append(self.ports.matched(meant, ports, like_a_pod))
                else:  # who is isolated is known as a pod
                    on = self.ports.on(ports, own, self.diagrams.full)
                    found.append(renamed(meant, partial(self.diagrams.both, on)))
            self._rules[index, own] = found
        return found

    def _with_tiers(self, subject: _Subject, network: Mapping[Value, int]) -> dict[Value, int]:
        """Return what is left of the NetworkPolicies' word (ANP-3, ANP-4, CNP-4)."""
        diagrams = self.diagrams
        selected = [(self._tiered[index], condition) for index, condition in subject.tiered]
        isolating = diagrams.any_of(
            c for i, c in subject.policies if isolates(self._policies[i], self.direction)
        )
        selecting = diagrams.any_of(condition for _, condition in subject.policies)
        per_direction = self.context.reading("baseline_handover")
        deciding = diagrams.choice(per_direction, isolating, selecting)
        found: dict[Value, int] = dict(network)
        for tier in reversed([each for each in self._positions if each.position > 0]):
            says = self.tiers.say(selected, tier, self.direction, subject.declared)
            found = refined(found, says, lambda v, said: self._baseline(deciding, v, said), NOTHING)
        for tier in reversed([each for each in self._positions if each.position < 0]):
            says = self.tiers.say(selected, tier, self.direction, subject.declared)
            found = refined(found, says, self._admin, NOTHING)
        return found

    def _baseline(self, deciding: Value, network: Value, said: Said) -> Value:
        """Where NetworkPolicies do not decide they say yes to everything, so only a denial counts."""
        allowed = self.diagrams.complement(said.denied)
        return self.diagrams.choice(deciding, network, allowed)

    def _admin(self, rest: Value, said: Said) -> Value:
        left = self.diagrams.without(rest, said.denied)
        return self.diagrams.either(said.accepted, left)

    def _port_names(self, policy: NetworkPolicy) -> frozenset[str]:
        if self.direction is Direction.EGRESS:
            return frozenset()
        return frozenset(
            name
            for _, entries in rules_of(policy, self.direction)
            for name, _ in self.ports.of_entries(entries).names
        )


def _firsts(policies: Iterable[NetworkPolicy], direction: Direction) -> list[int]:
    """Return for each policy the first whose rules mean the same: policies may share one spec."""
    known: dict[tuple[int, str | None], int] = {}
    found = []
    for index, policy in enumerate(policies):
        peers = [peer for peers, _ in rules_of(policy, direction) for peer in peers]
        inside = any(peer.ip_block is None and peer.namespace_selector is None for peer in peers)
        found.append(known.setdefault((id(policy.spec), policy.namespace if inside else None), index))
    return found


def _joined(
    before: tuple[tuple[int, Value], ...], added: tuple[int, Value] | None
) -> tuple[tuple[int, Value], ...]:
    return before if added is None else (*before, added)
