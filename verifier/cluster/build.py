"""The builder: reads every object once, collects every fault, then puts the cluster together."""

from __future__ import annotations

import marshal
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from verifier.cluster.hidden import HiddenPods, hidden_pods, not_declared
from verifier.cluster.identity import Identities
from verifier.cluster.kinds import BUILT_IN_GROUPS, Role, removed_api, role_of
from verifier.cluster.model import Assumption, Cluster, Origin, UnmodelledPolicy
from verifier.cluster.namespaces import Namespaces
from verifier.cluster.objects import FaultInDocument, ObjectInDocument, objects_of
from verifier.cluster.report import Report
from verifier.cluster.tiers import POLICY_FIELDS, TieredPolicies
from verifier.diagnostics import Severity, one_line
from verifier.flow import Node
from verifier.manifest.base import Fault, unknown_field
from verifier.manifest.custom_resource import policy_namespace, policy_scope
from verifier.manifest.faults import faults_of
from verifier.manifest.metadata import metadata_of, read_object_meta
from verifier.manifest.namespace import read_namespace
from verifier.manifest.network_policy import NetworkPolicy, NetworkPolicySpec, spelling_faults
from verifier.manifest.node import read_node
from verifier.manifest.plain import found
from verifier.manifest.workload import WORKLOAD_KINDS, read_workload
from verifier.population import Network, Population, Workload
from verifier.source import Document

_PLAIN_MARSHAL = 2  # the last version that writes equal data as equal bytes
_NO_NAMESPACES: Mapping[str, Mapping[str, str]] = MappingProxyType({})
_DEFAULT_NETWORK = Network()


def build_cluster(
    documents: Sequence[Document],
    *,
    namespace: str = "default",
    declared_namespaces: Mapping[str, Mapping[str, str]] = _NO_NAMESPACES,
    declared_pods: Sequence[Workload] = (),
    network: Network = _DEFAULT_NETWORK,
) -> Cluster:
    """Return the cluster that `documents` describe.

    Args:
        documents: in reading order.
        namespace: where objects are that state no namespace.
        declared_namespaces: labels of namespaces whose manifests are kept elsewhere.
        declared_pods: pods that no manifest shows.
        network: the cluster's address ranges.

    Raises:
        InputError: with every fault of every document, in reading order.
    """
    builder = _Builder(namespace, declared_namespaces, declared_pods)
    for index, document in enumerate(documents):
        builder.report.document = index
        for item in objects_of(document):
            builder.add(item)
    return builder.build(len(documents), network)


class _Builder:
    """What has been read so far."""

    def __init__(
        self,
        namespace: str,
        declared_namespaces: Mapping[str, Mapping[str, str]],
        declared_pods: Sequence[Workload],
    ) -> None:
        self.report = Report()
        self._namespaces = Namespaces(namespace, declared_namespaces, self.report)
        self._identities = Identities(declared_pods, self.report)
        self._declared_pods = declared_pods
        self._hidden: list[HiddenPods] = []
        self._policies: list[NetworkPolicy] = []
        self._policy_origins: dict[str, Origin] = {}
        self._tiered = TieredPolicies(self._identities, self.report)
        self._workloads: list[Workload] = []
        self._workload_origins: dict[tuple[str, str, str], Origin] = {}
        self._nodes: list[Node] = []
        self._unmodelled: list[UnmodelledPolicy] = []
        self._ignored: Counter[str] = Counter()
        self._custom_kinds: set[str] = set()
        self._dropped_pods = 0
        self._specs: dict[bytes, tuple[NetworkPolicySpec, tuple[Fault, ...]]] = {}

    def add(self, item: ObjectInDocument | FaultInDocument) -> None:
        """Read one object."""
        if isinstance(item, FaultInDocument):
            self.report.add(item.fault, item.origin)
            return
        match role_of(item):
            case Fault() as fault:
                self.report.add(fault, item.origin)
            case Role.POLICY:
                self._add_policy(item)
            case Role.TIERED:
                self._tiered.add(item)
            case Role.NAMESPACE:
                self._add_namespace(item)
            case Role.NODE:
                self._add_node(item)
            case Role.WORKLOAD:
                self._add_workload(item)
            case Role.UNMODELLED:
                self._add_unmodelled(item)
            case Role.OTHER:
                self._add_other(item)

    def build(self, documents: int, network: Network) -> Cluster:
        """Return the cluster; raise InputError if anything was at fault."""
        for workload in self._declared_pods:
            self._namespaces.use(workload.namespace)
        namespaces = self._namespaces.population()
        self._warn_of_hidden_pods()
        self._tiered.refuse_two_versions()
        self.report.raise_errors()
        return Cluster(
            population=Population(
                namespaces=namespaces,
                workloads=(*self._workloads, *self._declared_pods),
                nodes=tuple(self._nodes),
                network=network,
            ),
            policies=tuple(self._policies),
            tiers=self._tiered.policies,
            origins={**self._policy_origins, **self._tiered.origins},
            workload_origins=self._workload_origins,
            unmodelled=tuple(self._unmodelled),
            assumptions=(
                *self._namespaces.assumptions(),
                *self._controller_assumptions(),
                *self._tiered.assumptions(),
            ),
            warnings=self.report.warnings(),
            documents=documents,
            ignored=dict(sorted(self._ignored.items())),
            dropped_pods=self._dropped_pods,
            hidden_pods=frozenset(hidden.namespace for hidden in self._hidden),
        )

    def _add_policy(self, item: ObjectInDocument) -> None:
        faults = [unknown_field(key, POLICY_FIELDS) for key in item.data if key not in POLICY_FIELDS]
        meta = read_object_meta(metadata_of(item.data, faults), faults)
        read = self._read_spec(item.data.get("spec"), faults)
        if self.report.add_all(faults, item.origin) or read is None:
            return
        spec, warnings = read
        self.report.add_all(warnings, item.origin, severity=Severity.WARNING)
        namespace = self._namespaces.of(meta.namespace)
        name = self._identities.name(item.kind, namespace, meta)
        if self._identities.claim(item.kind, namespace, name, item.origin):
            policy = NetworkPolicy(name=name, namespace=namespace, spec=spec)
            self._policies.append(policy)
            self._policy_origins[policy.title] = item.origin

    def _read_spec(
        self, spec: Any, faults: list[Fault]
    ) -> tuple[NetworkPolicySpec, tuple[Fault, ...]] | None:
        """Return the spec and its warnings; equal specs are validated once, and shared."""
        if spec is None:
            spec = {}
        try:
            key: bytes | None = marshal.dumps(spec, _PLAIN_MARSHAL)
        except ValueError:
            key = None
        known = None if key is None else self._specs.get(key)
        if known is not None:
            return known
        if not isinstance(spec, Mapping):
            faults.append(Fault("wrong-type", f"expected a mapping, found {found(spec)}", ("spec",)))
            return None
        try:
            valid = NetworkPolicySpec.model_validate(spec)
        except ValidationError as error:
            faults.extend(fault.below("spec") for fault in faults_of(error))
            return None
        read = valid, tuple(fault.below("spec") for fault in spelling_faults(valid))
        if key is not None:
            self._specs[key] = read
        return read

    def _add_namespace(self, item: ObjectInDocument) -> None:
        faults: list[Fault] = []
        read = read_namespace(item.data, faults)
        if self.report.add_all(faults, item.origin) or read.name is None:
            return
        repeated = self._namespaces.declares(read.name, read.labels)
        severity = Severity.WARNING if repeated else Severity.ERROR
        if self._identities.claim(item.kind, None, read.name, item.origin, severity=severity):
            self._namespaces.declare(read.name, read.labels, item.origin)

    def _add_node(self, item: ObjectInDocument) -> None:
        faults: list[Fault] = []
        read = read_node(item.data, faults)
        if self.report.add_all(faults, item.origin) or read.name is None:
            return
        if self._identities.claim(item.kind, None, read.name, item.origin):
            self._identities.claim_host_addresses(f"node `{read.name}`", read.addresses, item.origin)
            self._nodes.append(Node(read.name, read.addresses, read.labels))

    def _add_workload(self, item: ObjectInDocument) -> None:
        faults: list[Fault] = []
        read = read_workload(item.api_version, item.kind, item.data, faults)
        if self.report.add_all(faults, item.origin):
            return
        removed = removed_api(item)
        if removed is not None:
            self.report.add(removed, item.origin, severity=Severity.WARNING)
        if read.finished:
            self._dropped_pods += 1
            return
        namespace = self._namespaces.of(read.meta.namespace)
        name = self._identities.name(item.kind, namespace, read.meta)
        if not self._identities.claim(item.kind, namespace, name, item.origin):
            return
        if read.addresses is not None:
            title = f"{namespace}/{name}"
            if read.spec.host_network:
                self._identities.claim_host_addresses(
                    f"host-network pod `{title}`", read.addresses, item.origin
                )
            else:
                self._identities.claim_addresses(title, read.addresses, item.origin)
        workload = WORKLOAD_KINDS.get(item.kind)
        if workload is None or item.group not in workload.groups:
            self._custom_kinds.add(item.kind)
        self._workload_origins[item.kind, namespace, name] = item.origin
        self._workloads.append(
            Workload(
                kind=item.kind,
                namespace=namespace,
                name=name,
                labels=read.labels,
                ports=read.spec.ports,
                host_network=read.spec.host_network,
                node=read.spec.node,
                addresses=read.addresses,
                single=read.single,
                controller_labels=read.controller_labels,
            )
        )

    def _add_unmodelled(self, item: ObjectInDocument) -> None:
        faults: list[Fault] = []
        meta = read_object_meta(metadata_of(item.data, faults), faults, _any_name)
        scope = policy_scope(item.group, item.kind)
        if self.report.add_all(faults, item.origin) or scope is None:
            return
        namespace = policy_namespace(item.group, scope, meta.namespace, self._namespaces.default)
        if namespace is not None:
            namespace = self._namespaces.of(meta.namespace)
        identity = f"{item.kind}.{item.group}"
        name = self._identities.name(identity, namespace, meta)
        if self._identities.claim(identity, meta.namespace, name, item.origin):
            self._unmodelled.append(
                UnmodelledPolicy(item.kind, item.api_version, namespace, name, item.origin)
            )

    def _add_other(self, item: ObjectInDocument) -> None:
        self._ignored[item.kind] += 1
        if item.group in BUILT_IN_GROUPS:
            return
        hidden = hidden_pods(item, self.report.document, self._namespaces.default)
        if hidden is not None:
            self._hidden.append(hidden)

    def _warn_of_hidden_pods(self) -> None:
        """Warn of each object that makes pods of which none is declared."""
        for hidden in not_declared(self._hidden, self._declared_pods):
            self.report.document = hidden.document
            self.report.add(hidden.nearly(self._declared_pods), hidden.origin, severity=Severity.WARNING)

    def _controller_assumptions(self) -> list[Assumption]:
        if not self._custom_kinds:
            return []
        kinds = ", ".join(f"`{one_line(kind)}`" for kind in sorted(self._custom_kinds))
        text = (
            f"the pods of custom kinds ({kinds}) have the labels and ports of `spec.template`, and no others"
        )
        return [Assumption("NP-17", text, "manifests")]


def _any_name(_name: Any) -> tuple[str, ...]:
    return ()
