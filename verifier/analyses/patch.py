"""A JSON patch done to plain data or to a policy, as far as changes need it (RFC 6902)."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy

from verifier.manifest.network_policy import NetworkPolicy, NetworkPolicySpec
from verifier.verdict import Json, Operation


def patched(document: Json, operations: Iterable[Operation]) -> Json:
    """Return a copy of `document` with the operations done in their order.

    Raises:
        ValueError: a path leads nowhere.
    """
    copied = deepcopy(document)
    for operation in operations:
        *way, last = operation.path
        holder = copied
        for step in way:
            holder = _below(holder, step)
        _do(holder, last, operation)
    return copied


def edited(policy: NetworkPolicy, operations: Iterable[Operation]) -> NetworkPolicy:
    """Return the policy as its manifest reads after `operations`.

    Raises:
        ValueError: a path leads nowhere.
    """
    written: Json = {"spec": policy.spec.model_dump(mode="json", by_alias=True, exclude_none=True)}
    after = patched(written, operations)
    if not isinstance(after, dict):
        raise ValueError("expected a manifest, found none")
    return policy.model_copy(update={"spec": NetworkPolicySpec.model_validate(after["spec"])})


def _below(holder: Json, step: str | int) -> Json:
    if isinstance(holder, dict) and isinstance(step, str) and step in holder:
        return holder[step]
    if isinstance(holder, list) and isinstance(step, int) and step < len(holder):
        return holder[step]
    raise ValueError(f"expected something at `{step}`, found nothing")


def _do(holder: Json, last: str | int, operation: Operation) -> None:
    if isinstance(holder, list) and last == "-" and operation.op == "add":
        holder.append(operation.value)
        return
    if operation.op != "add":
        _below(holder, last)
    if isinstance(holder, dict) and isinstance(last, str):
        if operation.op == "remove":
            del holder[last]
        else:
            holder[last] = operation.value
    elif isinstance(holder, list) and isinstance(last, int) and operation.op == "replace":
        holder[last] = operation.value
    else:
        raise ValueError(f"cannot {operation.op} at `{operation.pointer}`")
