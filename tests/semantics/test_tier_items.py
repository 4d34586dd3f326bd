"""Each item on tiers, by its number, against the reference reading.

ANP-13 and CNP-16 are about what is refused: tests/manifest and tests/cluster/test_tiers.py.
"""

import pytest

from tests.semantics.cases import TIER_CASES, Case
from verifier.semantics import decide


def rows(item: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "case", [pytest.param(case, id=case.name) for case in TIER_CASES if case.item == item]
    )


def check(case: Case) -> None:
    decision = decide(case.flow, case.policies, case.readings, case.tiers, case.surroundings)

    assert decision.allowed is case.allowed


@rows("ANP-1")
def test_anp_1_the_subject(case: Case) -> None:
    check(case)


@rows("ANP-2")
def test_anp_2_priority_and_order(case: Case) -> None:
    check(case)


@rows("ANP-3")
def test_anp_3_actions(case: Case) -> None:
    check(case)


@rows("ANP-4")
def test_anp_4_then_network_policy_then_baseline(case: Case) -> None:
    check(case)


@rows("ANP-5")
def test_anp_5_nobody_is_isolated(case: Case) -> None:
    check(case)


@rows("ANP-6")
def test_anp_6_the_baseline(case: Case) -> None:
    check(case)


@rows("ANP-7")
def test_anp_7_one_side_only(case: Case) -> None:
    check(case)


@rows("ANP-8")
def test_anp_8_peers(case: Case) -> None:
    check(case)


@rows("ANP-9")
def test_anp_9_ports(case: Case) -> None:
    check(case)


@rows("ANP-10")
def test_anp_10_networks_and_nodes(case: Case) -> None:
    check(case)


@rows("ANP-11")
def test_anp_11_equal_priorities_are_in_some_order(case: Case) -> None:
    check(case)


@rows("ANP-12")
def test_anp_12_unknown_peers_fail_closed(case: Case) -> None:
    check(case)


@rows("CNP-1")
def test_cnp_1_baseline_has_priorities(case: Case) -> None:
    check(case)


@rows("CNP-2")
def test_cnp_2_order_of_tiers(case: Case) -> None:
    check(case)


@rows("CNP-3")
def test_cnp_3_actions_in_both_tiers(case: Case) -> None:
    check(case)


@rows("CNP-4")
def test_cnp_4_hand_over_to_baseline(case: Case) -> None:
    check(case)


@rows("CNP-5")
def test_cnp_5_subject_and_peers(case: Case) -> None:
    check(case)


@rows("CNP-6")
def test_cnp_6_protocols(case: Case) -> None:
    check(case)


@rows("CNP-7")
def test_cnp_7_networks_within_the_cluster(case: Case) -> None:
    check(case)


@rows("CNP-8")
def test_cnp_8_accept_decides_one_side(case: Case) -> None:
    check(case)


@rows("CNP-9")
def test_cnp_9_domain_names(case: Case) -> None:
    check(case)


@rows("CNP-10")
def test_cnp_10_nodes_and_who_is_on_them(case: Case) -> None:
    check(case)


@rows("CNP-11")
def test_cnp_11_equal_priorities_of_baseline(case: Case) -> None:
    check(case)


@rows("CNP-12")
def test_cnp_12_unknown_peers_fail_closed(case: Case) -> None:
    check(case)


@rows("CNP-13")
def test_cnp_13_host_network_pods_are_no_peers(case: Case) -> None:
    check(case)


@rows("CNP-14")
def test_cnp_14_self(case: Case) -> None:
    check(case)


@rows("CNP-15")
def test_cnp_15_own_node(case: Case) -> None:
    check(case)


@rows("NP-44")
def test_np_44_host_network_pods_are_no_subjects(case: Case) -> None:
    check(case)


def test_every_row_has_its_test() -> None:
    tested = {
        f"{name}-{number}"
        for name, number, *_ in (
            test.removeprefix("test_").upper().split("_") for test in globals() if test.startswith("test_")
        )
        if number.isdigit()
    }

    assert {case.item for case in TIER_CASES} == tested
    assert len({(case.item, case.name) for case in TIER_CASES}) == len(TIER_CASES)
