"""Changes done to manifests by somebody who has only their JSON, the way RFC 6902 and RFC 6901 say."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from verifier.manifest.network_policy import NetworkPolicy
from verifier.verdict import Change


def changed(policies: Sequence[NetworkPolicy], changes: Sequence[Change]) -> tuple[NetworkPolicy, ...]:
    """The policies read anew from their manifests after all changes, in order."""
    manifests = {policy.title: manifest_of(policy) for policy in policies}
    for change in changes:
        if change.policy is None:
            assert isinstance(change.manifest, dict)
            new = deepcopy(change.manifest)
            metadata: Any = new["metadata"]
            title = f"{metadata['namespace']}/{metadata['name']}"
            assert title not in manifests
            manifests[title] = new
        else:
            steps = [{"op": step.op, "path": step.pointer, "value": step.value} for step in change.patch]
            manifests[change.policy] = patched(manifests[change.policy], steps)
    return tuple(
        NetworkPolicy.model_validate({**manifest["metadata"], "spec": manifest["spec"]})
        for manifest in manifests.values()
    )


def manifest_of(policy: NetworkPolicy) -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": policy.name, "namespace": policy.namespace},
        "spec": policy.spec.model_dump(mode="json", by_alias=True, exclude_unset=True),
    }


def patched(document: Any, patch: Sequence[dict[str, Any]]) -> Any:
    after = deepcopy(document)
    for step in patch:
        assert step["path"].startswith("/")
        *way, last = [part.replace("~1", "/").replace("~0", "~") for part in step["path"][1:].split("/")]
        holder = after
        for part in way:
            holder = holder[int(part)] if isinstance(holder, list) else holder[part]
        if step["op"] == "remove":
            del holder[int(last) if isinstance(holder, list) else last]
        elif isinstance(holder, list) and step["op"] == "add":
            holder.insert(len(holder) if last == "-" else int(last), step["value"])
        else:
            assert step["op"] == "add" or last in holder or isinstance(holder, list)
            holder[int(last) if isinstance(holder, list) else last] = step["value"]
    return after
