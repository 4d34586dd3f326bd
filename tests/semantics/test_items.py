"""Each item of the specification, by its number, against the reference reading."""

import pytest
from pydantic import ValidationError

from tests.semantics.cases import CASES, Case
from verifier.manifest.labels import LabelSelector
from verifier.semantics import decide


def rows(item: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "case", [pytest.param(case, id=case.name) for case in CASES if case.item == item]
    )


def check(case: Case) -> None:
    assert decide(case.flow, case.policies, case.readings).allowed is case.allowed


@rows("M-1")
def test_m_1_the_destination_port_decides(case: Case) -> None:
    check(case)


@rows("M-2")
def test_m_2_both_sides_must_agree(case: Case) -> None:
    check(case)


@rows("M-3")
def test_m_3_replies_need_no_rule(case: Case) -> None:
    check(case)


@rows("NP-1")
def test_np_1_only_pods_of_its_namespace(case: Case) -> None:
    check(case)


@rows("NP-2")
def test_np_2_isolation_per_direction(case: Case) -> None:
    check(case)


@rows("NP-3")
def test_np_3_union_of_all_policies(case: Case) -> None:
    check(case)


@rows("NP-4")
def test_np_4_no_rule_allows_nothing(case: Case) -> None:
    check(case)


@rows("NP-5")
def test_np_5_peers_and_ports_of_one_rule(case: Case) -> None:
    check(case)


@rows("NP-6")
def test_np_6_nothing_is_exempt(case: Case) -> None:
    check(case)


@rows("NP-7")
def test_np_7_policy_types_default(case: Case) -> None:
    check(case)


@rows("NP-8")
def test_np_8_sections_not_in_policy_types(case: Case) -> None:
    check(case)


@rows("NP-9")
def test_np_9_duplicate_policy_types(case: Case) -> None:
    check(case)


@rows("NP-10")
def test_np_10_no_peers_is_anybody(case: Case) -> None:
    check(case)


@rows("NP-11")
def test_np_11_pod_selector_at_home(case: Case) -> None:
    check(case)


@rows("NP-12")
def test_np_12_namespace_selector_alone(case: Case) -> None:
    check(case)


@rows("NP-13")
def test_np_13_both_selectors(case: Case) -> None:
    check(case)


@rows("NP-14")
def test_np_14_empty_and_null_selectors(case: Case) -> None:
    check(case)


@rows("NP-15")
def test_np_15_whose_labels(case: Case) -> None:
    check(case)


@rows("NP-16")
def test_np_16_namespace_names_are_labels(case: Case) -> None:
    check(case)


@rows("NP-17")
def test_np_17_controller_labels(case: Case) -> None:
    check(case)


@rows("SEL-1")
def test_sel_1_all_are_anded(case: Case) -> None:
    check(case)


@rows("SEL-2")
def test_sel_2_the_empty_selector(case: Case) -> None:
    check(case)


@rows("SEL-3")
def test_sel_3_in_and_exists(case: Case) -> None:
    check(case)


@rows("SEL-4")
def test_sel_4_not_in_and_does_not_exist(case: Case) -> None:
    check(case)


@rows("SEL-5")
def test_sel_5_the_empty_value(case: Case) -> None:
    check(case)


@rows("SEL-6")
def test_sel_6_contradictions(case: Case) -> None:
    check(case)


@pytest.mark.parametrize("operator", ["Gt", "Lt", "in"])
def test_sel_7_other_operators_are_refused(operator: str) -> None:
    with pytest.raises(ValidationError):
        LabelSelector.model_validate(
            {"matchExpressions": [{"key": "a", "operator": operator, "values": ["1"]}]}
        )


@rows("NP-20")
def test_np_20_no_ports_is_everything(case: Case) -> None:
    check(case)


@rows("NP-21")
def test_np_21_protocol_default(case: Case) -> None:
    check(case)


@rows("NP-22")
def test_np_22_numbers(case: Case) -> None:
    check(case)


@rows("NP-23")
def test_np_23_names(case: Case) -> None:
    check(case)


@rows("NP-24")
def test_np_24_names_that_nobody_declares(case: Case) -> None:
    check(case)


@rows("NP-25")
def test_np_25_duplicate_names(case: Case) -> None:
    check(case)


@rows("NP-26")
def test_np_26_end_port(case: Case) -> None:
    check(case)


@rows("NP-27")
def test_np_27_sctp(case: Case) -> None:
    check(case)


@rows("NP-30")
def test_np_30_cidr_and_except(case: Case) -> None:
    check(case)


@rows("NP-31")
def test_np_31_except_cuts_its_own_block(case: Case) -> None:
    check(case)


@rows("NP-32")
def test_np_32_odd_spellings(case: Case) -> None:
    check(case)


@rows("NP-33")
def test_np_33_families(case: Case) -> None:
    check(case)


@rows("NP-34")
def test_np_34_pods_and_nodes_by_address(case: Case) -> None:
    check(case)


@rows("NP-40")
def test_np_40_self(case: Case) -> None:
    check(case)


@rows("NP-41")
def test_np_41_own_node_ingress(case: Case) -> None:
    check(case)


@rows("NP-42")
def test_np_42_own_node_egress(case: Case) -> None:
    check(case)


@rows("NP-43")
def test_np_43_host_network(case: Case) -> None:
    check(case)


def test_every_row_belongs_to_a_test_and_has_its_own_name() -> None:
    tested = {
        mark.args[1][0].values[0].item
        for name, test in globals().items()
        if name.startswith("test_")
        for mark in getattr(test, "pytestmark", [])
        if mark.args[0] == "case"
    }
    assert {case.item for case in CASES} == tested
    assert len({(case.item, case.name) for case in CASES}) == len(CASES)
