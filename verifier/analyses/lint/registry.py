"""Every rule of the lint, and the functions that look for them: one visible list."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from verifier.analyses.lint import (
    forgeable,
    ineffective,
    meant,
    openings,
    ports,
    protection,
    redundant,
    selectors,
    tiers,
    waived,
    written,
)
from verifier.analyses.lint.finding import Finding, Place, Rule
from verifier.analyses.lint.scene import Scene


@dataclass(frozen=True, slots=True)
class Check:
    """A function that looks for some rules."""

    look: Callable[[Scene], Iterator[Finding]]
    rules: tuple[Rule, ...]


_REDUNDANCY = tuple(rule for rule in redundant.RULES if rule is not redundant.OVERLAPPING_RULES)
CHECKS: tuple[Check, ...] = (
    Check(selectors.check_contradictions, (selectors.CONTRADICTORY_SELECTOR,)),
    Check(
        selectors.check_dead_selectors,
        (selectors.DEAD_POLICY, selectors.DEAD_PEER, selectors.MISSPELT_LABEL),
    ),
    Check(selectors.check_dead_values, (selectors.DEAD_VALUE,)),
    Check(
        selectors.check_namespace_selectors,
        (
            selectors.NAMESPACE_NAME_LABEL,
            selectors.MISSPELT_NAMESPACE,
            selectors.MISSPELT_LABEL,
            selectors.UNMATCHED_NAMESPACE,
        ),
    ),
    Check(written.check_blocks, (written.EMPTY_IP_BLOCK, written.HOST_BITS)),
    Check(written.check_sections, (written.IGNORED_SECTION, written.EMPTY_SECTION, written.IMPLIED_INGRESS)),
    Check(written.check_empty_lists, (written.EMPTY_PEER_LIST, written.EMPTY_PORT_LIST)),
    Check(meant.check_split_peers, (meant.SPLIT_PEER,)),
    Check(meant.check_internet_meant, (meant.NAMESPACES_NOT_INTERNET,)),
    Check(meant.check_dns, (meant.DNS_FORGOTTEN,)),
    Check(meant.check_missing_namespaces, (meant.MISSING_NAMESPACE, selectors.MISSPELT_NAMESPACE)),
    Check(ports.check_named_ports, ports.RULES),
    Check(redundant.check_redundancy, _REDUNDANCY),
    Check(redundant.check_overlap, (redundant.OVERLAPPING_RULES,)),
    Check(ineffective.check_ineffective, ineffective.RULES),
    Check(
        protection.check_unprotected,
        (protection.UNPROTECTED_INGRESS, protection.UNPROTECTED_EGRESS, protection.OPEN_NAMESPACE),
    ),
    Check(protection.check_host_network, (protection.HOST_NETWORK_SUBJECT, protection.HOST_NETWORK_PEER)),
    Check(
        openings.check_openings,
        openings.RULES,
    ),
    Check(forgeable.check_forgeable, forgeable.RULES),
    Check(
        tiers.check_tier_rules,
        (
            tiers.SHADOWED_TIER_RULE,
            tiers.EMPTY_TIER_RULE,
            tiers.UNREACHED_BASELINE,
            tiers.IDLE_BASELINE,
            tiers.IDLE_PASS,
        ),
    ),
    Check(tiers.check_ties, (tiers.TIED_PRIORITIES,)),
    Check(tiers.check_overruled, (tiers.OVERRULED_RULE,)),
)
FAMILIES: tuple[tuple[str, tuple[Rule, ...]], ...] = (
    ("Redundant", redundant.RULES),
    ("Without effect", ineffective.RULES),
    ("Selectors", selectors.RULES),
    ("Port names", ports.RULES),
    ("Written otherwise than it reads", written.RULES),
    ("Meant otherwise than it is written", meant.RULES),
    ("Protection", (*protection.RULES, *openings.RULES)),
    ("Forgeable", forgeable.RULES),
    ("Cluster-wide policies", tiers.RULES),
    ("Waivers", waived.RULES),
)
RULES: tuple[Rule, ...] = tuple(rule for _, rules in FAMILIES for rule in rules)


_SUBJECT = ("spec", "subject")
_SELECTS_NOBODY = frozenset(
    rule.id
    for rule in (
        selectors.DEAD_POLICY,
        selectors.DEAD_PEER,
        selectors.MISSPELT_LABEL,
        selectors.MISSPELT_NAMESPACE,
        selectors.NAMESPACE_NAME_LABEL,
        meant.SPLIT_PEER,
    )
)


def findings(scene: Scene, wanted: Collection[str]) -> list[Finding]:
    """Return what the rules whose ids are `wanted` find; what a better finding explains is left out."""
    found = []
    for check in CHECKS:
        if any(rule.id in wanted for rule in check.rules):
            found += [finding for finding in check.look(scene) if finding.id in wanted]
    split = {each.place for one in found if one.id == meant.SPLIT_PEER.id for each in one.evidence}
    missed = {_namespace(finding.place) for finding in found if finding.id in _SELECTS_NOBODY}
    never = [finding.place for finding in found if finding.rule is selectors.CONTRADICTORY_SELECTOR]
    return [finding for finding in found if not _explained(finding, split, missed, never)]


def _explained(
    finding: Finding, split: Collection[Place | None], missed: Collection[str], never: Collection[Place]
) -> bool:
    """Return whether another finding is the cause of this one.

    An item that selects nobody may be meant to be one with its neighbour; a rule that the other end refuses
    may wait for a selector, at either end, that selects nobody; a rule that no flow matches for one that
    contradicts itself, its own or its policy's.
    """
    if finding.id == tiers.EMPTY_TIER_RULE.id:
        within = (finding.place.route, _SUBJECT)
        return any(
            place.owner == finding.place.owner and place.route[: len(route)] == route
            for place in never
            for route in within
        )
    if finding.id in (selectors.DEAD_PEER.id, selectors.MISSPELT_LABEL.id):
        return Place(finding.place.owner, finding.place.route[:-1]) in split
    if finding.id == ineffective.INEFFECTIVE_RULE.id:
        places = [finding.place, *(each.place for each in finding.evidence if each.place is not None)]
        return any(_namespace(place) in missed for place in places)
    return False


def _namespace(place: Place) -> str:
    return place.owner.partition("/")[0] if isinstance(place.owner, str) else place.owner[1]
