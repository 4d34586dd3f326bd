"""What an object is to us, by its API group and kind."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from verifier.cluster.objects import ObjectInDocument
from verifier.diagnostics import one_line
from verifier.manifest.base import Fault
from verifier.manifest.custom_resource import policy_scope
from verifier.manifest.spelling import look_alike
from verifier.manifest.tiers import ADMIN_KIND, BASELINE_KIND, CLUSTER_KIND
from verifier.manifest.workload import bears_pod_template

NETWORK_POLICY_API = "networking.k8s.io/v1"


class Role(StrEnum):
    """What we do with an object."""

    POLICY = "policy"
    TIERED = "tiered"
    NAMESPACE = "namespace"
    NODE = "node"
    WORKLOAD = "workload"
    UNMODELLED = "unmodelled"
    OTHER = "other"


_CORE = "v1"
_API_OF: Mapping[str, str] = MappingProxyType(
    {
        "NetworkPolicy": NETWORK_POLICY_API,
        "Namespace": _CORE,
        "Node": _CORE,
        "Pod": _CORE,
        "ReplicationController": _CORE,
        "Deployment": "apps/v1",
        "ReplicaSet": "apps/v1",
        "DaemonSet": "apps/v1",
        "StatefulSet": "apps/v1",
        "Job": "batch/v1",
        "CronJob": "batch/v1",
    }
)
# Versions that API servers once knew, with the release that no longer serves them.
_REMOVED: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        **{("extensions/v1beta1", kind): "1.16" for kind in ("Deployment", "DaemonSet", "ReplicaSet")},
        **{("apps/v1beta1", kind): "1.16" for kind in ("Deployment", "StatefulSet")},
        **{
            ("apps/v1beta2", kind): "1.16"
            for kind in ("Deployment", "DaemonSet", "ReplicaSet", "StatefulSet")
        },
        ("batch/v1beta1", "CronJob"): "1.25",
        ("batch/v2alpha1", "CronJob"): "1.21",
    }
)
_ROLES: Mapping[str, Role] = MappingProxyType(
    {"NetworkPolicy": Role.POLICY, "Namespace": Role.NAMESPACE, "Node": Role.NODE}
)
BUILT_IN_GROUPS = frozenset({"", "apps", "batch", "extensions", "networking", "networking.k8s.io"})
_TIERED_GROUP = "policy.networking.k8s.io"
_TIERED: Mapping[str, str] = MappingProxyType(
    {
        ADMIN_KIND: f"{_TIERED_GROUP}/v1alpha1",
        BASELINE_KIND: f"{_TIERED_GROUP}/v1alpha1",
        CLUSTER_KIND: f"{_TIERED_GROUP}/v1alpha2",
    }
)
_NETWORKING_KINDS = frozenset({"Ingress", "IngressClass", "IPAddress", "ServiceCIDR", "ClusterCIDR"})
_MODELLED = tuple(_API_OF)


def role_of(item: ObjectInDocument) -> Role | Fault:
    """Return what `item` is to us, or why it is nothing that a cluster could hold."""
    if item.group in BUILT_IN_GROUPS:
        return _built_in_role(item)
    if _TIERED.get(item.kind) == item.api_version:
        return Role.TIERED
    if item.group == _TIERED_GROUP:
        meant = look_alike(item.kind, tuple(_TIERED))
        if meant is not None:
            return _unknown_kind(item, meant)
    if policy_scope(item.group, item.kind) is not None:
        return Role.UNMODELLED
    return _unlisted_role(item)


def _unlisted_role(item: ObjectInDocument) -> Role:
    return Role.WORKLOAD if bears_pod_template(item.data) else Role.OTHER


def _built_in_role(item: ObjectInDocument) -> Role | Fault:
    expected = _API_OF.get(item.kind)
    if expected is not None:
        return _ROLES.get(item.kind, Role.WORKLOAD) if _is_api_of(item) else _wrong_api(item, expected)
    meant = look_alike(item.kind, _MODELLED)
    if meant is None and item.group == "networking.k8s.io" and item.kind not in _NETWORKING_KINDS:
        meant = "NetworkPolicy"
    return _unlisted_role(item) if meant is None else _unknown_kind(item, meant)


def _unknown_kind(item: ObjectInDocument, meant: str) -> Fault:
    message = f"no kind `{one_line(item.kind)}` in `{one_line(item.api_version)}`"
    return Fault("unknown-kind", message, ("kind",), f"did you mean `{meant}`?")


def _is_api_of(item: ObjectInDocument) -> bool:
    return item.api_version == _API_OF[item.kind] or (item.api_version, item.kind) in _REMOVED


def removed_api(item: ObjectInDocument) -> Fault | None:
    """Return what to say of a workload in a version that API servers no longer know, though we do."""
    release = _REMOVED.get((item.api_version, item.kind))
    if release is None:
        return None
    expected = _API_OF[item.kind]
    message = f"`{item.api_version}` is no longer served since Kubernetes {release}: expected `{expected}`"
    return Fault("removed-api-version", message, ("apiVersion",), f"migrate the object to `{expected}`")


def _wrong_api(item: ObjectInDocument, expected: str) -> Fault:
    message = f"unsupported value `{one_line(item.api_version)}`: expected `{expected}` for a `{item.kind}`"
    advice = (
        f"migrate the object to `{expected}`"
        if item.group == "extensions"
        else f"write `apiVersion: {expected}`"
    )
    return Fault("wrong-api-version", message, ("apiVersion",), advice)
