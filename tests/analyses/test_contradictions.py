"""S-17: properties that no policies can satisfy together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.soundness.cluster import DB, DENY_ALL, SHOP, WEB, namespace, pod
from verifier.cli.main import app
from verifier.report import SetReport
from verifier.verify import check

PATTERNS = Path(__file__).resolve().parents[2] / "examples" / "patterns"
OPS = namespace("ops", "team: ops") + pod("mon", "app: mon", where="ops")
WEB_TO_DB = "{from: {namespace: shop, workload: web}, to: {namespace: shop, workload: db}}"


def write(folder: Path, manifests: str, properties: dict[str, str], spec: str = "") -> str:
    (folder / "manifests.yaml").write_text(manifests, "utf-8")
    lines = [f"  - name: {name}\n    {statement}" for name, statement in properties.items()]
    file = folder / "properties.yaml"
    file.write_text(
        "apiVersion: netqed.dev/v1\nkind: PropertySet\nspec:\n  manifests: [manifests.yaml]\n"
        f"  {spec}\n  properties:\n" + "\n".join(lines) + "\n",
        "utf-8",
    )
    return str(file)


def found(folder: Path, manifests: str, *statements: str, spec: str = "") -> SetReport:
    properties = {f"p{number}": statement for number, statement in enumerate(statements)}
    (report,) = check(write(folder, manifests, properties, spec)).sets
    return report


def pairs(report: SetReport) -> list[tuple[str, str]]:
    assert report.all_contradictions
    return [(each.required[0], each.refused[0]) for each in report.contradictions]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(f"forbid: {WEB_TO_DB}", id="forbid"),
        pytest.param("only: {from: {namespace: ops}, to: {namespace: shop, workload: db}}", id="only"),
        pytest.param("isolate: {by: kubernetes.io/metadata.name}", id="isolate"),
    ],
)
def test_s17_a_flow_that_is_required_and_refused(other: str, tmp_path: Path) -> None:
    required = WEB_TO_DB if "isolate" not in other else "{from: {namespace: ops}, to: {namespace: shop}}"

    report = found(tmp_path, SHOP + WEB + DB + OPS, other, f"require: {required}")

    assert pairs(report) == [("p1", "p0")]
    (each,) = report.contradictions
    assert (each.required[1].line, each.refused[1].line) == (9, 7)


@pytest.mark.parametrize("policies", ["", DENY_ALL])
def test_s17_policies_have_no_say_in_it(policies: str, tmp_path: Path) -> None:
    unmodelled = (
        "---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: c, namespace: shop}\n"
    )

    report = found(
        tmp_path, SHOP + WEB + DB + policies + unmodelled, f"forbid: {WEB_TO_DB}", f"require: {WEB_TO_DB}"
    )

    assert pairs(report) == [("p1", "p0")]


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("[80]", "[81, 80/UDP]", False),
        ("[80-90]", "[90-100]", True),
        ("[any/UDP]", "[53/UDP]", True),
        ("[metrics]", "[9090]", False),  # web declares no port of that name
    ],
)
def test_s17_ports_may_keep_them_apart(one: str, other: str, together: bool, tmp_path: Path) -> None:
    required = WEB_TO_DB.replace("}}", f"}}, ports: {one}}}")
    refused = WEB_TO_DB.replace("}}", f"}}, ports: {other}}}")

    report = found(tmp_path, SHOP + WEB + DB, f"require: {required}", f"forbid: {refused}")

    assert bool(pairs(report)) is together


def test_s17_what_is_excepted_keeps_them_apart(tmp_path: Path) -> None:
    report = found(
        tmp_path,
        SHOP + WEB + DB + OPS,
        f"require: {WEB_TO_DB}",
        "forbid: {from: {any: true, except: {namespace: shop, workload: web}}, to: {namespace: shop}}",
        "only: {from: {namespace: shop, podSelector: {matchLabels: {app: web}}}, to: {namespace: shop}}",
        "isolate: {by: kubernetes.io/metadata.name}",
    )

    assert pairs(report) == []


# Who is labelled app=x is nobody that is shown.
ANYBODY = "{from: {namespace: shop, podSelector: {matchLabels: {app: x}}}, to: {namespace: shop}}"


@pytest.mark.parametrize(
    ("require", "forbid", "together"),
    [
        ("world: any-pod", "world: any-pod", True),
        ("world: any-policy", "world: any-pod", True),
        ("world: any-policy", "world: any-policy", True),
        ("expect: {snapshot: vacuous, anyPod: proved}", "world: any-pod", True),
        ("expect: vacuous", "world: any-pod", False),
        ("world: any-pod", "expect: vacuous", False),
        ("world: snapshot", "world: any-pod", False),
    ],
)
def test_s17_both_must_claim_it_in_the_same_world(
    require: str, forbid: str, together: bool, tmp_path: Path
) -> None:
    report = found(
        tmp_path, SHOP + WEB + DB, f"{require}\n    require: {ANYBODY}", f"{forbid}\n    forbid: {ANYBODY}"
    )

    assert bool(pairs(report)) is together


@pytest.mark.parametrize(
    ("expect", "together"),
    [
        ("proved", True),
        ("refuted", False),
        ("depends", False),
        ("{snapshot: proved, anyPod: refuted}", True),
        ("{snapshot: refuted, anyPod: refuted}", False),
    ],
)
def test_s17_who_expects_no_proof_claims_nothing(expect: str, together: bool, tmp_path: Path) -> None:
    report = found(
        tmp_path, SHOP + WEB + DB, f"require: {WEB_TO_DB}", f"expect: {expect}\n    forbid: {WEB_TO_DB}"
    )

    assert bool(pairs(report)) is together


@pytest.mark.parametrize(("address", "together"), [("", False), ("10.0.0.7", True), ("10.1.0.7", False)])
def test_s17_an_unknown_fact_is_no_contradiction(address: str, together: bool, tmp_path: Path) -> None:
    db = pod("db", "app: db", ip=address)
    into_block = "{from: {namespace: shop, workload: web}, to: {ipBlock: {cidr: 10.0.0.0/16}}}"

    report = found(tmp_path, SHOP + WEB + db, f"require: {WEB_TO_DB}", f"forbid: {into_block}")

    assert bool(pairs(report)) is together


def test_s17_wherever_it_is_one_half_is_forbidden(tmp_path: Path) -> None:
    halves = "[{ipBlock: {cidr: 0.0.0.0/1}}, {ipBlock: {cidr: 128.0.0.0/1}}, {ipBlock: {cidr: '::/0'}}]"

    report = found(
        tmp_path,
        SHOP + WEB + DB,
        f"require: {WEB_TO_DB}",
        f"forbid: {{from: {{namespace: shop, workload: web}}, to: {halves}}}",
    )

    assert pairs(report) == [("p0", "p1")]


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("{cidr_matches_pods: true}", "{cidr_matches_pods: false}", False),
        ("{cidr_matches_pods: true}", "{cidr_matches_pods: free}", True),
        ("{cidr_matches_pods: false}", "{endport_support: free}", False),
        ("{cidr_matches_pods: false}", "{cidr_matches_pods: false, endport_support: free}", True),
    ],
)
def test_s17_each_may_hold_in_a_reading_of_its_own(
    one: str, other: str, together: bool, tmp_path: Path
) -> None:
    report = found(
        tmp_path,
        SHOP + WEB + DB,
        f"readings: {one}\n    require: {WEB_TO_DB}",
        f"readings: {other}\n    forbid: {WEB_TO_DB}",
    )

    assert bool(pairs(report)) is together


def test_s17_the_own_node_is_left_out_of_what_is_refused(tmp_path: Path) -> None:
    node = "---\napiVersion: v1\nkind: Node\nmetadata: {name: n1}\n"
    web = pod("web", "app: web", spec="nodeName: n1,")

    report = found(
        tmp_path,
        SHOP + web + node,
        "require: {from: {node: n1}, to: {namespace: shop}}",
        "forbid: {from: node, to: {namespace: shop}}",
    )

    assert pairs(report) == []


def test_s17_many_are_not_all_told(tmp_path: Path) -> None:
    statements = [f"require: {WEB_TO_DB}"] * 5 + [f"forbid: {WEB_TO_DB}"] * 5

    report = found(tmp_path, SHOP + WEB + DB, *statements)

    assert len({(each.required[0], each.refused[0]) for each in report.contradictions}) == 20
    assert not report.all_contradictions


# --- how it reads ------------------------------------------------------------------------------------------


@pytest.fixture
def contradictory(tmp_path: Path) -> str:
    properties = {"web reaches db": f"require: {WEB_TO_DB}", "web is kept out": f"forbid: {WEB_TO_DB}"}
    return write(tmp_path, SHOP + WEB + DB, properties)


def test_it_is_a_warning_and_names_both_with_their_places(contradictory: str) -> None:
    done = CliRunner().invoke(app, [contradictory])

    (line,) = [line for line in done.output.splitlines() if line.startswith("  warning: ")]
    assert line == (
        f"  warning: {contradictory}:7:5: `web reaches db` and `web is kept out` (9:5) contradict each other:"
        " the one wants shop/web (10.0.0.1) -> shop/db (10.0.0.2) on 443/TCP allowed, the other refused"
    )
    assert "`expect: refuted`" in done.output


def test_it_leaves_verdicts_and_exit_code_alone(contradictory: str) -> None:
    report = check(contradictory)
    accepted = Path(contradictory)
    accepted.write_text(f"{accepted.read_text('utf-8')}    expect: refuted\n", "utf-8")

    done = CliRunner().invoke(app, [contradictory])

    assert [str(result.verdict.word) for result in report.results] == ["proved", "refuted"]
    assert (report.exit_code, done.exit_code) == (1, 0)
    assert "contradict" not in done.output


def test_who_wants_it_quiet_is_not_warned(contradictory: str) -> None:
    assert "contradict" not in CliRunner().invoke(app, ["--quiet", contradictory]).output


def test_programs_get_the_flow(contradictory: str) -> None:
    (one,) = json.loads(CliRunner().invoke(app, [contradictory, "--format", "json"]).output)["sets"]

    (each,) = one["contradictions"]
    assert [(of["name"], of["location"]["line"]) for of in each["properties"]] == [
        ("web reaches db", 7),
        ("web is kept out", 9),
    ]
    assert (each["flow"]["source"]["name"], each["flow"]["destination"]["name"]) == ("web", "db")
    assert one["contradictionsExhaustive"] is True


def test_of_the_patterns_those_contradict_that_draw_one_arrow_in_two_ways(tmp_path: Path) -> None:
    folder = PATTERNS / "deny-inbound-except"
    text = (folder / "properties.yaml").read_text("utf-8")
    bare = tmp_path / "properties.yaml"
    kept = [line for line in text.splitlines() if not line.lstrip().startswith("expect:")]
    bare.write_text("\n".join(kept), "utf-8")

    (told,) = check(str(bare), manifests=[str(folder / "manifests")]).sets
    accepted = [one for path in sorted(PATTERNS.glob("*/properties.yaml")) for one in check(str(path)).sets]

    assert [(each.required[0][:2], each.refused[0][:2]) for each in told.contradictions] == [
        ("6b", "6c"),
        ("6b", "6d"),
    ]
    assert len(accepted) == 9
    assert not any(one.contradictions for one in accepted)
