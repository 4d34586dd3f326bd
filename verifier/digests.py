"""What a verdict hangs on, as digests (S-10): equal ones only where all of it is equal, order included."""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from enum import Enum
from hashlib import sha256
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from operator import attrgetter
from typing import Any, Final

from pydantic import BaseModel

from verifier.cluster import Cluster, UnmodelledPolicy
from verifier.flow import Address, ContainerPort, Protocol
from verifier.manifest.network_policy import NetworkPolicy
from verifier.population import Population, of_ports

_MARSHAL: Final = 2  # the last version that writes equal data as equal bytes
_NUMBERS: Final = {protocol: number for number, protocol in enumerate(Protocol)}
_PLAIN_FIELDS: Final = attrgetter("kind", "namespace", "name", "host_network", "node", "single")
_AS_TEXT: Final = (IPv4Address, IPv6Address, IPv4Network, IPv6Network)


def digest(*values: Any) -> str:
    """Return the digest of values of any of our classes, in hexadecimal.

    Raises:
        TypeError: nobody knows what a value hangs on.
    """
    return sha256(marshal.dumps(plain(values), _MARSHAL)).hexdigest()


def plain(value: Any) -> Any:
    """Return a value as tuples, texts and numbers that tell it from every other."""
    if value is None or type(value) in (str, int, bool, float, bytes):
        return value
    name = type(value).__name__
    if isinstance(value, Enum):
        return name, value.value
    if isinstance(value, BaseModel):
        return name, value.model_dump_json()
    if is_dataclass(value):
        return name, *[plain(getattr(value, field.name)) for field in fields(value)]
    if isinstance(value, Mapping):
        return "mapping", *[(plain(key), plain(each)) for key, each in value.items()]
    if isinstance(value, Set):
        return "set", *sorted(map(plain, value), key=repr)
    if isinstance(value, Sequence):
        return "sequence", *map(plain, value)
    if isinstance(value, _AS_TEXT):
        return name, str(value)
    raise TypeError(f"what a {name} says is not known")


def digest_of_people(population: Population) -> str:
    """Return the digest of everybody whom the input shows: there may be many, so workloads have no detour."""
    people = population.workloads
    columns = (
        list(map(_PLAIN_FIELDS, people)),
        [dict(one.labels) for one in people],
        of_ports(people, _plain_ports),
        [None if one.addresses is None else list(map(_plain_address, one.addresses)) for one in people],
        [sorted(one.controller_labels) for one in people],
    )
    named = plain((population.namespaces, population.nodes, population.network))
    return sha256(marshal.dumps((columns, named), _MARSHAL)).hexdigest()


def _plain_ports(ports: Iterable[ContainerPort]) -> list[tuple[int, int, str | None]]:
    return [(port.number, _NUMBERS[port.protocol], port.name) for port in ports]


def _plain_address(address: Address) -> int | str:
    return int(address) if address.version == 4 else str(address)


def digest_of_mentions(mentions: Iterable[Any], owners: Iterable[tuple[str | None, str]]) -> str:
    """Return the digest of what is mentioned, in whatever order: fields hold sets, or sets by key."""
    parts = [getattr(each, field.name) for each in mentions for field in fields(each)]
    ordered = [sorted(part.items()) if isinstance(part, Mapping) else part for part in parts]
    return digest(ordered, frozenset(owners))


class PolicyDigests:
    """The digests of the policies of one cluster, each worked out once."""

    def __init__(self, policies: Iterable[NetworkPolicy]) -> None:
        self._by_namespace: dict[str, list[tuple[str, str]]] = {}
        self._known: dict[str, str] = {}
        texts: dict[int, str] = {}  # specs that are equal are mostly one object
        for policy in policies:
            text = texts.get(id(policy.spec))
            if text is None:
                text = texts[id(policy.spec)] = policy.spec.model_dump_json()
            self._by_namespace.setdefault(policy.namespace, []).append((policy.name, text))

    def of(self, namespaces: Iterable[str]) -> str:
        """Return the digest of all policies of these namespaces."""
        return digest([(name, self._one(name)) for name in sorted(namespaces)])

    def _one(self, namespace: str) -> str:
        known = self._known.get(namespace)
        if known is None:
            said = marshal.dumps(self._by_namespace.get(namespace, []), _MARSHAL)
            known = self._known[namespace] = sha256(said).hexdigest()
        return known

    def of_all(self) -> str:
        """Return the digest of all policies there are."""
        return self.of(self._by_namespace)


def digest_of_others(cluster: Cluster) -> str:
    """Return the digest of what decides besides NetworkPolicies: tiers, and what is not modelled."""
    return digest(cluster.tiers, [_named(policy) for policy in cluster.unmodelled])


def _named(policy: UnmodelledPolicy) -> tuple[str, ...]:
    """Return what a report says of a policy that is not modelled."""
    return policy.kind, policy.api_version, policy.namespace or "", policy.name, str(policy.origin.span())
