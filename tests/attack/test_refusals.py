"""Every input that must be refused, through the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attack import cases_people
from tests.attack import cases_refusals as cases
from tests.attack.scenario import Attack, run

REFUSED = [
    *cases.POLICIES,
    *cases.PEERS,
    *cases.PORTS,
    *cases.LABELS,
    *cases.DOCUMENTS,
    *cases.PROPERTIES,
    *cases.CIRCLES,
    *cases_people.CONTRADICTIONS,
]


@pytest.mark.parametrize("attack", REFUSED, ids=lambda attack: attack.name)
def test_refused(attack: Attack, tmp_path: Path) -> None:
    outcome = run(tmp_path, attack)

    assert outcome.exit_code == 2, outcome.text
    assert outcome.report["sets"] == []
    assert outcome.codes == {attack.snapshot}
