"""What the policies of v1alpha1 stand for as policies of tiers: subjects, peers, ports, order (section 3)."""

from __future__ import annotations

import pytest

from tests.manifest.admin import (
    EVERY_POD,
    PODS,
    SUBJECT,
    WEB,
    admin,
    codes,
    egress,
    ingress,
    lowered,
    on,
    to,
    valid,
    warned,
)
from verifier.flow import Action, Protocol
from verifier.manifest.admin_network_policy import BaselineAdminNetworkPolicySpec
from verifier.manifest.labels import LabelSelector
from verifier.manifest.lowering import tiered_policy, tiered_warnings
from verifier.manifest.tiers import ADMIN, BASELINE, NamedPort, PodSet, PortRange, UnknownPeer

# --- ANP-12 ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "effect"),
    [
        ("Allow", "matches nothing"),
        ("Deny", "denies everything, whatever else it says"),
        ("Pass", "denies everything, whatever else it says"),
    ],
)
def test_anp12_an_unknown_peer_is_kept_with_a_warning(action: str, effect: str) -> None:
    spec = to(PODS, {"serviceAccounts": {"names": ["a"]}}, action=action)
    assert lowered(spec).peers == (EVERY_POD, UnknownPeer("serviceAccounts"))
    (warning,) = tiered_warnings(valid(spec))
    assert (warning.code, warning.at_key) == ("unknown-peer", True)
    assert warning.route == ("spec", "egress", 0, "to", 1, "serviceAccounts")
    assert warning.message == f"unknown peer `serviceAccounts`: read as fail closed, so this rule {effect}"


def test_anp12_of_ingress_too() -> None:
    spec = ingress(**{"from": [{"serviceAccounts": None, "workloads": {}}]})
    assert lowered(spec).peers == (UnknownPeer("workloads"),)
    assert warned(spec) == [("unknown-peer", ("spec", "ingress", 0, "from", 0, "workloads"))]


def test_anp12_nothing_else_unknown_is_let_pass() -> None:
    assert codes(admin(tier="Admin")) == [("unknown-field", ("tier",))]
    assert codes(egress(protocols=[])) == [("unknown-field", ("egress", 0, "protocols"))]
    assert codes(admin(subject={"workloads": {}})) == [("unknown-field", ("subject", "workloads"))]


# --- what is kept ------------------------------------------------------------------------------------------


def test_anp9_ports() -> None:
    assert lowered(egress()).ports is None
    items = [
        {"portNumber": {"port": 80}},
        {"portNumber": {"protocol": "UDP", "port": 53}},
        {"portRange": {"protocol": "SCTP", "start": 1, "end": 9}},
        {"namedPort": "http"},
    ]
    assert lowered(on(*items)).ports == (
        PortRange(Protocol.TCP, 80, 80),
        PortRange(Protocol.UDP, 53, 53),
        PortRange(Protocol.SCTP, 1, 9),
        NamedPort("http"),
    )


def test_anp1_subject_and_tier() -> None:
    policy = tiered_policy("x", valid(admin(subject={"pods": {"namespaceSelector": {}, "podSelector": WEB}})))
    assert policy.title == "AdminNetworkPolicy/x"
    assert (policy.tier, policy.priority) == (ADMIN, 10)
    assert policy.subject == PodSet(LabelSelector(), LabelSelector.model_validate(WEB))
    baseline = tiered_policy("default", BaselineAdminNetworkPolicySpec.model_validate({"subject": SUBJECT}))
    assert (baseline.title, baseline.tier) == ("BaselineAdminNetworkPolicy/default", BASELINE)
    assert baseline.subject == EVERY_POD


def test_anp2_rules_keep_their_order() -> None:
    rules = [{"action": action, "name": action, "from": [PODS]} for action in ("Pass", "Deny", "Allow")]
    policy = tiered_policy("x", valid(admin(ingress=rules)))
    assert [rule.action for rule in policy.ingress] == [Action.PASS, Action.DENY, Action.ACCEPT]
    assert [rule.name for rule in policy.ingress] == ["Pass", "Deny", "Allow"]
    assert [rule.route for rule in policy.ingress] == [("spec", "ingress", index) for index in range(3)]
