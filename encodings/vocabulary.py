"""The finite domains of a formula: labels, namespaces, port names and blocks that somebody mentions.

S-3: a label key that is only matched against constants needs "absent", each mentioned value, and one "other";
a key whose values are compared between two endpoints needs two others. S-4: a new namespace may bear any name
that is not declared, including one that is mentioned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from verifier.flow import Protocol
from verifier.manifest.labels import LabelSelector, Operator
from verifier.manifest.network_policy import IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort
from verifier.manifest.tiers import (
    DomainNames,
    NamedPort,
    NetworkSet,
    NodeSet,
    Peer,
    PodSet,
    TieredPolicy,
    UnknownPeer,
)
from verifier.population import METADATA_NAME

ABSENT = 0
OTHER = 1
FIRST_VALUE = 2


@dataclass(frozen=True, slots=True)
class LabelDomain:
    """The values that one label key can have in a formula, as codes of a bit-vector.

    Code 0 is "the key is absent", code 1 "a value that nobody mentions" (`other` spells one), code 2 + i is
    `values[i]`.
    """

    key: str
    values: tuple[str, ...]
    other: str
    codes: Mapping[str, int] = field(repr=False)

    @property
    def size(self) -> int:
        """How many codes there are."""
        return len(self.values) + FIRST_VALUE

    @property
    def width(self) -> int:
        """Bits that a code needs."""
        return max(1, (self.size - 1).bit_length())

    def code(self, labels: Mapping[str, str]) -> int:
        """Return the code of this key in a concrete label map."""
        value = labels.get(self.key)
        return ABSENT if value is None else self.codes.get(value, OTHER)

    def codes_in(self, maps: Iterable[Mapping[str, str]]) -> list[int | None]:
        """Return `code` in each of many label maps."""
        key, code_of = self.key, dict[str | None, int | None]([(None, ABSENT), *self.codes.items()]).get
        return [code_of(labels.get(key), OTHER) for labels in maps]

    def value(self, code: int) -> str | None:
        """Return the value that `code` stands for; None: absent. What is no code is "other" too."""
        if code == ABSENT:
            return None
        return self.other if code == OTHER or code >= self.size else self.values[code - FIRST_VALUE]


def label_domain(key: str, mentioned: Iterable[str], avoid: frozenset[str] = frozenset()) -> LabelDomain:
    """Return the domain of `key`; "other" is a valid label value outside `mentioned` and `avoid`."""
    values = tuple(sorted(set(mentioned)))
    taken = set(values) | avoid
    return LabelDomain(
        key, values, unused("other", taken), {v: i + FIRST_VALUE for i, v in enumerate(values)}
    )


def unused(stem: str, taken: Iterable[str]) -> str:
    """Return `stem`, or else `stem-2`, `stem-3`, …: the first that is not in `taken`."""
    taken = set(taken)
    if stem not in taken:
        return stem
    number = 2
    while f"{stem}-{number}" in taken:
        number += 1
    return f"{stem}-{number}"


@dataclass(slots=True)
class Mentions:
    """What a set of policies and properties mentions; filled once, before any term is built."""

    pod_labels: dict[str, set[str]] = field(default_factory=dict)
    namespace_labels: dict[str, set[str]] = field(default_factory=dict)
    namespace_names: set[str] = field(default_factory=set)
    port_names: set[tuple[str, Protocol]] = field(default_factory=set)
    blocks: set[str] = field(default_factory=set)
    node_labels: dict[str, set[str]] = field(default_factory=dict)
    domain_names: set[str] = field(default_factory=set)
    bare_port_names: set[str] = field(default_factory=set)  # those looked up whatever their protocol (ANP-9)

    def pods(self, selector: LabelSelector | None) -> None:
        """Take in a selector of pods."""
        for key, values in _keys(selector):
            self.pod_labels.setdefault(key, set()).update(values)

    def namespaces(self, selector: LabelSelector | None) -> None:
        """Take in a selector of namespaces; their name is no label but their identity (NP-16)."""
        for key, values in _keys(selector):
            if key == METADATA_NAME:
                self.namespace_names.update(values)
            else:
                self.namespace_labels.setdefault(key, set()).update(values)

    def compared(self, key: str, values: Iterable[str]) -> None:
        """Take in a namespace label key that two endpoints compare, with its values in the snapshot.

        Two spare values are added, so that two endpoints may differ in values that nobody mentions (S-3).
        """
        if key == METADATA_NAME:
            return
        mentioned = self.namespace_labels.setdefault(key, set())
        mentioned.update(values)
        mentioned.add(unused("another", mentioned))

    def block(self, block: IPBlock | None) -> None:
        """Take in an ipBlock, with what it cuts out."""
        if block is not None:
            self.blocks.add(block.cidr)
            self.blocks.update(block.except_ or ())

    def port(self, name: str, protocol: Protocol) -> None:
        """Take in a named port."""
        self.port_names.add((name, protocol))

    def policies(self, policies: Iterable[NetworkPolicy]) -> None:
        """Take in policies, whole; those that are equal mostly share one spec."""
        for spec in {id(policy.spec): policy.spec for policy in policies}.values():
            self.pods(spec.pod_selector)
            for ingress in spec.ingress or ():
                self._rule(ingress.from_, ingress.ports)
            for egress in spec.egress or ():
                self._rule(egress.to, egress.ports)

    def tiers(self, policies: Iterable[TieredPolicy]) -> None:
        """Take in policies of tiers, whole."""
        for policy in policies:
            self._peer(policy.subject)
            for rule in (*policy.ingress, *policy.egress):
                for peer in rule.peers:
                    self._peer(peer)
                for port in rule.ports or ():
                    if isinstance(port, NamedPort):
                        self.bare_port_names.add(port.name)
                        self.port_names.update((port.name, protocol) for protocol in Protocol)

    def _peer(self, peer: Peer) -> None:
        match peer:
            case PodSet():
                self.namespaces(peer.namespaces)
                self.pods(peer.pods)
            case NetworkSet():
                for block in peer.blocks:
                    self.block(block)
            case NodeSet():
                for key, values in _keys(peer.nodes):
                    self.node_labels.setdefault(key, set()).update(values)
            case DomainNames():
                self.domain_names.update(peer.names)
            case UnknownPeer():
                pass

    def _rule(
        self, peers: Sequence[NetworkPolicyPeer] | None, ports: Sequence[NetworkPolicyPort] | None
    ) -> None:
        for peer in peers or ():
            self.pods(peer.pod_selector)
            self.namespaces(peer.namespace_selector)
            self.block(peer.ip_block)
        for entry in ports or ():
            if isinstance(entry.port, str):
                self.port(entry.port, entry.protocol or Protocol.TCP)


def _keys(selector: LabelSelector | None) -> Iterable[tuple[str, Iterable[str]]]:
    if selector is None:
        return
    for key, value in (selector.match_labels or {}).items():
        yield key, (value,)
    for requirement in selector.match_expressions or ():
        yield requirement.key, requirement.values or ()


def label_selector_matches(selector: LabelSelector, labels: Mapping[str, str]) -> bool:
    """Return whether concrete labels satisfy a selector (SEL-1 to SEL-6), where labels are known for sure."""
    for key, value in (selector.match_labels or {}).items():
        if labels.get(key) != value:
            return False
    for requirement in selector.match_expressions or ():
        present = requirement.key in labels
        listed = present and labels[requirement.key] in (requirement.values or ())
        match requirement.operator:
            case Operator.IN:
                satisfied = listed
            case Operator.NOT_IN:
                satisfied = not listed
            case Operator.EXISTS:
                satisfied = present
            case Operator.DOES_NOT_EXIST:
                satisfied = not present
        if not satisfied:
            return False
    return True
