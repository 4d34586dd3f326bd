"""The variables of a formula: one symbolic flow, whose every model decodes to a concrete one.

| variable | sort | meaning |
|---|---|---|
| `kind` | BitVec(2) | `Kind`: a pod that the input shows, a hypothetical pod, an external address, a node |
| `identity` | BitVec(w) | which shape (`Kind.POD`) or which node (`Kind.NODE`) |
| `namespace` | BitVec(w) | index into `NamespaceTable.names` (pods only) |
| `labels[key]`, `namespace_labels[key]` | BitVec(w) | code of `LabelDomain`; a namespace's where not known |
| `node` | BitVec(w) | index of the node it is, or runs on |
| `ipv4`, `ipv6` | BitVec(32), BitVec(128) | its addresses, big-endian; valid where `has_ipv4`, `has_ipv6` |
| `port` | BitVec(16) | destination port, never 0 |
| `protocol` | BitVec(2) | code of `PROTOCOLS`, never 3 |
| `is_ipv6` | Bool | the family of this flow (NP-33) |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

import z3

from verifier.encodings.terms import Terms
from verifier.encodings.vocabulary import LabelDomain
from verifier.flow import Direction, Protocol

IPV4_BITS = 32
IPV6_BITS = 128
PORT_BITS = 16
PROTOCOL_BITS = 2
KIND_BITS = 2

PROTOCOLS = (Protocol.TCP, Protocol.UDP, Protocol.SCTP)


class Kind(IntEnum):
    """What sort of thing an endpoint is; the value is its code."""

    POD = 0
    HYPOTHETICAL = 1
    EXTERNAL = 2
    NODE = 3


class Role(StrEnum):
    """The end of a flow that an endpoint stands at."""

    SOURCE = "source"
    DESTINATION = "destination"

    @property
    def direction(self) -> Direction:
        """The direction of policy that governs a pod at this end."""
        return Direction.EGRESS if self is Role.SOURCE else Direction.INGRESS


@dataclass(frozen=True, slots=True)
class SymbolicEndpoint:
    """One end of the flow."""

    role: Role
    kind: z3.BitVecRef
    identity: z3.BitVecRef
    namespace: z3.BitVecRef
    labels: Mapping[str, z3.BitVecRef]
    namespace_labels: Mapping[str, z3.BitVecRef]
    node: z3.BitVecRef
    host_network: z3.BoolRef
    single: z3.BoolRef
    ipv4: z3.BitVecRef
    ipv6: z3.BitVecRef
    has_ipv4: z3.BoolRef
    has_ipv6: z3.BoolRef


@dataclass(frozen=True, slots=True)
class SymbolicFlow:
    """A connection attempt.

    `named_any[name, protocol]` says that the flow's port is one that the destination pod declares under that
    name and protocol, `named_first` that it is the first such declaration (NP-25), `named_lead` that it is
    the first of that name whatever the protocol (ANP-9; only of names looked up so). `egress_ok` and
    `ingress_ok` are what the two sides say; `is_self` that both ends are one pod; `dual_stack` that pods of
    unknown address have an IPv6 address too.
    """

    source: SymbolicEndpoint
    destination: SymbolicEndpoint
    protocol: z3.BitVecRef
    port: z3.BitVecRef
    is_ipv6: z3.BoolRef
    is_self: z3.BoolRef
    dual_stack: z3.BoolRef
    named_any: Mapping[tuple[str, Protocol], z3.BoolRef]
    named_first: Mapping[tuple[str, Protocol], z3.BoolRef]
    named_lead: Mapping[tuple[str, Protocol], z3.BoolRef]
    egress_ok: z3.BoolRef
    ingress_ok: z3.BoolRef

    @property
    def named(self) -> tuple[z3.BoolRef, ...]:
        """All that is said of the names of the flow's port."""
        return (*self.named_any.values(), *self.named_first.values(), *self.named_lead.values())

    def end(self, role: Role) -> SymbolicEndpoint:
        """Return the endpoint at that end."""
        return self.source if role is Role.SOURCE else self.destination

    def side_ok(self, role: Role) -> z3.BoolRef:
        """Return what the side of that end says."""
        return self.egress_ok if role is Role.SOURCE else self.ingress_ok


@dataclass(frozen=True, slots=True)
class Widths:
    """How many bits the indexes need."""

    identity: int
    namespace: int
    node: int


def symbolic_flow(
    terms: Terms,
    widths: Widths,
    pod_labels: Mapping[str, LabelDomain],
    namespace_labels: Mapping[str, LabelDomain],
    port_names: frozenset[tuple[str, Protocol]],
    bare_port_names: frozenset[str] = frozenset(),
) -> SymbolicFlow:
    """Return a flow of fresh variables."""

    def endpoint(role: Role) -> SymbolicEndpoint:
        return SymbolicEndpoint(
            role=role,
            kind=terms.bits(f"{role}.kind", KIND_BITS),
            identity=terms.bits(f"{role}.identity", widths.identity),
            namespace=terms.bits(f"{role}.namespace", widths.namespace),
            labels={k: terms.bits(f"{role}.label[{k}]", d.width) for k, d in pod_labels.items()},
            namespace_labels={
                k: terms.bits(f"{role}.namespace_label[{k}]", d.width) for k, d in namespace_labels.items()
            },
            node=terms.bits(f"{role}.node", widths.node),
            host_network=terms.boolean(f"{role}.host_network"),
            single=terms.boolean(f"{role}.single"),
            ipv4=terms.bits(f"{role}.ipv4", IPV4_BITS),
            ipv6=terms.bits(f"{role}.ipv6", IPV6_BITS),
            has_ipv4=terms.boolean(f"{role}.has_ipv4"),
            has_ipv6=terms.boolean(f"{role}.has_ipv6"),
        )

    names = sorted(port_names)
    return SymbolicFlow(
        source=endpoint(Role.SOURCE),
        destination=endpoint(Role.DESTINATION),
        protocol=terms.bits("protocol", PROTOCOL_BITS),
        port=terms.bits("port", PORT_BITS),
        is_ipv6=terms.boolean("is_ipv6"),
        is_self=terms.boolean("is_self"),
        dual_stack=terms.boolean("dual_stack"),
        named_any={key: terms.boolean(f"named_any[{key[0]}/{key[1]}]") for key in names},
        named_first={key: terms.boolean(f"named_first[{key[0]}/{key[1]}]") for key in names},
        named_lead={
            key: terms.boolean(f"named_lead[{key[0]}/{key[1]}]") for key in names if key[0] in bare_port_names
        },
        egress_ok=terms.boolean("egress_ok"),
        ingress_ok=terms.boolean("ingress_ok"),
    )
