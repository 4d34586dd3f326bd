"""Whether the selector of a workload matches its own template: the API server insists on it."""

from __future__ import annotations

from collections.abc import Mapping

from verifier.manifest.labels import LabelSelector, LabelSelectorRequirement, Operator


def selects_template(selector: LabelSelector, labels: Mapping[str, str]) -> bool:
    """Return whether `selector` matches the pods that bear `labels` (SEL-1, SEL-3, SEL-4)."""
    for key, value in (selector.match_labels or {}).items():
        if labels.get(key) != value:
            return False
    return all(_holds(requirement, labels) for requirement in selector.match_expressions or ())


def _holds(requirement: LabelSelectorRequirement, labels: Mapping[str, str]) -> bool:
    value = labels.get(requirement.key)
    match requirement.operator:
        case Operator.IN:
            return value is not None and value in (requirement.values or ())
        case Operator.NOT_IN:
            return value is None or value not in (requirement.values or ())
        case Operator.EXISTS:
            return value is not None
        case Operator.DOES_NOT_EXIST:
            return value is None
