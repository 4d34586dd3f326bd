"""Label selectors -> terms."""

from __future__ import annotations

from collections.abc import Mapping

import z3

from verifier.encodings.terms import Terms
from verifier.encodings.vocabulary import ABSENT, LabelDomain
from verifier.manifest.labels import LabelSelector, LabelSelectorRequirement, Operator


def encode_selector(
    terms: Terms,
    domains: Mapping[str, LabelDomain],
    labels: Mapping[str, z3.BitVecRef],
    selector: LabelSelector,
) -> z3.BoolRef:
    """Return the term "`labels` satisfy `selector`" (SEL-1 to SEL-6); the empty selector is `true`.

    Args:
        domains: the domain of every key that the selector mentions.
        labels: per key its code, sort BitVec(`domains[key].width`).

    Source: metav1.LabelSelector.
    """
    parts = [
        terms.equals(labels[key], domains[key].codes[value])
        for key, value in (selector.match_labels or {}).items()
    ]
    parts.extend(
        _encode_requirement(terms, domains[requirement.key], labels[requirement.key], requirement)
        for requirement in selector.match_expressions or ()
    )
    return terms.conjunction(parts)


def _encode_requirement(
    terms: Terms, domain: LabelDomain, label: z3.BitVecRef, requirement: LabelSelectorRequirement
) -> z3.BoolRef:
    listed = terms.one_of(label, [domain.codes[value] for value in requirement.values or ()])
    match requirement.operator:
        case Operator.IN:
            return listed
        case Operator.NOT_IN:  # also where the key is absent (SEL-4)
            return terms.negation(listed)
        case Operator.EXISTS:
            return terms.negation(terms.equals(label, ABSENT))
        case Operator.DOES_NOT_EXIST:
            return terms.equals(label, ABSENT)
