"""ANP-1 to ANP-7: who is asked, in which order, and who decides."""

from tests.semantics.cast import (
    AGENT_2,
    DB,
    LONER,
    PROM,
    WEB,
    Case,
    app,
    flow,
    into_db,
    out_of_web,
)
from tests.semantics.tiered import (
    OF_OPS,
    OF_SHOP,
    allow,
    anp,
    banp,
    deny,
    leave,
    number,
    pods,
)
from verifier.readings import Readings

WEB_TO_DB = flow(WEB, DB, 5432)
PROM_TO_DB = flow(PROM, DB, 5432)
DB_TO_WEB = flow(DB, WEB, 8080)
POD = Readings(baseline_handover="pod")
FROM_WEB = {"from": [{"podSelector": app("web")}]}
A, B, C, D = (f"AdminNetworkPolicy/{name}" for name in "abcd")

SUBJECT_CASES = [
    Case("ANP-1", "namespaces", (), WEB_TO_DB, False, tiers=(anp(subject=OF_SHOP, ingress=[deny()]),)),
    Case("ANP-1", "other namespaces", (), WEB_TO_DB, True, tiers=(anp(subject=OF_OPS, ingress=[deny()]),)),
    Case(
        "ANP-1",
        "every namespace, one without labels too",
        (),
        flow(PROM, LONER, 80),
        False,
        tiers=(anp(ingress=[deny()]),),
    ),
    Case(
        "ANP-1",
        "by the name that the control plane writes",
        (),
        flow(PROM, LONER, 80),
        False,
        tiers=(
            anp(
                subject={"namespaces": {"matchLabels": {"kubernetes.io/metadata.name": "bare"}}},
                ingress=[deny()],
            ),
        ),
    ),
    Case("ANP-1", "pods", (), WEB_TO_DB, False, tiers=(anp(subject=pods("db"), ingress=[deny()]),)),
    Case("ANP-1", "other pods", (), WEB_TO_DB, True, tiers=(anp(subject=pods("web"), ingress=[deny()]),)),
    Case(
        "ANP-1",
        "pods of other namespaces",
        (),
        WEB_TO_DB,
        True,
        tiers=(anp(subject=pods("db", team="ops"), ingress=[deny()]),),
    ),
    Case(
        "ANP-1",
        "host-network pods are no subject",
        (),
        flow(WEB, AGENT_2, 9100),
        True,
        tiers=(anp(ingress=[deny()]),),
    ),
]

ORDER_IN_TIER_CASES = [
    Case(
        "ANP-2",
        "the lower priority comes first",
        (),
        WEB_TO_DB,
        True,
        tiers=(anp(20, name="b", ingress=[deny()]), anp(10, ingress=[allow()])),
    ),
    Case(
        "ANP-2",
        "the lower priority comes first: deny",
        (),
        WEB_TO_DB,
        False,
        tiers=(anp(20, name="b", ingress=[allow()]), anp(10, ingress=[deny()])),
    ),
    Case("ANP-2", "rules from the top", (), WEB_TO_DB, False, tiers=(anp(ingress=[deny(), allow()]),)),
    Case(
        "ANP-2", "the first that matches", (), WEB_TO_DB, True, tiers=(anp(ingress=[deny(OF_OPS), allow()]),)
    ),
    Case(
        "ANP-2",
        "both parts of a rule must match",
        (),
        WEB_TO_DB,
        True,
        tiers=(anp(ingress=[deny(ports=[number(80)]), deny(OF_OPS, ports=[number(5432)])]),),
    ),
    Case("ANP-2", "egress at the source", (), WEB_TO_DB, False, tiers=(anp(egress=[deny()]),)),
    Case(
        "ANP-2",
        "egress of the destination does not matter",
        (),
        WEB_TO_DB,
        True,
        tiers=(anp(subject=pods("db"), egress=[deny()]),),
    ),
    Case(
        "ANP-2",
        "ingress of the source does not matter",
        (),
        WEB_TO_DB,
        True,
        tiers=(anp(subject=pods("web"), ingress=[deny()]),),
    ),
    Case(
        "ANP-2",
        "a policy that does not speak of the pod is left out",
        (),
        WEB_TO_DB,
        False,
        tiers=(anp(1, subject=OF_OPS, ingress=[allow()]), anp(2, name="b", ingress=[deny()])),
    ),
    Case(
        "ANP-2",
        "a policy whose rules do not match is left out",
        (),
        WEB_TO_DB,
        False,
        tiers=(anp(1, ingress=[allow(OF_OPS)]), anp(2, name="b", ingress=[deny()])),
    ),
]

ACTION_CASES = [
    Case(
        "ANP-3", "Allow overrides NetworkPolicy", into_db(), WEB_TO_DB, True, tiers=(anp(ingress=[allow()]),)
    ),
    Case(
        "ANP-3", "Deny overrides NetworkPolicy", into_db({}), WEB_TO_DB, False, tiers=(anp(ingress=[deny()]),)
    ),
    Case(
        "ANP-3",
        "Allow overrides Baseline",
        (),
        WEB_TO_DB,
        True,
        tiers=(anp(ingress=[allow()]), banp(ingress=[deny()])),
    ),
    Case(
        "ANP-3",
        "Pass leads to NetworkPolicy, which refuses",
        into_db(),
        WEB_TO_DB,
        False,
        tiers=(anp(ingress=[leave()]),),
    ),
    Case(
        "ANP-3",
        "Pass leads to NetworkPolicy, which allows",
        into_db(FROM_WEB),
        WEB_TO_DB,
        True,
        tiers=(anp(ingress=[leave()]), banp(ingress=[deny()])),
    ),
    Case(
        "ANP-3",
        "Pass leads on to Baseline",
        (),
        WEB_TO_DB,
        False,
        tiers=(anp(ingress=[leave()]), banp(ingress=[deny()])),
    ),
    Case(
        "ANP-3",
        "Pass skips the rules after it",
        (),
        WEB_TO_DB,
        True,
        tiers=(anp(ingress=[leave(), deny()]),),
    ),
    Case(
        "ANP-3",
        "Pass skips the policies after it",
        (),
        WEB_TO_DB,
        True,
        tiers=(anp(1, ingress=[leave()]), anp(2, name="b", ingress=[deny()])),
    ),
    Case(
        "ANP-3",
        "Pass of other traffic skips nothing",
        (),
        WEB_TO_DB,
        False,
        tiers=(anp(1, ingress=[leave(OF_OPS)]), anp(2, name="b", ingress=[deny()])),
    ),
    Case(
        "ANP-3",
        "Pass on one side leaves the other",
        (),
        WEB_TO_DB,
        False,
        tiers=(anp(1, ingress=[leave()]), anp(2, name="b", egress=[deny()])),
    ),
]

HANDOVER_CASES = [
    Case("ANP-4", "no rule matches: NetworkPolicy", into_db(), WEB_TO_DB, False, tiers=(anp(),)),
    Case(
        "ANP-4",
        "NetworkPolicy decides before Baseline",
        into_db(FROM_WEB),
        WEB_TO_DB,
        True,
        tiers=(banp(ingress=[deny()]),),
    ),
    Case(
        "ANP-4",
        "what NetworkPolicy refuses Baseline does not allow",
        into_db(),
        WEB_TO_DB,
        False,
        tiers=(banp(ingress=[allow()]),),
    ),
    Case("ANP-4", "not isolated: Baseline", (), WEB_TO_DB, False, tiers=(banp(ingress=[deny()]),)),
    Case("ANP-4", "nothing there: allowed", (), WEB_TO_DB, True, tiers=(banp(ingress=[deny(OF_OPS)]),)),
    Case(
        "ANP-5",
        "a policy without a rule that matches isolates nobody",
        (),
        WEB_TO_DB,
        True,
        tiers=(anp(ingress=[allow(OF_OPS)], egress=[allow(OF_OPS)]),),
    ),
    Case(
        "ANP-5",
        "a policy without ingress rules does not affect ingress",
        into_db(),
        flow(PROM, DB, 1),
        False,
        tiers=(anp(egress=[allow()]),),
    ),
    Case(
        "ANP-6",
        "Baseline's rules from the top",
        (),
        WEB_TO_DB,
        True,
        tiers=(banp(ingress=[allow(), deny()]),),
    ),
    Case(
        "ANP-6",
        "Baseline denies egress",
        (),
        WEB_TO_DB,
        False,
        tiers=(banp(subject=pods("web"), egress=[deny()]),),
    ),
    Case(
        "ANP-7",
        "Allow at the source leaves the destination's tiers",
        (),
        WEB_TO_DB,
        False,
        tiers=(anp(1, egress=[allow()]), anp(2, name="b", ingress=[deny()])),
    ),
    Case(
        "ANP-7",
        "Allow at the source leaves the destination's NetworkPolicy",
        into_db(),
        WEB_TO_DB,
        False,
        tiers=(anp(egress=[allow()]),),
    ),
    Case(
        "ANP-7",
        "Allow at the destination leaves the source's NetworkPolicy",
        out_of_web(),
        WEB_TO_DB,
        False,
        tiers=(anp(ingress=[allow()]),),
    ),
    Case(
        "ANP-7",
        "Allow on both sides",
        (*out_of_web(), *into_db()),
        WEB_TO_DB,
        True,
        tiers=(anp(ingress=[allow()], egress=[allow()]),),
    ),
]

ORDER_CASES = [*SUBJECT_CASES, *ORDER_IN_TIER_CASES, *ACTION_CASES, *HANDOVER_CASES]
