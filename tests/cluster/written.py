"""Manifests as text, for the tests of the cluster."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from verifier.cluster import Cluster, build_cluster
from verifier.diagnostics import Diagnostic, InputError
from verifier.source import Document, decode

POD_SPEC: Mapping[str, Any] = {
    "containers": [{"name": "c", "ports": [{"name": "http", "containerPort": 8080}]}]
}


def documents(text: str, file: str = "k8s.yaml") -> list[Document]:
    read, diagnostics = decode(text.encode(), file)
    assert diagnostics == []
    return read


def build(*objects: Mapping[str, Any], **options: Any) -> Cluster:
    return build_cluster(
        [document for item in objects for document in documents(json.dumps(item))], **options
    )


def diagnostics_of(text: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(InputError) as caught:
        build_cluster(documents(text))
    return caught.value.diagnostics


def faults_of(*objects: Mapping[str, Any], **options: Any) -> list[tuple[str, str | None]]:
    """Return code and field of every fault of `objects`."""
    with pytest.raises(InputError) as caught:
        build(*objects, **options)
    return [(found.code, found.field) for found in caught.value.diagnostics]


def policy(name: str = "p", namespace: str | None = "shop", spec: Any = None) -> dict[str, Any]:
    return item("networking.k8s.io/v1", "NetworkPolicy", name, namespace, spec={} if spec is None else spec)


def pod(name: str = "web", namespace: str | None = "shop", **fields: Any) -> dict[str, Any]:
    return {**item("v1", "Pod", name, namespace, spec=POD_SPEC), **fields}


def item(
    api_version: str, kind: str, name: str, namespace: str | None = None, **fields: Any
) -> dict[str, Any]:
    metadata = {"name": name} if namespace is None else {"name": name, "namespace": namespace}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}


def template(labels: Mapping[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    return {
        "metadata": {"labels": {"app": "web"} if labels is None else labels},
        "spec": {**POD_SPEC, **spec},
    }


def controlled(api_version: str, kind: str, **spec: Any) -> dict[str, Any]:
    """Return an object with a pod template and a selector that fits it."""
    base = {"selector": {"matchLabels": {"app": "web"}}, "template": template()}
    return item(api_version, kind, "web", "shop", spec={**base, **spec})
