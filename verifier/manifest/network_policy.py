"""networking.k8s.io/v1 NetworkPolicy, as written: nothing is defaulted here (NP-7, NP-21)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PlainValidator
from pydantic_core import PydanticCustomError

from verifier.diagnostics import one_line
from verifier.flow import MAX_PORT, MIN_PORT, Direction, Protocol
from verifier.manifest.base import Fault, KubernetesObject, Many, Route, Word
from verifier.manifest.cidr import is_strict_subset, parse_address, parse_cidr, spelling_advice
from verifier.manifest.labels import LabelSelector
from verifier.manifest.names import port_name_faults
from verifier.manifest.plain import found, shown

_IN_RANGE = f"must be between {MIN_PORT} and {MAX_PORT}, inclusive"


def _port_number(number: int) -> int:
    if not MIN_PORT <= number <= MAX_PORT:
        raise PydanticCustomError("port-out-of-range", f"invalid value `{shown(number)}`: {_IN_RANGE}")
    return number


def _port(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return _port_number(value)
    if not isinstance(value, str):
        message = f"expected a port number or the name of a port, found {found(value)}"
        raise PydanticCustomError("wrong-type", message)
    problems = port_name_faults(value)
    if problems:
        message = f"invalid port name `{one_line(value)}`: {', '.join(problems)}"
        context = (
            {"help": f"write the number {one_line(value, 20)} without quotes"}
            if value.isdecimal() and value.isascii()
            else None
        )
        raise PydanticCustomError("invalid-port-name", message, context)
    return value


def _cidr(text: str) -> str:
    if not text:
        raise PydanticCustomError("required", "required value: expected a CIDR, found the empty string")
    try:
        parse_cidr(text)
    except ValueError:
        message = (
            f"invalid value `{one_line(text)}`: must be a CIDR (such as `10.9.8.0/24` or `2001:db8::/64`)"
        )
        raise PydanticCustomError("invalid-cidr", message, _cidr_advice(text)) from None
    return text


def _cidr_advice(text: str) -> dict[str, str] | None:
    try:
        address = parse_address(text)
    except ValueError:
        return None
    return {"help": f"for this one address write `{address}/{address.max_prefixlen}`"}


class NetworkPolicyPort(KubernetesObject):
    """A port entry: `port` is a number or the name of a container port; `end_port` makes it a range."""

    protocol: Word[Protocol] | None = None
    port: Annotated[int | str | None, PlainValidator(_port)] = None
    end_port: Annotated[int, AfterValidator(_port_number)] | None = None

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield an `endPort` that does not go with its `port` (V-3, V-4)."""
        port, end_port = data.get("port"), data.get("endPort")
        if end_port is None:
            return
        if port is None:
            message = "invalid value: may not be specified when `port` is not specified"
            yield Fault(
                "end-port-without-port", message, ("endPort",), "write the first port of the range as `port`"
            )
        elif isinstance(port, str):
            message = "invalid value: may not be specified when `port` is non-numeric"
            yield Fault(
                "end-port-without-port",
                message,
                ("endPort",),
                "write the first port of the range as a number",
            )
        elif isinstance(port, int) and isinstance(end_port, int) and end_port < port:
            message = (
                f"invalid value `{shown(end_port)}`: must be greater than or equal to `port`, `{shown(port)}`"
            )
            yield Fault("end-port-below-port", message, ("endPort",))


class IPBlock(KubernetesObject):
    """A CIDR and the CIDRs cut out of it, in the text's own spelling (NP-30 to NP-32)."""

    cidr: Annotated[str, AfterValidator(_cidr)]
    except_: Annotated[Many[Annotated[str, AfterValidator(_cidr)]] | None, Field(alias="except")] = None

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield each of `except` that is no strict subset of `cidr` (V-9)."""
        cidr, holes = data.get("cidr"), data.get("except")
        if not isinstance(cidr, str) or not isinstance(holes, list):
            return
        for index, hole in enumerate(holes):
            try:
                inside = not isinstance(hole, str) or is_strict_subset(hole, cidr)
            except ValueError:
                continue  # the field's own fault
            if not inside:
                message = (
                    f"invalid value `{one_line(hole)}`: must be a strict subset of `cidr`, `{one_line(cidr)}`"
                )
                yield Fault("except-outside-cidr", message, ("except", index))


class NetworkPolicyPeer(KubernetesObject):
    """Who a rule admits: pods (by selectors) or addresses (by ipBlock), never both."""

    pod_selector: LabelSelector | None = None
    namespace_selector: LabelSelector | None = None
    ip_block: IPBlock | None = None

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield a peer without any field (V-6), and an `ipBlock` beside a selector (V-7)."""
        if not data:
            advice = "`podSelector: {}` is every pod of the namespace; for anybody at all leave the list out"
            yield Fault("empty-peer", "required value: must specify a peer", (), advice)
        elif "ipBlock" in data and ("podSelector" in data or "namespaceSelector" in data):
            message = "forbidden: may not specify both `ipBlock` and another peer"
            yield Fault("mixed-peer", message, (), "make the `ipBlock` an item of its own")


class NetworkPolicyIngressRule(KubernetesObject):
    """Who may come in (`from`; absent or empty: anybody) on what (`ports`; absent or empty: everything)."""

    from_: Annotated[Many[NetworkPolicyPeer] | None, Field(alias="from")] = None
    ports: Many[NetworkPolicyPort] | None = None


class NetworkPolicyEgressRule(KubernetesObject):
    """Where a pod may go (`to`; absent or empty: anywhere) on what (`ports`; absent or empty: everything)."""

    to: Many[NetworkPolicyPeer] | None = None
    ports: Many[NetworkPolicyPort] | None = None


class NetworkPolicySpec(KubernetesObject):
    """What a policy says; absent, null and empty lists are kept apart only as the text has them."""

    pod_selector: LabelSelector | None = None
    policy_types: Many[Word[Direction]] | None = None
    ingress: Many[NetworkPolicyIngressRule] | None = None
    egress: Many[NetworkPolicyEgressRule] | None = None

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield a list of more than two `policyTypes`; naming one twice is legal (V-10, NP-9)."""
        types = data.get("policyTypes")
        if isinstance(types, list) and len(types) > len(Direction):
            message = f"invalid value: may not specify more than two policyTypes, found {len(types)}"
            yield Fault("too-many-policy-types", message, ("policyTypes",))


class NetworkPolicy(KubernetesObject):
    """A policy of one namespace: the effective one, which is what the text says, or else the default."""

    name: str
    namespace: str
    spec: NetworkPolicySpec = NetworkPolicySpec()

    @property
    def title(self) -> str:
        """Namespace and name: `shop/default-deny`."""
        return f"{self.namespace}/{self.name}"


def spelling_faults(spec: NetworkPolicySpec) -> Iterator[Fault]:
    """Yield the CIDRs of `spec` that the API server takes with a warning: not in canonical form (V-14)."""
    for index, ingress_rule in enumerate(spec.ingress or ()):
        yield from _peer_spelling_faults(ingress_rule.from_, ("ingress", index, "from"))
    for index, egress_rule in enumerate(spec.egress or ()):
        yield from _peer_spelling_faults(egress_rule.to, ("egress", index, "to"))


def _peer_spelling_faults(peers: tuple[NetworkPolicyPeer, ...] | None, route: Route) -> Iterator[Fault]:
    for index, peer in enumerate(peers or ()):
        if peer.ip_block is not None:
            yield from _block_spelling_faults(peer.ip_block, (*route, index, "ipBlock"))


def _block_spelling_faults(block: IPBlock, route: Route) -> Iterator[Fault]:
    written: list[tuple[Route, str]] = [((*route, "cidr"), block.cidr)]
    written += [((*route, "except", index), hole) for index, hole in enumerate(block.except_ or ())]
    for place, text in written:
        advice = spelling_advice(text)
        if advice is not None:
            help_ = f"write `{parse_cidr(text).network}`"
            yield Fault("non-canonical-cidr", f"`{one_line(text)}` {advice}", place, help_)
