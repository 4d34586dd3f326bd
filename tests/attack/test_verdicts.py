"""Every attack on a verdict, through the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attack import (
    cases_addresses,
    cases_isolation,
    cases_labels,
    cases_people,
    cases_ports,
    cases_tiers,
    cases_unmodelled,
)
from tests.attack.scenario import EXIT_CODES, SPELLINGS, Attack, run

ATTACKS = [
    *cases_isolation.POLICY_TYPES,
    *cases_isolation.PEERS,
    *cases_isolation.SAME_WORKLOAD,
    *cases_isolation.ISOLATE,
    *cases_labels.SELECTORS,
    *cases_labels.NAMESPACES,
    *cases_labels.CONTROLLERS,
    *cases_ports.PORTS,
    *cases_ports.NAMED,
    *cases_addresses.BLOCKS,
    *cases_addresses.HOSTS,
    *cases_addresses.FINISHED,
    *cases_people.WORKLOADS,
    *cases_people.HOSTS_AND_NODES,
    *cases_people.WORLDS,
    *cases_tiers.TIERED,
    *cases_unmodelled.UNMODELLED,
]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_verdict(attack: Attack, tmp_path: Path) -> None:
    outcome = run(tmp_path, attack)

    assert outcome.codes == set(), outcome.text
    assert outcome.verdict("snapshot") in SPELLINGS[attack.snapshot]
    assert outcome.exit_code in EXIT_CODES[attack.snapshot]
    if attack.any_pod is not None:
        assert outcome.verdict("anyPod") in SPELLINGS[attack.any_pod]
