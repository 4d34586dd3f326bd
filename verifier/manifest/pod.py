"""v1 PodSpec as far as policies see it: container ports, the host network, the node (NP-23, NP-43)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from verifier.diagnostics import one_line
from verifier.flow import MAX_PORT, MIN_PORT, ContainerPort, Protocol
from verifier.manifest.base import Fault, Route, unknown_field
from verifier.manifest.metadata import refuse_look_alikes
from verifier.manifest.names import port_name_faults
from verifier.manifest.plain import flag_at, found, mappings_at, number_at, shown, text_at

POD_SPEC_FIELDS = ("containers", "initContainers", "hostNetwork", "nodeName")
_CONTAINER_FIELDS = ("ports",)
_PORT_FIELDS = frozenset({"name", "containerPort", "hostPort", "hostIP", "protocol"})
_PROTOCOLS: Mapping[object, Protocol] = {str(protocol): protocol for protocol in Protocol}

# Most pods have the ports of others: where equal ones are one object, all that comes after is faster.
_container_port = lru_cache(4096)(ContainerPort)


@lru_cache(4096)
def _shared(ports: tuple[ContainerPort, ...]) -> tuple[ContainerPort, ...]:
    return ports


@dataclass(frozen=True, slots=True)
class PodSpec:
    """What a pod's spec says. `ports`: regular containers' in order, then init containers'."""

    ports: tuple[ContainerPort, ...] = ()
    host_network: bool = False
    node: str | None = None
    service_account: str | None = None


def read_pod_spec(spec: Mapping[str, Any], route: Route, faults: list[Fault]) -> PodSpec:
    """Return the pod spec `spec`, which lies at `route` of its object; adds what is wrong to `faults`.

    Fields that no policy can see pass unread, save those that only resemble one that matters.
    """
    refuse_look_alikes(spec, POD_SPEC_FIELDS, route, faults)
    host_network = flag_at(spec, "hostNetwork", route, faults)
    if spec.get("containers") in (None, []) and ("containers" in spec or not has_containers(spec)):
        message = "required value: a pod has at least one container"
        faults.append(Fault("required", message, (*route, "containers")))
    ports: list[ContainerPort] = []
    for key in ("containers", "initContainers"):
        for container_route, container in mappings_at(spec, key, route, faults):
            refuse_look_alikes(container, _CONTAINER_FIELDS, container_route, faults)
            if container.get("ports") is not None:
                _read_ports(container, container_route, host_network, ports, faults)
    return PodSpec(
        ports=_shared(tuple(ports)),
        host_network=host_network,
        node=text_at(spec, "nodeName", route, faults),
        service_account=text_at(spec, "serviceAccountName", route, faults),
    )


def _read_ports(
    container: Mapping[str, Any],
    route: Route,
    host_network: bool,
    ports: list[ContainerPort],
    faults: list[Fault],
) -> None:
    names: set[str] = set()
    for port_route, port in mappings_at(container, "ports", route, faults):
        if not _PORT_FIELDS.issuperset(port):
            faults.extend(
                unknown_field(key, _PORT_FIELDS, port_route) for key in port if key not in _PORT_FIELDS
            )
        name = _port_name(port, port_route, names, faults)
        protocol = _protocol(port, port_route, faults)
        number = _port_number(port, "containerPort", port_route, faults)
        host_port = _port_number(port, "hostPort", port_route, faults)
        if number is None and port.get("containerPort") is None:
            faults.append(
                Fault("required", "required value: the field is missing", (*port_route, "containerPort"))
            )
        if host_network and host_port is not None and number is not None and host_port != number:
            message = (
                f"invalid value `{host_port}`: on the host network it must match `containerPort`, `{number}`"
            )
            faults.append(Fault("host-port-mismatch", message, (*port_route, "hostPort")))
        if number is not None:
            ports.append(_container_port(number, protocol, name))


def _port_name(port: Mapping[str, Any], route: Route, names: set[str], faults: list[Fault]) -> str | None:
    name = text_at(port, "name", route, faults)
    if name is None:
        return None
    problems = port_name_faults(name)
    if problems:
        message = f"invalid port name `{one_line(name)}`: {', '.join(problems)}"
        faults.append(Fault("invalid-port-name", message, (*route, "name")))
    elif name in names:
        message = f"duplicate value `{name}`: port names must be unique within a container"
        faults.append(Fault("duplicate-port-name", message, (*route, "name")))
    names.add(name)
    return name


def _protocol(port: Mapping[str, Any], route: Route, faults: list[Fault]) -> Protocol:
    written = port.get("protocol")
    if written is None or written == "":
        return Protocol.TCP
    if not isinstance(written, str):
        message = f"expected `TCP`, `UDP` or `SCTP`, found {found(written)}"
        faults.append(Fault("wrong-type", message, (*route, "protocol")))
    elif written not in _PROTOCOLS:
        message = f"unsupported value `{one_line(written)}`: expected `TCP`, `UDP` or `SCTP`"
        faults.append(Fault("unsupported-value", message, (*route, "protocol")))
    else:
        return _PROTOCOLS[written]
    return Protocol.TCP


def _port_number(port: Mapping[str, Any], key: str, route: Route, faults: list[Fault]) -> int | None:
    number = number_at(port, key, route, faults)
    if number is None or (number == 0 and key == "hostPort"):
        return None
    if MIN_PORT <= number <= MAX_PORT:
        return number
    message = f"invalid value `{shown(number)}`: must be between {MIN_PORT} and {MAX_PORT}, inclusive"
    faults.append(Fault("port-out-of-range", message, (*route, key)))
    return None


def has_containers(spec: object) -> bool:
    """Return whether `spec` is meant to be a pod's spec: it has containers, perhaps misspelt."""
    if not isinstance(spec, Mapping):
        return False
    if "containers" in spec:
        return True
    misspelt: list[Fault] = []
    refuse_look_alikes(spec, ("containers",), (), misspelt)
    return bool(misspelt)
