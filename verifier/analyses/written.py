"""NetworkPolicies that somebody may write: what a counterexample in the world `any-policy` shows (S-16)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from verifier.flow import Direction, Flow, Pod
from verifier.manifest.network_policy import NetworkPolicy
from verifier.verdict import WrittenPolicy

_NAMES: Mapping[Direction, str] = {Direction.INGRESS: "any-ingress", Direction.EGRESS: "any-egress"}


def sets_of_policies(flow: Flow, *, allowing: bool) -> Iterator[tuple[NetworkPolicy, ...]]:
    """Yield what could be written for the ends of `flow`, the least first: nothing, one policy, two.

    Args:
        allowing: the policies are to let everything through; else nothing.
    """
    egress = _policy(flow.source, Direction.EGRESS, allowing=allowing)
    ingress = _policy(flow.destination, Direction.INGRESS, allowing=allowing)
    yield ()
    for one in (ingress, egress):
        if one is not None:
            yield (one,)
    if egress is not None and ingress is not None:
        yield egress, ingress


def _policy(end: object, direction: Direction, *, allowing: bool) -> NetworkPolicy | None:
    """Return a policy for every pod of the namespace that `end` is a pod of; None: it is no pod."""
    if not isinstance(end, Pod):
        return None
    spec = {"podSelector": {}, "policyTypes": [direction], direction.lower(): [{}] if allowing else []}
    return NetworkPolicy.model_validate(
        {"namespace": end.namespace.name, "name": _NAMES[direction], "spec": spec}
    )


def as_yaml(policy: NetworkPolicy) -> WrittenPolicy:
    """Return a policy of `sets_of_policies` as a manifest."""
    direction = Direction.EGRESS if policy.spec.egress is not None else Direction.INGRESS
    rules = policy.spec.egress if direction is Direction.EGRESS else policy.spec.ingress
    field = direction.lower()
    text = (
        "apiVersion: networking.k8s.io/v1\n"
        "kind: NetworkPolicy\n"
        f"metadata: {{name: {policy.name}, namespace: {policy.namespace}}}\n"
        f"spec: {{podSelector: {{}}, policyTypes: [{direction}], {field}: {'[{}]' if rules else '[]'}}}\n"
    )
    return WrittenPolicy(policy.title, text)
