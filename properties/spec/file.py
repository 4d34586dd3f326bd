"""The property file, field for field: `kind: PropertySet`. Names are resolved elsewhere (`resolve.py`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PlainValidator, TypeAdapter
from pydantic_core import PydanticCustomError

from verifier.diagnostics import one_line
from verifier.flow import Direction, Protocol
from verifier.manifest.base import Fault, KubernetesObject, Many, Word, field_names, refuse
from verifier.manifest.cidr import parse_cidr
from verifier.manifest.labels import LabelSelector
from verifier.manifest.names import dns_label_faults, label_key_faults, label_value_faults, port_name_faults
from verifier.manifest.network_policy import IPBlock
from verifier.manifest.plain import found
from verifier.population import Cidr
from verifier.properties.spec.ports import parse_port
from verifier.properties.spec.scope import Ports, Severity, World
from verifier.readings import DEFAULT_PROFILE, FREE, READINGS, Profile

API_VERSION = "netqed.dev/v1"
KIND = "PropertySet"
STATEMENTS = ("forbid", "only", "require", "isolate", "cover", "equivalent", "refines")
NOT_BUILT = ("reach", "where", "serviceAccount")
BARE_WORDS = ("any", "external", "internet", "node")


class EndpointFields(KubernetesObject):
    """One endpoint, spelt out; its fields are ANDed (`scope.Selection`)."""

    namespace: str | None = None
    namespace_selector: LabelSelector | None = None
    pod_selector: LabelSelector | None = None
    workload: str | None = None
    ip_block: IPBlock | None = None
    node: str | None = None
    any_: Annotated[Literal[True] | None, Field(alias="any")] = None
    external: Literal[True] | None = None
    internet: Literal[True] | None = None
    except_: Annotated[EndpointRef | None, Field(alias="except")] = None

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield sorts of endpoint that cannot be one thing, and fields that are not built yet."""
        yield from not_built(data)
        pods = [key for key in ("namespace", "namespaceSelector", "podSelector", "workload") if key in data]
        sorts = [key for key in ("any", "external", "internet", "node") if key in data]
        if len(sorts) > 1 or (sorts and pods):
            both = " and ".join(f"`{key}`" for key in (*pods, *sorts)[-2:])
            yield Fault(
                "mixed-endpoint",
                f"{both} speak of different sorts of endpoint, so nothing is both",
                help="for a union write a list: `[{namespace: shop}, external]`",
            )
        if not pods and not sorts and "ipBlock" not in data and not set(data) - field_names(cls):
            yield Fault(
                "empty-endpoint",
                "an endpoint says whom it means",
                help="for every pod write `{namespaceSelector: {}}`, for everybody `any`",
            )


def _endpoint_item(value: Any) -> str | EndpointFields:
    return value if isinstance(value, str) else EndpointFields.model_validate(value)


EndpointItem = Annotated[str | EndpointFields, PlainValidator(_endpoint_item)]


def _endpoint_ref(value: Any) -> tuple[str | EndpointFields, ...] | str | EndpointFields:
    if not isinstance(value, list):
        return _endpoint_item(value)
    if not value:
        raise PydanticCustomError("empty-endpoint", "an empty list of endpoints means nobody")
    items: tuple[str | EndpointFields, ...] = _ITEMS.validate_python(value)
    return items


EndpointRef = Annotated[
    str | EndpointFields | tuple[str | EndpointFields, ...], PlainValidator(_endpoint_ref)
]
"""A name, a bare word, an endpoint spelt out, or a list of these: their union."""


def _ports(value: Any) -> Ports:
    if not isinstance(value, list):
        raise PydanticCustomError("wrong-type", "expected a list of ports such as `[443, 53/UDP]`")
    if not value:
        raise PydanticCustomError(
            "empty-ports",
            "an empty list of ports means none",
            {"help": "leave `ports` out to mean every port"},
        )
    ports: Ports = _PORTS.validate_python(value)
    return ports


PortList = Annotated[Ports, PlainValidator(_ports)]


class FlowStatement(KubernetesObject):
    """`forbid`, `only`, `require`: flows from somebody to somebody on some ports."""

    from_: Annotated[EndpointRef, Field(alias="from")]
    to: EndpointRef
    ports: PortList = ()

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield fields that are not built yet."""
        yield from not_built(data)


def _label_key(text: str) -> str:
    for fault in label_key_faults(text):
        raise PydanticCustomError("invalid-label-key", f"invalid label key: {fault}")
    return text


class IsolateStatement(KubernetesObject):
    """`isolate`: no flows between namespaces that differ in the value of a label."""

    namespaces: LabelSelector = LabelSelector()
    by: Annotated[str, AfterValidator(_label_key)]
    ports: PortList = ()


class CoverStatement(KubernetesObject):
    """`cover`: every pod is isolated by a NetworkPolicy."""

    pods: EndpointRef
    directions: Many[Word[Direction]] = (Direction.INGRESS, Direction.EGRESS)

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield a list of directions that is empty."""
        yield from _empty_lists(data, "directions")


class RelationStatement(KubernetesObject):
    """`equivalent`, `refines`: another set of policies, to be held against."""

    than: Annotated[str, Field(min_length=1)]


VerdictWord = Literal["proved", "refuted", "depends", "vacuous", "unknown"]


class ExpectFields(KubernetesObject):
    """The expected verdict in each world."""

    snapshot: VerdictWord | None = None
    any_pod: VerdictWord | None = None
    any_policy: VerdictWord | None = None


def _expect(value: Any) -> str | ExpectFields:
    if isinstance(value, dict):
        return ExpectFields.model_validate(value)
    word: str = _VERDICT.validate_python(value)
    return word


def _reading_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    rows = {row.name: row for row in READINGS}
    for key, value in data.items():
        row = rows.get(key)
        if row is None:
            known = ", ".join(f"`{name}`" for name in rows)
            message = f"no reading is called `{one_line(key)}`"
            yield Fault("unknown-reading", message, (key,), f"the readings are {known}", at_key=True)
        elif value != FREE and not any(type(value) is type(own) and value == own for own in row.values):
            values = ", ".join(f"`{str(own).lower()}`" for own in (*row.values, FREE))
            yield Fault("unsupported-value", f"expected one of {values}, found {found(value)}", (key,))


def _readings(value: Any) -> dict[str, bool | str]:
    if not isinstance(value, dict):
        raise PydanticCustomError("wrong-type", "expected a mapping from readings to values")
    refuse("readings", _reading_faults(value), value)
    return dict(value)


ReadingChoices = Annotated[dict[str, bool | str], PlainValidator(_readings)]


class PropertyFields(KubernetesObject):
    """One property: a name and exactly one statement."""

    name: Annotated[str, Field(min_length=1, max_length=300)]
    description: str | None = None
    severity: Word[Severity] = Severity.MEDIUM
    world: Word[World] | None = None
    readings: ReadingChoices = Field(default_factory=dict)
    expect: Annotated[str | ExpectFields | None, PlainValidator(_expect)] = None
    forbid: FlowStatement | None = None
    only: FlowStatement | None = None
    require: FlowStatement | None = None
    isolate: IsolateStatement | None = None
    cover: CoverStatement | None = None
    equivalent: RelationStatement | None = None
    refines: RelationStatement | None = None

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield what keeps a property from being exactly one statement."""
        yield from not_built(data)
        kinds = [key for key in STATEMENTS if key in data]
        choices = ", ".join(f"`{kind}`" for kind in STATEMENTS)
        if not kinds and not set(data) - field_names(cls):  # an unknown field is a fault of its own
            yield Fault("no-statement", f"a property says one of {choices}; this one says none")
        if len(kinds) > 1:
            said = " and ".join(f"`{kind}`" for kind in kinds)
            yield Fault(
                "two-statements", f"a property says one thing; this one says {said}", (kinds[1],), at_key=True
            )


def _empty_lists(data: Mapping[str, Any], *keys: str) -> Iterator[Fault]:
    for key in keys:
        if data.get(key) == []:
            yield Fault("empty-list", f"`{key}` is an empty list", (key,), "leave it out, or say something")


def not_built(data: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield what a later version will know: refused, never accepted and ignored."""
    for key in NOT_BUILT:
        if key in data:
            yield Fault("not-supported", f"`{key}` is not supported yet", (key,), at_key=True)


def _cidr(value: Any) -> Cidr:
    if not isinstance(value, str):
        raise PydanticCustomError("wrong-type", "expected a CIDR such as `10.0.0.0/16`")
    try:
        return parse_cidr(value).network
    except ValueError as error:
        raise PydanticCustomError("invalid-cidr", "expected a CIDR such as `10.0.0.0/16`") from error


CidrText = Annotated[Cidr, PlainValidator(_cidr)]


class NetworkFields(KubernetesObject):
    """The cluster's address ranges."""

    pod_cidrs: Annotated[Many[CidrText] | None, Field(alias="podCIDRs")] = None
    service_cidrs: Annotated[Many[CidrText] | None, Field(alias="serviceCIDRs")] = None
    node_cidrs: Annotated[Many[CidrText] | None, Field(alias="nodeCIDRs")] = None

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield ranges that overlap: an address would be two things at once (S-2)."""
        yield from _empty_lists(data, *data)
        read = [
            (key, index, text)
            for key in data
            if isinstance(data[key], list)
            for index, text in enumerate(data[key])
        ]
        known = []
        for key, index, text in read:
            try:
                known.append((key, index, parse_cidr(text).network))
            except (ValueError, TypeError, AttributeError):
                continue  # the field itself says so
        for place, (key, index, network) in enumerate(known):
            for other_key, _, other in known[:place]:
                if key != other_key and network.version == other.version and network.overlaps(other):
                    yield Fault(
                        "overlapping-ranges", f"`{network}` overlaps `{other}` of `{other_key}`", (key, index)
                    )


def _name(text: str) -> str:
    for fault in dns_label_faults(text):
        raise PydanticCustomError("invalid-name", f"invalid name: {fault}")
    return text


def _labels(value: Any) -> dict[str, str]:
    labels: dict[str, str] = _LABEL_MAP.validate_python(value)
    for key, text in labels.items():
        for fault in (*label_key_faults(key), *label_value_faults(text)):
            raise PydanticCustomError("invalid-label", f"invalid label: {fault}")
    return labels


Labels = Annotated[dict[str, str], PlainValidator(_labels)]
NameText = Annotated[str, AfterValidator(_name)]


class NamespaceFields(KubernetesObject):
    """A namespace whose manifest is kept elsewhere."""

    name: NameText
    labels: Labels = Field(default_factory=dict)


class PortFields(KubernetesObject):
    """A container port of a declared pod."""

    name: str | None = None
    container_port: Annotated[int, Field(ge=1, le=65535)]
    protocol: Word[Protocol] = Protocol.TCP

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield what is wrong with the port's name."""
        if isinstance(data.get("name"), str):
            for fault in port_name_faults(data["name"]):
                yield Fault("invalid-port-name", f"invalid port name: {fault}", ("name",))


class PodFields(KubernetesObject):
    """Pods that no manifest shows, since an operator makes them: as many as you like."""

    name: str
    namespace: NameText
    labels: Labels = Field(default_factory=dict)
    ports: Many[PortFields] = ()
    host_network: bool = False


class SetSpec(KubernetesObject):
    """`spec` of a property set."""

    manifests: Many[str] | None = None
    namespace: NameText = "default"
    profile: Word[Profile] = DEFAULT_PROFILE
    world: Word[World] | None = None
    new_namespaces: Literal["one", "both"] = "one"
    readings: ReadingChoices = Field(default_factory=dict)
    network: NetworkFields = NetworkFields()
    namespaces: Many[NamespaceFields] = ()
    pods: Many[PodFields] = ()
    endpoints: dict[str, EndpointRef] = Field(default_factory=dict)
    properties: Many[PropertyFields]

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield names that are given twice, or that mean something else."""
        yield from _empty_lists(data, "manifests", "properties")
        endpoints, properties = data.get("endpoints"), data.get("properties")
        for name in endpoints if isinstance(endpoints, dict) else ():
            if name in BARE_WORDS:
                yield Fault(
                    "reserved-name", f"`{name}` is a word of the language", ("endpoints", name), at_key=True
                )
        seen: set[str] = set()
        for index, item in enumerate(properties if isinstance(properties, list) else ()):
            name = item.get("name") if isinstance(item, dict) else None
            if isinstance(name, str) and name in seen:
                yield Fault(
                    "duplicate-name", f"two properties are called `{name}`", ("properties", index, "name")
                )
            if isinstance(name, str):
                seen.add(name)


class SetMetadata(KubernetesObject):
    """Who the set is."""

    name: str | None = None


class PropertySetFile(KubernetesObject):
    """A whole property file."""

    api_version: Literal["netqed.dev/v1"]
    kind: Literal["PropertySet"]
    metadata: SetMetadata = SetMetadata()
    spec: SetSpec


EndpointFields.model_rebuild()
_ITEMS: TypeAdapter[tuple[str | EndpointFields, ...]] = TypeAdapter(Many[EndpointItem])
_PORTS: TypeAdapter[Ports] = TypeAdapter(Many[Annotated[Any, PlainValidator(parse_port)]])
_VERDICT: TypeAdapter[str] = TypeAdapter(VerdictWord)
_LABEL_MAP: TypeAdapter[dict[str, str]] = TypeAdapter(dict[str, str], config={"strict": True})
