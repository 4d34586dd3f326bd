"""Whether the endpoints of a concrete flow can exist in a world (soundness S-2, S-4, S-5, S-7, S-13)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import assert_never

from verifier.flow import (
    MAX_PORT,
    MIN_PORT,
    Address,
    ContainerPort,
    Endpoint,
    External,
    Flow,
    Node,
    Pod,
    PodNamespace,
    Surroundings,
)
from verifier.internet import NOT_EXTERNAL
from verifier.population import DEFAULT_POD_CIDRS, Cidr, Namespace, Network, Population, Workload
from verifier.properties.spec.scope import World
from verifier.semantics.addresses import in_cidr
from verifier.semantics.names import is_dns_label, is_label_key, is_label_value, is_port_name
from verifier.semantics.network_policy import same_pod
from verifier.semantics.selectors import namespace_labels


def membership_faults(
    flow_or_endpoints: Flow | Sequence[Endpoint],
    population: Population,
    world: World,
    new_namespaces_both: bool = False,
) -> list[str]:
    """Return why these endpoints cannot exist together in `world`; nothing if they can.

    Args:
        flow_or_endpoints: a flow, whose own fields are looked at too, or the endpoints alone.
        new_namespaces_both: whether both ends may lie in new namespaces (`newNamespaces: both`).

    Source: S-2, S-4, S-5, S-7, S-13.
    """
    if isinstance(flow_or_endpoints, Flow):
        endpoints: tuple[Endpoint, ...] = (flow_or_endpoints.source, flow_or_endpoints.destination)
        faults = list(_flow_faults(flow_or_endpoints))
    else:
        endpoints = tuple(flow_or_endpoints)
        faults = []
    for endpoint in endpoints:
        faults += _endpoint_faults(endpoint, population, world)
    for one, other in combinations(endpoints, 2):
        faults += _pair_faults(one, other)
    if not new_namespaces_both and not any(_in_existing_namespace(e, population) for e in endpoints):
        faults.append("no end is a pod of an existing namespace, expected at least one to be")
    return faults


def surroundings_faults(surroundings: Surroundings, population: Population) -> list[str]:
    """Return why these facts cannot hold of the cluster that the input shows; nothing if they can.

    Source: CNP-9 and S-12 (domain names have external addresses), CNP-10 (nodes are as they are declared),
    S-16 (ties are total orders).
    """
    faults: list[str] = []
    for node in surroundings.nodes:
        faults += _node_faults(node, population, homes=True)
    for one, other in combinations(surroundings.nodes, 2):
        if one.name == other.name:
            faults.append(f"node `{one.name}` is described twice, expected once")
        faults += [
            f"{_shown(one)} and {_shown(other)} share the address `{address}`"
            for address in one.addresses
            if address in other.addresses
        ]
    for name, addresses in surroundings.domain_names.items():
        for address in sorted(addresses, key=str):
            for fault in _external_faults(External(address), population):
                faults.append(f"domain name `{name}`: {fault}")
    for title in sorted(set(surroundings.precedence)):
        if surroundings.precedence.count(title) > 1:
            faults.append(f"`{title}` has two places among equal priorities, expected one")
    return faults


def in_existing_namespaces(flow_or_endpoints: Flow | Sequence[Endpoint], population: Population) -> bool:
    """Return whether every pod is of an existing namespace, as `Isolate` and `Cover` ask (S-5)."""
    if isinstance(flow_or_endpoints, Flow):
        return in_existing_namespaces((flow_or_endpoints.source, flow_or_endpoints.destination), population)
    return not any(_in_new_namespace(endpoint, population) for endpoint in flow_or_endpoints)


def _in_existing_namespace(endpoint: Endpoint, population: Population) -> bool:
    return isinstance(endpoint, Pod) and endpoint.namespace.name in population.namespaces


def _in_new_namespace(endpoint: Endpoint, population: Population) -> bool:
    return isinstance(endpoint, Pod) and endpoint.namespace.name not in population.namespaces


def _flow_faults(flow: Flow) -> Iterator[str]:
    if flow.source_address.version != flow.destination_address.version:
        yield f"`{flow.source_address}` and `{flow.destination_address}` are of two families, expected one"
    if not MIN_PORT <= flow.port <= MAX_PORT:
        yield f"the port is {flow.port}, expected {MIN_PORT} to {MAX_PORT}"
    for endpoint, address in (
        (flow.source, flow.source_address),
        (flow.destination, flow.destination_address),
    ):
        if address not in _addresses(endpoint):
            yield f"{_shown(endpoint)} does not have the address `{address}` that the flow has at its end"


def _addresses(endpoint: Endpoint) -> tuple[Address, ...]:
    return (endpoint.address,) if isinstance(endpoint, External) else endpoint.addresses


def _shown(endpoint: Endpoint) -> str:
    match endpoint:
        case Pod():
            return f"pod `{endpoint.namespace.name}/{endpoint.name}`"
        case Node():
            return f"node `{endpoint.name}`"
        case External():
            return f"external address `{endpoint.address}`"
        case _:
            assert_never(endpoint)


def _endpoint_faults(endpoint: Endpoint, population: Population, world: World) -> Iterator[str]:
    match endpoint:
        case External():
            yield from _external_faults(endpoint, population)
        case Node():
            yield from _node_faults(endpoint, population)
        case Pod():
            yield from _label_faults(_shown(endpoint), endpoint.labels)
            yield from _family_faults(endpoint)
            yield from _namespace_faults(endpoint, population, world)
            if endpoint.owner is None:
                yield from _hypothetical_faults(endpoint, population, world)
            else:
                yield from _snapshot_faults(endpoint, population)
        case _:
            assert_never(endpoint)


def _external_faults(external: External, population: Population) -> Iterator[str]:
    address, network = external.address, population.network
    if _in_any(address, NOT_EXTERNAL):
        yield f"`{address}` is no unicast address of another host, expected one of an external endpoint"
    for workload in population.by_address.get(address, ()):
        yield f"`{address}` is an address of `{workload.title}`, expected one outside the cluster"
    for node in population.nodes:
        if address in node.addresses:
            yield f"`{address}` is an address of node `{node.name}`, expected one outside the cluster"
    declared = (*(network.pod_cidrs or ()), *(network.service_cidrs or ()), *(network.node_cidrs or ()))
    if _in_any(address, declared):
        yield f"`{address}` lies in a declared range of the cluster, expected one outside the cluster"


def _node_faults(node: Node, population: Population, *, homes: bool = False) -> Iterator[str]:
    """Yield what keeps the node from being there; `homes`: a pod may run on one that nobody names."""
    yield from _label_faults(_shown(node), node.labels or {})
    if population.nodes:
        declared = [other for other in population.nodes if other.name == node.name]
        if declared and _contradict(declared[0].labels, node.labels):
            yield f"{_shown(node)} has other labels than the input states"
        wanted = (node.name, None) if homes else (node.name,)
        named = any(workload.node in wanted for workload in population.workloads)
        if not declared and not named:
            yield f"no node of the input is called `{node.name}`"
            return
        known = declared[0].addresses if declared else ()
        for address in node.addresses if known else ():
            if address not in known:
                yield f"no node of the input is called `{node.name}` and has the address `{address}`"
        if known:
            return
    yield from _outside(_shown(node), node.addresses, _node_ranges(population.network))
    yield from _pods_own_faults(node, population)


def _contradict(stated: Mapping[str, str] | None, shown: Mapping[str, str] | None) -> bool:
    return stated is not None and shown is not None and stated != shown


def _node_ranges(network: Network) -> Sequence[Cidr]:
    """Where a machine may be whose address nobody states."""
    return DEFAULT_POD_CIDRS if network.node_cidrs is None else network.node_cidrs


def _in_any(address: Address, cidrs: Sequence[Cidr]) -> bool:
    return any(in_cidr(cidr, address) for cidr in cidrs)


def _outside(shown: str, addresses: Sequence[Address], cidrs: Sequence[Cidr]) -> Iterator[str]:
    for address in addresses:
        if not _in_any(address, cidrs):
            ranges = ", ".join(f"`{cidr}`" for cidr in cidrs) or "nothing"
            yield f"{shown} has the address `{address}`, expected one in {ranges}"


def _label_faults(shown: str, labels: Mapping[str, str]) -> Iterator[str]:
    for key, value in labels.items():
        if not is_label_key(key):
            yield f"{shown} has the label key `{key}`, which is not a valid one"
        if not is_label_value(value):
            yield f"{shown} has the label value `{value}`, which is not a valid one"


def _family_faults(pod: Pod) -> Iterator[str]:
    versions = [address.version for address in pod.addresses]
    if len(versions) != len(set(versions)):
        yield f"{_shown(pod)} has two addresses of one family, expected at most one"


def _namespace_faults(pod: Pod, population: Population, world: World) -> Iterator[str]:
    shown = f"namespace `{pod.namespace.name}`"
    yield from _label_faults(shown, pod.namespace.labels)
    declared: Namespace | None = population.namespaces.get(pod.namespace.name)
    if declared is None:
        if world == World.SNAPSHOT or pod.owner is not None:
            yield f"{shown} does not exist"
        elif not is_dns_label(pod.namespace.name):
            yield f"{shown} has no valid name, expected lower-case letters, digits and hyphens"
    elif declared.labels is not None and not _same_labels(pod, declared):
        yield f"{shown} has other labels than the input states"


def _same_labels(pod: Pod, declared: Namespace) -> bool:
    stated = PodNamespace(declared.name, declared.labels or {})
    return namespace_labels(pod.namespace) == namespace_labels(stated)


def _hypothetical_faults(pod: Pod, population: Population, world: World) -> Iterator[str]:
    if world == World.SNAPSHOT:
        yield f"{_shown(pod)} is not in the input"
    if pod.host_network:
        yield f"{_shown(pod)} is on the host network, which only pods of the input are"
    for port in pod.ports:
        yield from _port_faults(pod, port)
    yield from _outside(_shown(pod), pod.addresses, population.network.unknown_pod_cidrs)
    yield from _taken_faults(pod, population)


def _port_faults(pod: Pod, port: ContainerPort) -> Iterator[str]:
    if not MIN_PORT <= port.number <= MAX_PORT:
        yield f"{_shown(pod)} declares port {port.number}, expected {MIN_PORT} to {MAX_PORT}"
    if port.name is not None and not is_port_name(port.name):
        yield f"{_shown(pod)} declares the port name `{port.name}`, which is not a valid one"


def _snapshot_faults(pod: Pod, population: Population) -> Iterator[str]:
    there = population.by_namespace.get(pod.namespace.name, ())
    candidates = [workload for workload in there if workload.owner == pod.owner]
    if not candidates:
        yield f"{_shown(pod)} belongs to `{pod.owner}`, which is not in the input"
        return
    yield from min((list(_workload_faults(pod, workload, population)) for workload in candidates), key=len)


def _workload_faults(pod: Pod, workload: Workload, population: Population) -> Iterator[str]:
    shown = _shown(pod)
    if workload.single and pod.name != workload.name:
        yield f"{shown} belongs to `{workload.owner}`, which is one pod of that name"
    # A controller overrides what the template says; a bare Pod has no controller (S-13).
    added = frozenset() if workload.single else workload.controller_labels
    stated = {key: value for key, value in workload.labels.items() if key not in added}
    if stated != {key: value for key, value in pod.labels.items() if key not in added}:
        yield f"{shown} has other labels than `{workload.owner}` states"
    for key in sorted(added - pod.labels.keys()):
        yield f"{shown} lacks the label `{key}` that a controller adds"
    if pod.ports != workload.ports:
        yield f"{shown} declares other ports than `{workload.owner}` states"
    if pod.host_network != workload.host_network:
        yield f"{shown} and `{workload.owner}` differ in being on the host network"
    if workload.node is not None and pod.node != workload.node:
        yield f"{shown} is on another node than `{workload.node}`"
    if workload.addresses is None:
        yield from _unknown_address_faults(pod, population)
        return
    for address in pod.addresses:
        if address not in workload.addresses:
            yield f"{shown} has the address `{address}`, which `{workload.owner}` does not state"


def _unknown_address_faults(pod: Pod, population: Population) -> Iterator[str]:
    network: Network = population.network
    if not pod.host_network:
        yield from _outside(_shown(pod), pod.addresses, network.unknown_pod_cidrs)
        yield from _taken_faults(pod, population)
        return
    own = [node for node in population.nodes if node.name == pod.node and node.addresses]
    if own:
        for address in pod.addresses:
            if address not in own[0].addresses:
                yield f"{_shown(pod)} has the address `{address}`, which its node does not have"
    else:
        yield from _outside(_shown(pod), pod.addresses, _node_ranges(network))
        yield from _pods_own_faults(pod, population)


def _pods_own_faults(somebody: Pod | Node, population: Population) -> Iterator[str]:
    """S-2: the address of a pod that is not on the host network is its own, whoever else looks for one."""
    for address in somebody.addresses:
        for workload in population.by_address.get(address, ()):
            if not workload.host_network:
                yield f"{_shown(somebody)} has the address `{address}`, which is that of `{workload.title}`"


def _taken_faults(pod: Pod, population: Population) -> Iterator[str]:
    """S-2: a pod or node of the input whose address is known is alive, in the flow or not."""
    yield from _pods_own_faults(pod, population)
    for node in population.nodes:
        for address in node.addresses:
            if address in pod.addresses:
                yield f"{_shown(pod)} has the address `{address}`, which is that of node `{node.name}`"


def _pair_faults(one: Endpoint, other: Endpoint) -> Iterator[str]:
    if isinstance(one, Pod) and isinstance(other, Pod):
        yield from _pod_pair_faults(one, other)
        return
    for external, far in ((one, other), (other, one)):
        if (
            isinstance(external, External)
            and not isinstance(far, External)
            and external.address in far.addresses
        ):
            yield f"{_shown(far)} has the address `{external.address}` of an endpoint outside the cluster"
    for node, pod in ((one, other), (other, one)):
        if isinstance(node, Node) and isinstance(pod, Pod) and not pod.host_network:
            for address in pod.addresses:
                if address in node.addresses:
                    yield f"{_shown(pod)} has the address `{address}` of {_shown(node)}"


def _pod_pair_faults(one: Pod, other: Pod) -> Iterator[str]:
    if one.namespace.name == other.namespace.name and namespace_labels(one.namespace) != namespace_labels(
        other.namespace
    ):
        yield f"namespace `{one.namespace.name}` has two sets of labels, expected one"
    if same_pod(one, other):
        if one != other:
            yield f"{_shown(one)} is described in two ways, expected one"
    elif not (one.host_network and other.host_network):  # a host-network pod has its node's address
        for address in one.addresses:
            if address in other.addresses:
                yield f"{_shown(one)} and {_shown(other)} share the address `{address}`"
