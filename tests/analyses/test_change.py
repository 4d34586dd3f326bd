"""What would let a refused flow through: the smallest change, in words and as a patch."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.analyses.patching import changed
from tests.soundness.cluster import DB, DENY_ALL, SHOP, WEB, decide, deployment, namespace, node, pod, policy
from tests.soundness.test_rules import INTO_BLOCK
from verifier.analyses.patch import patched
from verifier.flow import Direction, RuleRef
from verifier.reading import load
from verifier.semantics import decide as decided
from verifier.verdict import Change, Depends, FlowCounterexample, Json, Operation, Refuted

OTHER = namespace("other", "team: data") + pod("etl", "app: etl", where="other")
METRICS = pod("db", "app: db").replace("i}", "i, ports: [{name: metrics, containerPort: 9187}]}")
THE_WEB, THE_DB = "{namespace: shop, workload: web}", "{namespace: shop, workload: db}"
TO_DB = f"require: {{from: {THE_WEB}, to: {THE_DB}, ports: [5432]}}"
FROM_ETL = TO_DB.replace(THE_WEB, "{namespace: other, workload: etl}")
FROM_WEB = "from: [{podSelector: {matchLabels: {app: web}}}]"
NAME = "kubernetes.io/metadata.name"


def into_db(*rules: str, name: str = "p") -> str:
    return policy(f"{{podSelector: {{matchLabels: {{app: db}}}}, ingress: [{', '.join(rules)}]}}", name=name)


def refuted(folder: Path, manifests: str, statement: str, spec: str = "") -> FlowCounterexample:
    verdict = decide(folder, manifests, statement, spec).verdict
    assert isinstance(verdict, Refuted)
    assert isinstance(verdict.counterexample, FlowCounterexample)
    return verdict.counterexample


def change(folder: Path, manifests: str, statement: str) -> Change:
    (found,) = refuted(folder, manifests, statement).changes
    return found


@pytest.mark.parametrize(
    ("manifests", "statement", "text", "index"),
    [
        pytest.param(
            into_db(f"{{{FROM_WEB}, ports: [{{port: 80}}]}}"),
            TO_DB,
            "add port 5432/TCP to",
            0,
            id="port",
        ),
        pytest.param(
            into_db(f"{{{FROM_WEB}, ports: [{{port: metric}}]}}"),
            TO_DB.replace("5432", "9187"),
            "write port `metrics` instead of `metric` in",
            0,
            id="misspelt port name",
        ),
        pytest.param(
            into_db(f"{{{FROM_WEB}, ports: [{{port: scrape}}]}}"),
            TO_DB.replace("5432", "9187"),
            "add port 9187/TCP to",
            0,
            id="another port name",
        ),
        pytest.param(
            into_db("{from: [{podSelector: {matchLabels: {app: api}}}], ports: [{port: 5432}]}"),
            TO_DB,
            "add pods `app: web` of namespace `shop` to the peers of",
            0,
            id="peer",
        ),
        pytest.param(
            into_db("{from: [{podSelector: {matchLabels: {app: wep}}}]}"),
            TO_DB,
            "write `app: web` instead of `app: wep` in the podSelector of from[0] of",
            0,
            id="misspelt label",
        ),
        pytest.param(
            pod("other", "app: wep") + into_db("{from: [{podSelector: {matchLabels: {app: wep}}}]}"),
            TO_DB,
            "add pods `app: web` of namespace `shop` to the peers of",
            0,
            id="a label that somebody bears is no misspelling",
        ),
        pytest.param(
            into_db("{from: [{podSelector: {matchExpressions: [{key: app, operator: In, values: [api]}]}}]}"),
            TO_DB,
            "add `web` to the values of `app` in the podSelector of from[0] of",
            0,
            id="value",
        ),
        pytest.param(
            OTHER + into_db("{from: [{namespaceSelector: {matchLabels: {name: other}}}]}"),
            FROM_ETL,
            f"write `{NAME}: other` instead of `name: other` in the namespaceSelector of from[0] of",
            0,
            id="the name is no label",
        ),
        pytest.param(
            OTHER + into_db("{from: [{podSelector: {matchLabels: {app: etl}}}]}"),
            FROM_ETL,
            f"add namespaceSelector `{NAME}: other` to from[0] of",
            0,
            id="namespaceSelector",
        ),
        pytest.param(
            OTHER + into_db("{from: [{podSelector: {matchLabels: {app: db}}}]}"),
            FROM_ETL,
            "add pods `app: etl` of namespace `other` to the peers of",
            0,
            id="a peer of this namespace stays",
        ),
        pytest.param(
            into_db(f"{{{FROM_WEB}, ports: [{{port: 80}}]}}", "{ports: [{port: 81}]}"),
            TO_DB,
            "add port 5432/TCP to",
            0,
            id="no port is opened to everybody",
        ),
        pytest.param(
            into_db("{ports: [{port: 81}]}"),
            TO_DB,
            "add an ingress rule (from pods `app: web` of namespace `shop` on 5432/TCP) to",
            None,
            id="rule",
        ),
        pytest.param(
            into_db("{from: [{namespaceSelector: {}}], ports: [{port: 81}]}"),
            TO_DB,
            "add an ingress rule (from pods `app: web` of namespace `shop` on 5432/TCP) to",
            None,
            id="every pod is everybody",
        ),
        pytest.param(
            into_db(),
            TO_DB.replace(THE_WEB, "{ipBlock: {cidr: 203.0.113.7/32}}"),
            "add an ingress rule (from ipBlock `203.0.113.7/32` on 5432/TCP) to",
            None,
            id="address",
        ),
        pytest.param(
            into_db("{from: [{ipBlock: {cidr: 203.0.113.0/24, except: [203.0.113.0/28]}}]}"),
            TO_DB.replace(THE_WEB, "{ipBlock: {cidr: 203.0.113.7/32}}"),
            "add ipBlock `203.0.113.7/32` to the peers of",
            0,
            id="an exception stays",
        ),
    ],
)
def test_the_smallest_change(
    manifests: str, statement: str, text: str, index: int | None, tmp_path: Path
) -> None:
    found = change(tmp_path, SHOP + WEB + METRICS + manifests, statement)

    assert found.text == text
    assert found.policy == "shop/p"
    assert found.rule == (None if index is None else RuleRef("shop/p", Direction.INGRESS, index))


def test_an_isolated_pod_without_a_rule_gets_a_policy_of_its_own(tmp_path: Path) -> None:
    shown = refuted(tmp_path, SHOP + WEB + DB + DENY_ALL, TO_DB)

    egress, ingress = shown.changes
    assert egress.text == (
        "add a NetworkPolicy to namespace `shop` that selects pods `app: web`, with an egress rule"
        " (to pods `app: db` of namespace `shop` on 5432/TCP)"
    )
    assert ingress.manifest == {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "allow-ingress-db", "namespace": "shop"},
        "spec": {
            "podSelector": {"matchLabels": {"app": "db"}},
            "policyTypes": ["Ingress"],
            "ingress": [
                {
                    "from": [{"podSelector": {"matchLabels": {"app": "web"}}}],
                    "ports": [{"port": 5432, "protocol": "TCP"}],
                }
            ],
        },
    }
    assert (ingress.policy, ingress.rule, ingress.patch) == (None, None, ())


def test_a_new_policy_has_a_new_name(tmp_path: Path) -> None:
    taken = policy("{podSelector: {}}", name="allow-ingress-db")

    found = change(tmp_path, SHOP + WEB + DB + taken, TO_DB)

    assert isinstance(found.manifest, dict)
    assert found.manifest["metadata"] == {"name": "allow-ingress-db-2", "namespace": "shop"}


def test_a_policy_that_lost_its_pods_selects_them_again(tmp_path: Path) -> None:
    into = policy(
        "{podSelector: {matchExpressions: [{key: app, operator: In, values: [data]}]},"
        f" policyTypes: [Ingress], ingress: [{{{FROM_WEB}}}]}}",
        name="into",
    )
    shut = policy("{podSelector: {}, policyTypes: [Ingress]}", name="shut")

    found = change(tmp_path, SHOP + WEB + DB + shut + into, TO_DB)

    assert found.text == "add `db` to the values of `app` in the podSelector of"
    assert (found.policy, found.rule) == ("shop/into", None)


def test_no_policy_is_made_to_isolate_a_pod_in_another_direction(tmp_path: Path) -> None:
    into = policy(
        "{podSelector: {matchExpressions: [{key: app, operator: In, values: [data]}]},"
        f" policyTypes: [Ingress, Egress], ingress: [{{{FROM_WEB}}}]}}",
        name="into",
    )
    shut = policy("{podSelector: {}, policyTypes: [Ingress]}", name="shut")

    found = change(tmp_path, SHOP + WEB + DB + shut + into, TO_DB)

    assert found.text.startswith("add a NetworkPolicy to namespace `shop` that selects pods `app: db`, with")


def test_no_policy_is_made_to_isolate_another_pod(tmp_path: Path) -> None:
    into = policy(
        "{podSelector: {matchExpressions: [{key: app, operator: In, values: [data]}]},"
        f" policyTypes: [Ingress], ingress: [{{{FROM_WEB}}}]}}",
        name="into",
    )
    db = pod("db", "app: db, tier: data")
    shut = policy("{podSelector: {matchLabels: {tier: data}}}", name="shut")

    found = change(tmp_path, SHOP + WEB + db + shut + into, TO_DB)
    assert (found.policy, found.text) == (
        "shop/into",
        "add `db` to the values of `app` in the podSelector of",
    )

    found = change(tmp_path, SHOP + WEB + db + shut + into + pod("open", "app: db"), TO_DB)
    assert found.policy == "shop/shut"
    assert found.text.startswith("add an ingress rule (from pods `app: web`")


def test_no_new_policy_isolates_a_pod_that_is_open(tmp_path: Path) -> None:
    # The policy selects by a label that a controller adds, so it is none to add a rule to; and whatever
    # selects the pods of the Deployment by their own labels selects the bare Pod too, which is open now.
    hashed = policy("{podSelector: {matchExpressions: [{key: pod-template-hash, operator: Exists}]}}")
    people = SHOP + WEB + deployment("db", "app: db") + hashed

    assert change(tmp_path, people, TO_DB).text.startswith("add a NetworkPolicy to namespace `shop`")
    assert refuted(tmp_path, people + pod("open", "app: db"), TO_DB).changes == ()


@pytest.mark.parametrize(
    ("web", "twin", "told"),
    [
        ("app: web, tier: front", "app: api, tier: front", "`app: web`"),
        # One application may have pods of several versions.
        ("app: web, version: v1", "app: web, version: v2", "`app: web`"),
        ("app: shop, component: web", "app: shop, component: api", "`component: web`"),
        (
            "app: shop, part-of: x, app.kubernetes.io/name: front",
            "app: shop, part-of: x, app.kubernetes.io/name: back",
            "`app.kubernetes.io/name: front`",
        ),
        ("tier: front, role: x", "tier: back, role: x", "`tier: front`"),
        ("tier: front, role: x", "tier: front, role: x", "`tier: front`, `role: x`"),
        ("app: web, pod-template-hash: abc", "app: api, pod-template-hash: abd", "`app: web`"),
        ("pod-template-hash: abc", "app: web", "`pod-template-hash: abc`"),
    ],
)
def test_as_few_labels_as_tell_an_application_apart(web: str, twin: str, told: str, tmp_path: Path) -> None:
    people = SHOP + pod("web", web) + pod("twin", twin) + DB + into_db()

    assert f"(from pods {told} of namespace" in change(tmp_path, people, TO_DB).text


def test_labels_that_a_controller_adds_are_never_used(tmp_path: Path) -> None:
    web = deployment("web", "app: web")
    asks = into_db("{from: [{podSelector: {matchLabels: {pod-template-hash: abc}}}], ports: [{port: 80}]}")

    found = change(tmp_path, SHOP + web + DB + asks, TO_DB)

    assert found.text == "add an ingress rule (from pods `app: web` of namespace `shop` on 5432/TCP) to"


@pytest.mark.parametrize(
    ("statement", "manifests", "word"),
    [
        pytest.param(
            "require: {from: {node: n1}, to: {namespace: shop, workload: db}}",
            node("n1") + node("n2") + pod("db", "app: db", spec="nodeName: n2,") + into_db(),
            "refuted",
            id="a node whose address is not stated",
        ),
        pytest.param(
            f"require: {{from: {THE_DB}, to: {{namespaceSelector: {{matchLabels: {{a: b}}}}}}}}",
            DB + policy("{podSelector: {}, policyTypes: [Egress]}"),
            "refuted",
            id="a pod of a namespace that nobody shows",
        ),
        pytest.param(
            TO_DB,
            WEB + DB + INTO_BLOCK,
            "depends",
            id="an address that is not stated",
        ),
        pytest.param(
            TO_DB,
            WEB + DB + INTO_BLOCK + into_db(name="into"),
            "refuted",
            id="the other side hangs on one",
        ),
    ],
)
def test_where_nobody_can_be_sure_nothing_is_said(
    statement: str, manifests: str, word: str, tmp_path: Path
) -> None:
    verdict = decide(tmp_path, SHOP + manifests, statement, "world: any-pod").verdict

    assert isinstance(verdict, Refuted | Depends)
    assert isinstance(verdict.counterexample, FlowCounterexample)
    assert (verdict.word, verdict.counterexample.changes) == (word, ())


@pytest.mark.parametrize(("reading", "told"), [("true", {1}), ("false", {2}), ("free", {0, 2})])
def test_a_side_that_hangs_on_a_free_reading_is_not_sure(
    reading: str, told: set[int], tmp_path: Path
) -> None:
    db = pod("db", "app: db", ip="10.0.0.9")
    spec = f"readings: {{cidr_matches_pods: {reading}}}"

    shown = refuted(tmp_path, SHOP + WEB + db + INTO_BLOCK + into_db(name="into"), TO_DB, spec)

    assert len(shown.changes) in told


def test_nothing_is_said_where_a_policy_of_another_kind_has_a_word(tmp_path: Path) -> None:
    unmodelled = (
        "---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n"
        "metadata: {name: c, namespace: %s}\nspec: {endpointSelector: {}}\n"
    )
    people = SHOP + OTHER + WEB + DB + into_db() + deployment("web2", "app: x", where="other")
    beside = refuted(tmp_path, people + unmodelled % "other", TO_DB)

    assert len(beside.changes) == 1
    verdict = decide(tmp_path, people + unmodelled % "shop", TO_DB).verdict
    shown = getattr(verdict, "counterexample", None)
    assert isinstance(shown, FlowCounterexample)
    assert shown.changes == ()


def test_only_a_require_has_changes(tmp_path: Path) -> None:
    shown = refuted(
        tmp_path, SHOP + WEB + DB + into_db(f"{{{FROM_WEB}}}"), TO_DB.replace("require", "forbid")
    )

    assert shown.changes == ()


def test_what_one_side_needs_may_serve_the_other(tmp_path: Path) -> None:
    # Both ends are to be selected by the same policy, whose one label is misspelt.
    both = policy(
        "{podSelector: {matchLabels: {tier: shp}}, policyTypes: [Ingress, Egress],"
        " ingress: [{}], egress: [{}]}",
        name="both",
    )
    pods = pod("web", "app: web, tier: shop") + pod("db", "app: db, tier: shop")

    shown = refuted(tmp_path, SHOP + pods + DENY_ALL + both, TO_DB)

    (only,) = shown.changes
    assert only.text == "write `tier: shop` instead of `tier: shp` in the podSelector of"
    after = changed(load(str(tmp_path / "manifests.yaml")).policies, shown.changes)
    assert decided(shown.flow, after, shown.readings).allowed


@pytest.mark.parametrize(
    "operation",
    [
        Operation("remove", ("spec", "ingress")),
        Operation("replace", ("spec", "egress", 3), 1),
        Operation("add", ("status", "x"), 1),
        Operation("remove", ("spec", "egress", 0, "to")),
        Operation("remove", ("spec", "egress", 0)),
    ],
)
def test_a_patch_that_leads_nowhere_is_refused(operation: Operation) -> None:
    document: Json = {"spec": {"egress": [1]}}

    with pytest.raises(ValueError, match=r"expected something|cannot"):
        patched(document, [operation])
    assert document == {"spec": {"egress": [1]}}


def test_a_pointer_escapes_what_would_end_a_step() -> None:
    assert Operation("remove", ("a/b", 0, "c~d", "-")).pointer == "/a~1b/0/c~0d/-"
