"""Who is who: every object has a name of its own, and every live pod an address of its own (S-2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from verifier.cluster.model import Origin
from verifier.cluster.report import Report
from verifier.diagnostics import Severity
from verifier.flow import Address
from verifier.manifest.base import Fault
from verifier.manifest.metadata import ObjectMeta
from verifier.population import Workload


class Identities:
    """The names and addresses that are taken, each with the place that took it."""

    def __init__(self, declared_pods: Sequence[Workload], report: Report) -> None:
        self._report = report
        self._generated: dict[tuple[str, str | None, str], int] = {}
        self._names: dict[tuple[str, str | None, str], Origin | None] = {}
        self._addresses: dict[Address, tuple[str, Origin | None]] = {}
        self._host_addresses: dict[Address, tuple[str, Origin | None]] = {}
        for workload in declared_pods:
            self._names[workload.kind, workload.namespace, workload.name] = None
            for address in () if workload.host_network else workload.addresses or ():
                self._addresses[address] = (f"pod `{workload.title}`", None)

    def name(self, kind: str, namespace: str | None, meta: ObjectMeta) -> str:
        """Return the name of an object; if it is to be generated from `web-`: `web-*`, the next `web-*2`."""
        if meta.name is not None:
            return meta.name
        prefix = f"{meta.generate_name}*"
        count = self._generated.get((kind, namespace, prefix), 0) + 1
        self._generated[kind, namespace, prefix] = count
        return prefix if count == 1 else f"{prefix}{count}"

    def claim(
        self,
        kind: str,
        namespace: str | None,
        name: str,
        origin: Origin,
        *,
        severity: Severity = Severity.ERROR,
    ) -> bool:
        """Return whether the object is the first of its name; a second one is noted with `severity`."""
        identity = (kind, namespace, name)
        if identity not in self._names:
            self._names[identity] = origin
            return True
        taken = _place(self._names[identity])
        title = name if namespace is None else f"{namespace}/{name}"
        message = f"duplicate object: {kind} `{title}` is already in {taken}"
        advice = "remove one of them; variants of one cluster (overlays) are checked one at a time"
        self._report.add(
            Fault("duplicate-object", message, ("metadata", "name"), advice), origin, severity=severity
        )
        return False

    def claim_addresses(self, title: str, addresses: Iterable[Address], origin: Origin) -> None:
        """Note the addresses of a live pod off the host network; an address that is taken is an error."""
        for address in addresses:
            taken = self._addresses.get(address) or self._host_addresses.get(address)
            if taken is None:
                self._addresses[address] = (f"pod `{title}`", origin)
            else:
                self._refuse_address(address, taken, origin)

    def claim_host_addresses(self, title: str, addresses: Iterable[Address], origin: Origin) -> None:
        """Note the addresses of a node or a host-network pod, which these share; no other pod has them."""
        for address in addresses:
            taken = self._addresses.get(address)
            if taken is None:
                self._host_addresses.setdefault(address, (title, origin))
            else:
                self._refuse_address(address, taken, origin)

    def _refuse_address(self, address: Address, taken: tuple[str, Origin | None], origin: Origin) -> None:
        owner, place = taken[0], _place(taken[1])
        message = f"duplicate address: `{address}` is already the address of the {owner} in {place}"
        advice = "two live pods have distinct addresses: take all objects from the cluster at one time"
        self._report.add(Fault("duplicate-address", message, ("status",), advice), origin)


def _place(origin: Origin | None) -> str:
    return "the property file" if origin is None else str(origin.span("metadata", "name"))
