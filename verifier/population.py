"""Who exists, as far as the input says: namespaces, workloads, nodes and the cluster's address ranges.

Facts only, as written. What the input leaves undecided is None here (S-1): an address, a namespace's labels,
a node.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TypeVar

from verifier.flow import Address, ContainerPort, Node

Cidr = IPv4Network | IPv6Network
Result = TypeVar("Result")

METADATA_NAME = "kubernetes.io/metadata.name"

# Where a pod may be whose address nobody states: RFC 1918, RFC 6598, RFC 4193 (design.md section 6).
DEFAULT_POD_CIDRS: tuple[Cidr, ...] = tuple(
    ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
)


class World(StrEnum):
    """Who exists besides what the input shows (design.md section 5).

    In `any-policy` any pod may exist, and any NetworkPolicies in the place of those shown (S-16).
    """

    SNAPSHOT = "snapshot"
    ANY_POD = "any-pod"
    ANY_POLICY = "any-policy"


@dataclass(frozen=True, slots=True)
class Namespace:
    """A namespace that exists. `labels` are those written; None: used but not declared, so unknown (S-4)."""

    name: str
    labels: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Workload:
    """What the input says of the pods of one workload.

    Args:
        kind: `Deployment`, `Pod`, …
        labels: the labels of its pods, as written in the template.
        ports: regular containers' ports in order, then init containers'.
        host_network: `spec.hostNetwork`.
        node: `spec.nodeName`; None: not known.
        addresses: the one pod's `status.podIPs`; None: not known.
        single: a bare Pod exists once; a template stands for as many replicas as you like (design.md section
            5).
        controller_labels: label keys that a controller adds with a value that nobody knows yet (NP-17, S-13).
    """

    kind: str
    namespace: str
    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[ContainerPort, ...] = ()
    host_network: bool = False
    node: str | None = None
    addresses: tuple[Address, ...] | None = None
    single: bool = False
    controller_labels: frozenset[str] = frozenset()

    @property
    def owner(self) -> str:
        """Kind and name: `Deployment/web`."""
        return f"{self.kind}/{self.name}"

    @property
    def title(self) -> str:
        """Namespace and name, the way a person says it: `shop/web`."""
        return f"{self.namespace}/{self.name}"


def of_ports(
    workloads: Iterable[Workload], work: Callable[[tuple[ContainerPort, ...]], Result]
) -> list[Result]:
    """Return what `work` makes of the ports of each workload, for all who share theirs done once."""
    lists = [workload.ports for workload in workloads]
    done = {number: work(ports) for number, ports in {id(ports): ports for ports in lists}.items()}
    return [done[id(ports)] for ports in lists]


@dataclass(frozen=True, slots=True)
class Network:
    """The cluster's address ranges. None: not declared; defaults take nothing from `external` (S-7)."""

    pod_cidrs: tuple[Cidr, ...] | None = None
    service_cidrs: tuple[Cidr, ...] | None = None
    node_cidrs: tuple[Cidr, ...] | None = None

    @property
    def unknown_pod_cidrs(self) -> tuple[Cidr, ...]:
        """Where a pod of unknown address may be."""
        return DEFAULT_POD_CIDRS if self.pod_cidrs is None else self.pod_cidrs


@dataclass(frozen=True)
class Population:
    """Everybody whom the input shows; `namespaces` is keyed by name and holds every namespace in use."""

    namespaces: Mapping[str, Namespace]
    workloads: tuple[Workload, ...] = ()
    nodes: tuple[Node, ...] = ()
    network: Network = field(default_factory=Network)

    @cached_property
    def has_host_network(self) -> bool:
        """Whether a pod shown is on the host network."""
        return any(workload.host_network for workload in self.workloads)

    @cached_property
    def by_namespace(self) -> Mapping[str, Sequence[Workload]]:
        """The workloads of each namespace that has some, in input order."""
        found: defaultdict[str, list[Workload]] = defaultdict(list)
        for workload in self.workloads:
            found[workload.namespace].append(workload)
        return dict(found)

    @cached_property
    def by_address(self) -> Mapping[Address, Sequence[Workload]]:
        """The workloads that state an address as their pod's, in input order."""
        found: dict[Address, list[Workload]] = {}
        for workload in [workload for workload in self.workloads if workload.addresses]:
            for address in workload.addresses or ():
                found.setdefault(address, []).append(workload)
        return found
