"""Label selectors on concrete labels (SEL-1 to SEL-7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from verifier.flow import PodNamespace
from verifier.manifest.labels import LabelSelector, LabelSelectorRequirement, Operator
from verifier.population import METADATA_NAME


def label_selector_matches(selector: LabelSelector, labels: Mapping[str, str]) -> bool:
    """Return whether `labels` fulfil every entry and every expression of `selector`.

    Source: SEL-1 (all are ANDed), SEL-2 (the empty selector matches everything), SEL-5.
    """
    for key, value in (selector.match_labels or {}).items():
        if key not in labels or labels[key] != value:
            return False
    return all(_requirement_matches(requirement, labels) for requirement in selector.match_expressions or ())


def _requirement_matches(requirement: LabelSelectorRequirement, labels: Mapping[str, str]) -> bool:
    present = requirement.key in labels
    values = requirement.values or ()
    match requirement.operator:
        case Operator.IN:
            return present and labels[requirement.key] in values
        case Operator.NOT_IN:  # SEL-4: an absent key matches
            return not present or labels[requirement.key] not in values
        case Operator.EXISTS:
            return present
        case Operator.DOES_NOT_EXIST:
            return not present
        case _:
            assert_never(requirement.operator)


def namespace_labels(namespace: PodNamespace) -> dict[str, str]:
    """Return the labels that a namespace bears in the cluster.

    Source: NP-16: the control plane sets `kubernetes.io/metadata.name`, whatever the manifest says.
    """
    return {**namespace.labels, METADATA_NAME: namespace.name}
