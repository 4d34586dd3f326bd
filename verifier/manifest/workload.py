"""Everything that brings pods into being: Pod, the controllers, and whatever bears a pod template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from verifier.flow import Address
from verifier.manifest.base import Fault, Route
from verifier.manifest.faults import faults_of
from verifier.manifest.labels import LabelSelector, read_labels
from verifier.manifest.metadata import ObjectMeta, metadata_of, read_object_meta, refuse_look_alikes
from verifier.manifest.plain import mapping_at
from verifier.manifest.pod import PodSpec, has_containers, read_pod_spec
from verifier.manifest.pod_status import read_pod_status
from verifier.manifest.selection import selects_template

_TEMPLATE: Route = ("spec", "template")
_JOB_LABELS = frozenset(
    {"batch.kubernetes.io/job-name", "job-name", "batch.kubernetes.io/controller-uid", "controller-uid"}
)
_JOB_INDEX = "batch.kubernetes.io/job-completion-index"


@dataclass(frozen=True, slots=True)
class WorkloadKind:
    """A kind of Kubernetes' own: its API groups, the place of its pod template, its controller's labels.

    `labels` are the keys that its controller puts on every pod, with a value of its own (NP-17). A ReplicaSet
    adds none: its `pod-template-hash` comes from the Deployment that made it, and is then written in its
    template.
    """

    groups: frozenset[str]
    template: Route = _TEMPLATE
    labels: frozenset[str] = frozenset()


_APPS = frozenset({"apps", "extensions"})
WORKLOAD_KINDS: Mapping[str, WorkloadKind] = MappingProxyType(
    {
        "Pod": WorkloadKind(frozenset({""}), ()),
        "ReplicationController": WorkloadKind(frozenset({""})),
        "Deployment": WorkloadKind(_APPS, labels=frozenset({"pod-template-hash"})),
        "ReplicaSet": WorkloadKind(_APPS),
        "DaemonSet": WorkloadKind(
            _APPS, labels=frozenset({"controller-revision-hash", "pod-template-generation"})
        ),
        "StatefulSet": WorkloadKind(
            frozenset({"apps"}),
            labels=frozenset(
                {
                    "controller-revision-hash",
                    "statefulset.kubernetes.io/pod-name",
                    "apps.kubernetes.io/pod-index",
                }
            ),
        ),
        "Job": WorkloadKind(frozenset({"batch"}), labels=_JOB_LABELS),
        "CronJob": WorkloadKind(
            frozenset({"batch"}), ("spec", "jobTemplate", "spec", "template"), labels=_JOB_LABELS
        ),
    }
)
_CUSTOM_LABELS: Mapping[tuple[str, str], frozenset[str]] = MappingProxyType(
    {
        ("argoproj.io", "Rollout"): frozenset({"rollouts-pod-template-hash"}),
        ("apps.openshift.io", "DeploymentConfig"): frozenset({"deployment", "deploymentconfig"}),
    }
)
# Labels that controllers of these kinds stamp on pods: they say nothing of what a pod is.
STAMPED_LABELS = frozenset[str]().union(
    *(kind.labels for kind in WORKLOAD_KINDS.values()), *_CUSTOM_LABELS.values()
)
_MAX_DEPTH = 12
_SELECTOR_REQUIRED = frozenset({"apps/v1", "apps/v1beta2"})
_MISMATCH = Fault(
    "selector-mismatch",
    "invalid value: selector does not match template `labels`",
    ("spec", "selector"),
    "make the labels of the template (`spec.template.metadata.labels`) fit the selector",
)


@dataclass(frozen=True, slots=True)
class WorkloadManifest:
    """The pods of one object. `labels` lack what a controller overwrites: that is in `controller_labels`.

    `addresses` None: not known. `finished`: a Pod that ran to its end, so that its address is free again
    (S-2).
    """

    meta: ObjectMeta
    labels: Mapping[str, str]
    spec: PodSpec
    addresses: tuple[Address, ...] | None = None
    single: bool = False
    finished: bool = False
    controller_labels: frozenset[str] = frozenset()


def bears_pod_template(data: Mapping[str, Any]) -> bool:
    """Return whether an object of a kind that nobody declared has a pod template at `spec.template`."""
    spec = data.get("spec")
    template = spec.get("template") if isinstance(spec, Mapping) else None
    return isinstance(template, Mapping) and has_containers(template.get("spec"))


def hides_pod_template(data: object, depth: int = 0) -> bool:
    """Return whether there is a pod template anywhere in `data`, to a bounded depth."""
    if isinstance(data, list):
        return depth < _MAX_DEPTH and any(hides_pod_template(item, depth + 1) for item in data)
    if not isinstance(data, Mapping):
        return False
    spec = data.get("spec")
    if isinstance(spec, Mapping) and isinstance(spec.get("containers"), list):
        return True
    return depth < _MAX_DEPTH and any(hides_pod_template(value, depth + 1) for value in data.values())


def read_workload(
    api_version: str, kind: str, data: Mapping[str, Any], faults: list[Fault]
) -> WorkloadManifest:
    """Return the workload that `data` writes; what is wrong with it is added to `faults`."""
    refuse_look_alikes(data, ("metadata", "spec"), (), faults)
    metadata = metadata_of(data, faults)
    meta = read_object_meta(metadata, faults)
    if kind == "Pod" and api_version == "v1":
        return _read_pod(data, metadata, meta, faults)
    group = api_version.rpartition("/")[0]
    known = WORKLOAD_KINDS.get(kind)
    if known is None or group not in known.groups:
        known = WorkloadKind(frozenset(), labels=_CUSTOM_LABELS.get((group, kind), frozenset()))
        built_in = False
    else:
        built_in = True
    parent: Mapping[str, Any] | None = data
    for depth, step in enumerate(known.template[:-1]):
        parent = _required(parent, str(step), known.template[:depth], faults)
    if parent is None:
        return WorkloadManifest(meta, {}, PodSpec())
    refuse_look_alikes(parent, ("template",), known.template[:-1], faults)
    before = len(faults)
    labels, spec = _read_template(parent, known.template, faults)
    if built_in and kind not in ("Job", "CronJob"):
        selector = _read_selector(api_version, kind, parent, faults)
        # Labels at fault were left out, so a selector that misses them says nothing new.
        if selector is not None and len(faults) == before and not selects_template(selector, labels):
            faults.append(_MISMATCH)
    controller_labels = _job_labels(parent) if known.labels is _JOB_LABELS else known.labels
    kept = {key: value for key, value in labels.items() if key not in controller_labels}
    return WorkloadManifest(meta, kept, spec, controller_labels=controller_labels)


def _read_pod(
    data: Mapping[str, Any], metadata: Mapping[str, Any], meta: ObjectMeta, faults: list[Fault]
) -> WorkloadManifest:
    status = read_pod_status(data, faults)
    labels = read_labels(metadata, "labels", ("metadata",), faults)
    spec = _required(data, "spec", (), faults)
    read = PodSpec() if spec is None else read_pod_spec(spec, ("spec",), faults)
    # A pod on the host network has its node's addresses, also before its own are reported.
    addresses = status.addresses or (status.host_addresses if read.host_network else ())
    return WorkloadManifest(meta, labels, read, addresses or None, single=True, finished=status.finished)


def _required(
    data: Mapping[str, Any] | None, key: str, route: Route, faults: list[Fault]
) -> Mapping[str, Any] | None:
    if data is None:
        return None
    if data.get(key) is None:
        faults.append(Fault("required", "required value: the field is missing", (*route, key)))
    return mapping_at(data, key, route, faults)


def _read_template(
    parent: Mapping[str, Any], route: Route, faults: list[Fault]
) -> tuple[dict[str, str], PodSpec]:
    template = _required(parent, "template", route[:-1], faults)
    if template is None:
        return {}, PodSpec()
    refuse_look_alikes(template, ("metadata", "spec"), route, faults)
    metadata = metadata_of(template, faults, route)
    labels = read_labels(metadata, "labels", (*route, "metadata"), faults)
    spec = _required(template, "spec", route, faults)
    return labels, PodSpec() if spec is None else read_pod_spec(spec, (*route, "spec"), faults)


def _job_labels(spec: Mapping[str, Any]) -> frozenset[str]:
    """Return what the Job controller adds to the pods of `spec`; no names where the selector is manual."""
    labels = frozenset() if spec.get("manualSelector") is True else _JOB_LABELS
    return labels | {_JOB_INDEX} if spec.get("completionMode") == "Indexed" else labels


def _read_selector(
    api_version: str, kind: str, spec: Mapping[str, Any], faults: list[Fault]
) -> LabelSelector | None:
    """Return the selector of a controller; None: it has none of its own, or it is at fault."""
    if kind == "ReplicationController":
        return LabelSelector(matchLabels=read_labels(spec, "selector", ("spec",), faults))
    route: Route = ("spec", "selector")
    required = api_version in _SELECTOR_REQUIRED
    written = mapping_at(spec, "selector", ("spec",), faults)
    if written is None:
        if required and spec.get("selector") is None:
            advice = "write the template's labels as `matchLabels`"
            faults.append(Fault("required", "required value: the field is missing", route, advice))
        return None
    try:
        selector = LabelSelector.model_validate(written)
    except ValidationError as error:
        faults.extend(fault.below(*route) for fault in faults_of(error))
        return None
    if required and not selector.match_labels and not selector.match_expressions:
        message = "invalid value: the empty selector is refused for this kind"
        faults.append(Fault("empty-selector", message, route, "write the template's labels as `matchLabels`"))
    return selector
