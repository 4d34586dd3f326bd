"""What the specification leaves open, as a closed table (soundness.md S-6).

Every reading has two values; the first is what profile `kubernetes` pins, if it pins the reading at all. A
reading that is left free counts for both of its values: a property is proved only if it holds under each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Literal

FREE = "free"


@dataclass(frozen=True, slots=True)
class Readings:
    """One choice for every point that the specification leaves open; defaults: the first value of each."""

    cidr_matches_pods: bool = True
    cidr_matches_nodes: bool = True
    own_node_ingress: Literal["allowed", "ordinary"] = "allowed"
    own_node_egress: Literal["ordinary", "allowed"] = "ordinary"
    host_network: Literal["node-ip", "selectable"] = "node-ip"
    self_traffic: Literal["allowed", "subject"] = "allowed"
    named_port_duplicates: Literal["any", "first"] = "any"
    endport_support: bool = True
    sctp_support: bool = True
    baseline_handover: Literal["direction", "pod"] = "direction"


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """A line of the table: the field of `Readings`, its values, the item of the specification, its words."""

    name: str
    values: tuple[bool | str, bool | str]
    item: str
    words: tuple[str, str]


READINGS: tuple[ReadingRow, ...] = (
    ReadingRow(
        "cidr_matches_pods",
        (True, False),
        "NP-34",
        ("ipBlock matches pod addresses", "ipBlock does not match pod addresses"),
    ),
    ReadingRow(
        "cidr_matches_nodes",
        (True, False),
        "NP-34",
        ("ipBlock matches node addresses", "ipBlock does not match node addresses"),
    ),
    ReadingRow(
        "own_node_ingress",
        ("allowed", "ordinary"),
        "NP-41",
        ("a pod's own node always reaches it", "a pod's own node is like any other"),
    ),
    ReadingRow(
        "own_node_egress",
        ("ordinary", "allowed"),
        "NP-42",
        ("egress to a pod's own node is subject to policy", "a pod always reaches its own node"),
    ),
    ReadingRow(
        "host_network",
        ("node-ip", "selectable"),
        "NP-43",
        (
            "a host-network pod is node traffic, and no selector selects it",
            "a host-network pod is like any pod",
        ),
    ),
    ReadingRow(
        "self_traffic",
        ("allowed", "subject"),
        "NP-40",
        ("a pod always reaches itself", "traffic of a pod to itself is subject to policy"),
    ),
    ReadingRow(
        "named_port_duplicates",
        ("any", "first"),
        "NP-25",
        (
            "a port name that a pod declares twice stands for each",
            "a port name stands for its first declaration",
        ),
    ),
    ReadingRow(
        "endport_support",
        (True, False),
        "NP-26",
        ("endPort is supported", "endPort is ignored: only `port` itself matches"),
    ),
    ReadingRow(
        "sctp_support",
        (True, False),
        "NP-27",
        ("SCTP is supported", "port entries for SCTP match nothing"),
    ),
    ReadingRow(
        "baseline_handover",
        ("direction", "pod"),
        "CNP-4",
        (
            "Baseline decides in the directions in which no NetworkPolicy isolates the pod",
            "Baseline decides for pods that no NetworkPolicy selects",
        ),
    ),
)

assert {row.name for row in READINGS} == {field.name for field in fields(Readings)}  # noqa: S101


@dataclass(frozen=True, slots=True)
class OutOfScope:
    """A point that no formula can settle: printed with every report."""

    item: str
    text: str


OUT_OF_SCOPE: tuple[OutOfScope, ...] = (
    OutOfScope("M-4", "new connections in a converged state are judged, not existing ones"),
    OutOfScope("M-5", "TCP, UDP and SCTP are judged; ICMP and other protocols are not"),
    OutOfScope("M-6", "a policy sees pod addresses and pod ports; Service translation is out of scope"),
    OutOfScope("M-7", "the network plugin implements NetworkPolicy as specified"),
    OutOfScope("NP-35", "the source address is preserved on its way into the cluster"),
)


@dataclass(frozen=True, slots=True)
class Pin:
    """A reading that a profile pins, with what says so."""

    reading: str
    value: bool | str
    source: str


class Profile(StrEnum):
    """Whose readings are taken."""

    KUBERNETES = "kubernetes"
    CALICO = "calico"
    CILIUM = "cilium"
    ANTREA = "antrea"
    OVN_KUBERNETES = "ovn-kubernetes"
    ANY = "any"


DEFAULT_PROFILE = Profile.KUBERNETES
_FREE_UPSTREAM = frozenset({"baseline_handover"})  # the API's own texts contradict each other
_UPSTREAM = "upstream conformance suite, or the recommended default (soundness rule S-6)"

PROFILES: Mapping[Profile, tuple[Pin, ...]] = {
    DEFAULT_PROFILE: tuple(
        Pin(row.name, row.values[0], _UPSTREAM) for row in READINGS if row.name not in _FREE_UPSTREAM
    ),
    Profile.CALICO: (
        Pin("cidr_matches_pods", True, "Calico matches ipBlock as a plain address (NP-34)"),
        Pin("own_node_ingress", "allowed", "projectcalico/calico#2797 (NP-41)"),
        Pin("host_network", "node-ip", "projectcalico/felix#1361 (NP-43)"),
    ),
    Profile.CILIUM: (
        Pin("cidr_matches_pods", False, "Cilium documentation: CIDR rules do not apply to pods (NP-34)"),
    ),
    Profile.ANTREA: (),
    Profile.OVN_KUBERNETES: (
        Pin("own_node_ingress", "allowed", "OVN-Kubernetes lets a pod's own node in (NP-41)"),
        Pin("host_network", "node-ip", "OVN-Kubernetes: host-network pods are node traffic (NP-43)"),
    ),
    Profile.ANY: (),
}
"""What each profile pins: nothing that no source says of the plugin; every other reading is free (S-6)."""


def profile_choices(profile: Profile) -> dict[str, bool | str]:
    """Return a value or `FREE` for every reading."""
    pinned = {pin.reading: pin.value for pin in PROFILES[profile]}
    return {row.name: pinned.get(row.name, FREE) for row in READINGS}


def reading_row(name: str) -> ReadingRow:
    """Return the row of the reading called `name`.

    Raises:
        KeyError: no reading has that name.
    """
    for row in READINGS:
        if row.name == name:
            return row
    raise KeyError(name)
