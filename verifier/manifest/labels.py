"""metav1.LabelSelector and the metadata of objects."""

from __future__ import annotations

from enum import StrEnum

from verifier.manifest.base import KubernetesObject, Many, Word


class Operator(StrEnum):
    """How a requirement compares (SEL-3, SEL-4); Gt and Lt are not legal here (SEL-7)."""

    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"


class LabelSelectorRequirement(KubernetesObject):
    """One of `matchExpressions`."""

    key: str
    operator: Word[Operator]
    values: Many[str] | None = None


class LabelSelector(KubernetesObject):
    """A selector; `LabelSelector()` is the empty one, which matches everything (SEL-2)."""

    match_labels: dict[str, str] | None = None
    match_expressions: Many[LabelSelectorRequirement] | None = None
