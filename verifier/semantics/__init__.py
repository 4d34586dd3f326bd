"""What the policies mean for one concrete flow: the reference reading. No Z3, no shapes, no cleverness."""

from verifier.semantics.addresses import ip_block_matches, parse_cidr
from verifier.semantics.flows import decide
from verifier.semantics.network_policy import effective_policy_types, isolating_policies
from verifier.semantics.selectors import label_selector_matches, namespace_labels
from verifier.semantics.statements import FlowStatement, in_scope, selects, uncovered, violates
from verifier.semantics.tiers import policies_in_order
from verifier.semantics.world import in_existing_namespaces, membership_faults, surroundings_faults

__all__ = [
    "FlowStatement",
    "decide",
    "effective_policy_types",
    "in_existing_namespaces",
    "in_scope",
    "ip_block_matches",
    "isolating_policies",
    "label_selector_matches",
    "membership_faults",
    "namespace_labels",
    "parse_cidr",
    "policies_in_order",
    "selects",
    "surroundings_faults",
    "uncovered",
    "violates",
]
