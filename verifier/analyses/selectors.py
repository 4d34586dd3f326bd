"""Label selectors in words."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.manifest.labels import LabelSelector, LabelSelectorRequirement, Operator
from verifier.manifest.tiers import PodSet


def requirements(selector: LabelSelector) -> Iterator[tuple[str, str, LabelSelector]]:
    """Yield each requirement: in words, its label's key, and as a selector of its own."""
    for key, value in (selector.match_labels or {}).items():
        yield f"`{key}: {value}`", key, LabelSelector.model_construct(match_labels={key: value})
    for expression in selector.match_expressions or ():
        alone = LabelSelector.model_construct(match_expressions=(expression,))
        yield f"`{_spelt(expression)}`", expression.key, alone


def all_of(selector: LabelSelector | None) -> str:
    """Return the requirements in words, nothing where there is none."""
    return ", ".join(text for text, _, _ in requirements(selector or LabelSelector()))


def pods_of(selector: LabelSelector | None) -> str:
    """Return in words which pods of its namespace a policy selects (NP-1)."""
    wanted = all_of(selector)
    return f"pods with {wanted}" if wanted else "every pod"


def subject_of(subject: PodSet) -> str:
    """Return in words which pods of the cluster a policy of a tier speaks of (ANP-1)."""
    wanted = all_of(subject.namespaces)
    return f"{pods_of(subject.pods)} of {f'namespaces with {wanted}' if wanted else 'every namespace'}"


def _spelt(expression: LabelSelectorRequirement) -> str:
    values = ", ".join(expression.values or ())
    listed = f" ({values})" if expression.operator in (Operator.IN, Operator.NOT_IN) else ""
    return f"{expression.key} {expression.operator}{listed}"
