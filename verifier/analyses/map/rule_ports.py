"""On which ports a rule matches: numbers, and names that each destination pod declares (NP-20 to NP-27)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from verifier.analyses.map.bits import refined
from verifier.analyses.map.context import Context
from verifier.analyses.map.diagram import NEVER, Value
from verifier.analyses.map.mentions import entry_protocol
from verifier.analyses.map.selectors import Meant
from verifier.flow import ContainerPort, Protocol
from verifier.manifest.network_policy import NetworkPolicyPort
from verifier.manifest.tiers import PortMatch, PortRange


@dataclass(frozen=True, slots=True)
class RulePorts:
    """The ports of a rule: by number, and by name, of one protocol or (None) of any."""

    numbers: Value
    names: tuple[tuple[str, Protocol | None], ...] = ()


class Ports:
    """Answers on which ports rules match."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.diagrams = context.diagrams
        self._cells = context.ports
        self._named: dict[tuple[object, ...], Value] = {}
        self._declared: dict[tuple[ContainerPort, ...], int] = {
            ports: bits
            for ports, bits in context.ends.grouped(lambda shape: shape.ports, context.ends.shapes).items()
            if isinstance(ports, tuple) and ports
        }

    def of_entries(self, entries: Sequence[NetworkPolicyPort]) -> RulePorts:
        """Return the ports of a NetworkPolicy's rule; none written means all (NP-20)."""
        if not entries:
            return RulePorts(self.diagrams.full)
        numbers: Value = NEVER
        names = []
        for entry in entries:
            protocol = entry_protocol(entry)
            if isinstance(entry.port, str):
                names.append((entry.port, protocol))
            else:
                numbers = self.diagrams.either(numbers, self._supported(protocol, self._numbers(entry)))
        return RulePorts(numbers, tuple(names))

    def _numbers(self, entry: NetworkPolicyPort) -> Value:
        protocol = entry_protocol(entry)
        if not isinstance(entry.port, int):
            return self._cells.bits(protocol)
        one = self._cells.bits(protocol, entry.port, entry.port)
        if entry.end_port is None:
            return one
        span = self._cells.bits(protocol, entry.port, entry.end_port)
        return self.diagrams.choice(self.context.reading("endport_support"), span, one)

    def of_matches(self, matches: Sequence[PortMatch] | None) -> RulePorts:
        """Return the ports of a tier's rule; None means all (ANP-9, CNP-6)."""
        if matches is None:
            return RulePorts(self.diagrams.full)
        numbers: Value = NEVER
        names: list[tuple[str, Protocol | None]] = []
        for match in matches:
            if isinstance(match, PortRange):
                span = self._cells.bits(match.protocol, match.first, match.last)
                numbers = self.diagrams.either(numbers, self._supported(match.protocol, span))
            else:
                names.append((match.name, None))
        return RulePorts(numbers, tuple(names))

    def _supported(self, protocol: Protocol, ports: Value) -> Value:
        if protocol is not Protocol.SCTP:
            return ports
        return self.diagrams.both(self.context.reading("sctp_support"), ports)

    def on(self, ports: RulePorts, declared: tuple[ContainerPort, ...], known: Value) -> Value:
        """Return the ports at a destination that declares these.

        `known`: the condition under which whoever asks knows the destination as a pod, with names (NP-24).
        """
        found = ports.numbers
        for name, protocol in ports.names:
            by_name = self.diagrams.both(known, self._numbered(name, protocol, declared))
            found = self.diagrams.either(found, by_name)
        return found

    def _numbered(self, name: str, protocol: Protocol | None, declared: tuple[ContainerPort, ...]) -> Value:
        key = (name, protocol, declared)
        found = self._named.get(key)
        if found is None:
            meant = [p for p in declared if p.name == name and protocol in (None, p.protocol)]
            values = [
                self._supported(p.protocol, self._cells.bits(p.protocol, p.number, p.number)) for p in meant
            ]
            every, first = self.diagrams.any_of(values), values[0] if values else NEVER
            duplicates = self.context.reading("named_port_duplicates")
            found = self._named[key] = self.diagrams.choice(duplicates, every, first)
        return found

    def per_destination(self, ports: RulePorts, on_host: Value) -> Meant:
        """Return the ports at each destination, but at those where there are only `ports.numbers`.

        `on_host`: the condition under which a host-network pod has names.
        """
        if not ports.names:
            return {}
        hosts, full = self.context.ends.on_host, self.diagrams.full
        found: Meant = {}
        for declared, bits in self._declared.items():
            for part, known in ((bits & ~hosts, full), (bits & hosts, on_host)):
                if part:
                    value = self.on(ports, declared, known)
                    found[value] = found.get(value, 0) | part
        return found

    def matched(self, meant: Meant, ports: RulePorts, on_host: Value) -> Meant:
        """Return the ports on which a rule matches whom it means, as destinations."""
        cuts = self.per_destination(ports, on_host)
        found = refined(meant, cuts, self.diagrams.both, ports.numbers)
        found.pop(NEVER, None)
        return found
