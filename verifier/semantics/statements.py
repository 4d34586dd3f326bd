"""The statements of a property file, judged on concrete flows and pods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from verifier.flow import Address, Direction, Endpoint, External, Flow, Node, Pod, Surroundings
from verifier.internet import INTERNET
from verifier.manifest.network_policy import NetworkPolicy
from verifier.manifest.tiers import TieredPolicy
from verifier.properties.spec.scope import (
    Cover,
    Endpoints,
    Forbid,
    Isolate,
    NamedPort,
    Only,
    PortRange,
    Ports,
    Require,
    Selection,
)
from verifier.readings import Readings
from verifier.semantics.addresses import in_cidr, ip_block_matches
from verifier.semantics.flows import NO_SURROUNDINGS, decide
from verifier.semantics.network_policy import is_own_node, isolating_policies, same_pod
from verifier.semantics.selectors import label_selector_matches, namespace_labels

FlowStatement = Forbid | Only | Require | Isolate
"""The kinds that speak of flows; `Cover` speaks of pods."""


def selects(selection: Selection | Endpoints, endpoint: Endpoint, address: Address | None) -> bool:
    """Return whether `selection` (a tuple: any of it) means `endpoint`.

    Args:
        address: the one that the flow has at this end; None: there is none, so no `ip_block` matches.

    Raises:
        ValueError: a CIDR of an `ip_block` cannot be read.
    """
    if isinstance(selection, tuple):
        return any(selects(one, endpoint, address) for one in selection)
    if not _sort_selected(selection, endpoint, address):
        return False
    if selection.ip_block is not None and (
        address is None or not ip_block_matches(selection.ip_block, address)
    ):
        return False
    return not selects(selection.excluded, endpoint, address)


def _sort_selected(selection: Selection, endpoint: Endpoint, address: Address | None) -> bool:
    match endpoint:
        case Pod():
            return selection.pods and _pod_selected(selection, endpoint)
        case External():
            return selection.externals and (not selection.internet or _on_the_internet(address))
        case Node():
            return selection.nodes and (selection.node is None or selection.node == endpoint.name)
        case _:
            assert_never(endpoint)


def _pod_selected(selection: Selection, pod: Pod) -> bool:
    if selection.namespace is not None and pod.namespace.name != selection.namespace:
        return False
    if selection.namespace_selector is not None and not label_selector_matches(
        selection.namespace_selector, namespace_labels(pod.namespace)
    ):
        return False
    if selection.pod_selector is not None and not label_selector_matches(selection.pod_selector, pod.labels):
        return False
    return selection.workload is None or _belongs_to(pod, selection.workload)


def _belongs_to(pod: Pod, workload: tuple[str | None, str]) -> bool:
    if pod.owner is None:
        return False
    owner_kind, _, owner_name = pod.owner.rpartition("/")
    kind, name = workload
    return owner_name == name and kind in (None, owner_kind)


def _on_the_internet(address: Address | None) -> bool:
    return address is not None and any(
        in_cidr(part.cidr, address) and not any(in_cidr(hole, address) for hole in part.without)
        for part in INTERNET
    )


def in_scope(statement: FlowStatement, flow: Flow, readings: Readings) -> bool:
    """Return whether `statement` speaks of `flow`; for `Only`: as of one that must not be allowed.

    That the flow's pods exist in the world is not looked at; `Isolate` means existing namespaces only.

    Raises:
        ValueError: a CIDR of an `ip_block` cannot be read.

    Source: soundness S-5, S-7.
    """
    if not isinstance(flow.source, Pod) and not isinstance(flow.destination, Pod):
        return False
    if same_pod(flow.source, flow.destination):
        return False
    if not isinstance(statement, Require) and is_own_node(flow.source, flow.destination, readings):
        return False
    return _ports_selected(statement.ports, flow) and _ends_selected(statement, flow)


def _ends_selected(statement: FlowStatement, flow: Flow) -> bool:
    if isinstance(statement, Isolate):
        return _in_two_groups(statement, flow)
    from_source = selects(statement.source, flow.source, flow.source_address)
    if isinstance(statement, Only):
        from_source = not from_source
    return from_source and selects(statement.destination, flow.destination, flow.destination_address)


def _in_two_groups(statement: Isolate, flow: Flow) -> bool:
    if not isinstance(flow.source, Pod) or not isinstance(flow.destination, Pod):
        return False
    source = namespace_labels(flow.source.namespace)
    destination = namespace_labels(flow.destination.namespace)
    for labels in (source, destination):
        if statement.by not in labels or not label_selector_matches(statement.namespaces, labels):
            return False
    return source[statement.by] != destination[statement.by]


def _ports_selected(ports: Ports, flow: Flow) -> bool:
    return not ports or any(_port_selected(port, flow) for port in ports)


def _port_selected(port: PortRange | NamedPort, flow: Flow) -> bool:
    if isinstance(port, PortRange):
        return port.protocol in (None, flow.protocol) and port.low <= flow.port <= port.high
    if not isinstance(flow.destination, Pod) or flow.protocol != port.protocol:
        return False
    return any(
        declared.name == port.name and declared.protocol == port.protocol and declared.number == flow.port
        for declared in flow.destination.ports
    )


def violates(
    statement: FlowStatement,
    flow: Flow,
    policies: Sequence[NetworkPolicy],
    readings: Readings,
    tiers: Sequence[TieredPolicy] = (),
    surroundings: Surroundings = NO_SURROUNDINGS,
) -> bool:
    """Return whether `flow` alone shows that `statement` does not hold.

    Raises:
        ValueError: a CIDR cannot be read, a peer of a policy is empty, or a fact of the surroundings that
            matters is not given.
    """
    if not in_scope(statement, flow, readings):
        return False
    allowed = decide(flow, policies, readings, tiers, surroundings).allowed
    return not allowed if isinstance(statement, Require) else allowed


def uncovered(
    statement: Cover, pod: Pod, policies: Sequence[NetworkPolicy], readings: Readings
) -> tuple[Direction, ...]:
    """Return the directions of `statement` in which `pod` is in the scope and no NetworkPolicy isolates it.

    A pod is in the scope if it is selected with any of its addresses.

    Raises:
        ValueError: a CIDR of an `ip_block` cannot be read.
    """
    if not any(selects(statement.pods, pod, address) for address in pod.addresses or (None,)):
        return ()
    return tuple(
        direction
        for direction in statement.directions
        if not isolating_policies(pod, direction, policies, readings)
    )
