"""The property file: what its models accept, what they refuse and where, and what it resolves to (S-17)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soundness.cluster import DB, SHOP, WEB, node
from verifier.diagnostics import Diagnostic, InputError
from verifier.flow import Direction, Protocol
from verifier.properties.spec.scope import (
    Cover,
    Forbid,
    Isolate,
    NamedPort,
    Only,
    PortRange,
    Property,
    Require,
    Selection,
    Severity,
    World,
)
from verifier.property_file import Overrides, PropertySet, load_property_sets
from verifier.readings import Profile, profile_choices

HEAD = "apiVersion: netqed.dev/v1\nkind: PropertySet\nspec:\n  manifests: [manifests.yaml]\n"
FIRST_LINE = 7  # of a property that follows HEAD, `properties:` and its name
TO_DB = "to: {namespace: shop, workload: db}"


def load(folder: Path, text: str, overrides: Overrides | None = None) -> PropertySet:
    (folder / "manifests.yaml").write_text(SHOP + WEB + DB + node("n1", "10.9.0.1"), "utf-8")
    file = folder / "properties.yaml"
    file.write_text(text, "utf-8")
    sets, faults = load_property_sets([str(file)], overrides or Overrides())
    if faults:
        raise InputError(faults)
    (one,) = sets
    return one


def resolved(folder: Path, statement: str, spec: str = "") -> Property:
    (found,) = load(folder, f"{HEAD}{spec}  properties:\n    - name: it\n      {statement}\n").properties
    return found


def faults_of(folder: Path, text: str) -> list[Diagnostic]:
    with pytest.raises(InputError) as refused:
        load(folder, text)
    return list(refused.value.diagnostics)


def refused(folder: Path, statement: str, spec: str = "") -> list[tuple[str, str | None, int]]:
    """Return code, field and line of each fault of a file with one property."""
    found = faults_of(folder, f"{HEAD}{spec}  properties:\n    - name: it\n      {statement}\n")
    return [(fault.code, fault.field, fault.span.line) for fault in found]


AT = "spec.properties[0]."


@pytest.mark.parametrize(
    ("written", "ports"),
    [
        ("[5000]", (PortRange(Protocol.TCP, 5000, 5000),)),
        ("['5000']", (PortRange(Protocol.TCP, 5000, 5000),)),
        ("[53/UDP, 53/TCP]", (PortRange(Protocol.UDP, 53, 53), PortRange(Protocol.TCP, 53, 53))),
        ("[8000-8999]", (PortRange(Protocol.TCP, 8000, 8999),)),
        ("[1-65535/SCTP]", (PortRange(Protocol.SCTP, 1, 65535),)),
        ("[any]", (PortRange(None, 1, 65535),)),
        ("[any/UDP]", (PortRange(Protocol.UDP, 1, 65535),)),
        ("[metrics]", (NamedPort("metrics", Protocol.TCP),)),
        ("[dns/UDP]", (NamedPort("dns", Protocol.UDP),)),
    ],
)
def test_ports(written: str, ports: tuple[PortRange | NamedPort, ...], tmp_path: Path) -> None:
    statement = resolved(tmp_path, f"forbid: {{from: any, {TO_DB}, ports: {written}}}").statement

    assert isinstance(statement, Forbid)
    assert statement.ports == ports


@pytest.mark.parametrize(
    "written",
    [
        "0", "65536", "-1", "80-70", "0-9", "1-65536", "80/ICMP", "80/tcp", "80/", "/TCP", "''", "true",
        "1.5", "null", "a--b", "UPPER", "waytoolongforaportname", "80-", "{}", "[80]",
    ],
)  # fmt: skip
def test_what_is_no_port(written: str, tmp_path: Path) -> None:
    statement = f"forbid: {{from: any, {TO_DB}, ports: [{written}]}}"

    assert refused(tmp_path, statement) == [("invalid-port", f"{AT}forbid.ports[0]", FIRST_LINE)]


@pytest.mark.parametrize(
    ("written", "code"), [("[]", "empty-ports"), ("80", "wrong-type"), ("{}", "wrong-type")]
)
def test_ports_are_a_list(written: str, code: str, tmp_path: Path) -> None:
    statement = f"forbid: {{from: any, {TO_DB}, ports: {written}}}"

    assert refused(tmp_path, statement) == [(code, f"{AT}forbid.ports", FIRST_LINE)]


EVERYBODY = Selection(pods=True, externals=True)
IN_SHOP = Selection(pods=True, namespace="shop")


@pytest.mark.parametrize(
    ("written", "endpoints"),
    [
        ("any", (EVERYBODY,)),
        ("external", (Selection(externals=True),)),
        ("internet", (Selection(externals=True, internet=True),)),
        ("node", (Selection(nodes=True),)),
        ("{any: true}", (EVERYBODY,)),
        ("{external: true}", (Selection(externals=True),)),
        ("{node: n1}", (Selection(nodes=True, node="n1"),)),
        ("{namespace: shop}", (IN_SHOP,)),
        ("{workload: web}", (Selection(pods=True, workload=(None, "web")),)),
        ("{workload: Pod/web}", (Selection(pods=True, workload=("Pod", "web")),)),
        ("[{namespace: shop}, external]", (IN_SHOP, Selection(externals=True))),
        (
            "{any: true, except: {namespace: shop}}",
            (Selection(pods=True, externals=True, excluded=(IN_SHOP,)),),
        ),
        ("mine", (IN_SHOP,)),
        ("[mine, node]", (IN_SHOP, Selection(nodes=True))),
    ],
)
def test_endpoints(written: str, endpoints: tuple[Selection, ...], tmp_path: Path) -> None:
    spec = "  endpoints: {mine: {namespace: shop}}\n"

    statement = resolved(tmp_path, f"require: {{from: {written}, {TO_DB}}}", spec).statement

    assert isinstance(statement, Require)
    assert statement.source == endpoints


def test_an_ip_block_alone_is_whoever_has_an_address_there(tmp_path: Path) -> None:
    statement = resolved(tmp_path, f"only: {{from: {{ipBlock: {{cidr: 10.0.0.0/8}}}}, {TO_DB}}}").statement

    assert isinstance(statement, Only)
    (selection,) = statement.source
    assert (selection.pods, selection.externals, selection.nodes) == (True, True, True)
    assert selection.ip_block is not None


@pytest.mark.parametrize(
    ("field", "sorts"),
    [
        ("any: true", (True, True, False)),
        ("external: true", (False, True, False)),
        ("internet: true", (False, True, False)),
        ("node: n1", (False, False, True)),
        ("namespace: shop", (True, False, False)),
    ],
)
def test_an_ip_block_beside_a_field_narrows_it(
    field: str, sorts: tuple[bool, bool, bool], tmp_path: Path
) -> None:
    source = f"{{{field}, ipBlock: {{cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}}}"

    statement = resolved(tmp_path, f"forbid: {{from: {source}, {TO_DB}}}").statement

    assert isinstance(statement, Forbid)
    (selection,) = statement.source
    assert (selection.pods, selection.externals, selection.nodes) == sorts


@pytest.mark.parametrize(
    ("written", "faults"),
    [
        ("{}", [("empty-endpoint", "")]),
        ("[]", [("empty-endpoint", "")]),
        ("{except: any}", [("empty-endpoint", "")]),
        ("5", [("wrong-type", "")]),
        ("null", [("required", "")]),
        ("{any: false}", [("wrong-type", ".any")]),
        ("{namespace: shop, external: true}", [("mixed-endpoint", "")]),
        ("{any: true, internet: true}", [("mixed-endpoint", "")]),
        ("{namespace: shpo}", [("unknown-namespace", ".namespace")]),
        ("{namespace: shop, workload: wbe}", [("unknown-workload", ".workload")]),
        ("{workload: Deployment/web}", [("unknown-workload", ".workload")]),
        ("{node: n2}", [("unknown-node", ".node")]),
        ("nobody", [("unknown-endpoint", "")]),
        ("[any, nobody]", [("unknown-endpoint", "[1]")]),
        ("{any: true, except: nobody}", [("unknown-endpoint", ".except")]),
        ("{namspace: shop}", [("unknown-field", ".namspace")]),
        ("{serviceAccount: robot}", [("not-supported", ".serviceAccount")]),
        ("{podSelector: {matchLabel: {a: b}}}", [("unknown-field", ".podSelector.matchLabel")]),
        ("{ipBlock: {cidr: 10.0.0.0/33}}", [("invalid-cidr", ".ipBlock.cidr")]),
    ],
)
def test_what_is_no_endpoint(written: str, faults: list[tuple[str, str]], tmp_path: Path) -> None:
    expected = [(code, f"{AT}forbid.from{route}", FIRST_LINE) for code, route in faults]

    assert refused(tmp_path, f"forbid: {{from: {written}, {TO_DB}}}") == expected


@pytest.mark.parametrize(
    ("endpoints", "code"),
    [
        ("{a: b, b: a}", "circular-endpoint"),
        ("{a: {any: true, except: a}}", "circular-endpoint"),
        ("{any: {namespace: shop}}", "reserved-name"),
        ("{a: {namespace: shpo}}", "unknown-namespace"),
    ],
)
def test_named_endpoints_are_checked_even_if_nobody_uses_them(
    endpoints: str, code: str, tmp_path: Path
) -> None:
    found = refused(tmp_path, f"forbid: {{from: any, {TO_DB}}}", f"  endpoints: {endpoints}\n")

    assert {of for of, *_ in found} == {code}


@pytest.mark.parametrize("kind", ["reach", "where"])
def test_what_is_not_built_is_refused(kind: str, tmp_path: Path) -> None:
    assert refused(tmp_path, f"{kind}: {{}}") == [("not-supported", f"{AT}{kind}", FIRST_LINE)]
    beside = f"{kind}: {{}}\n      forbid: {{from: any, {TO_DB}}}"
    assert refused(tmp_path, beside) == [("not-supported", f"{AT}{kind}", FIRST_LINE)]
    inside = f"forbid: {{from: any, {TO_DB}, {kind}: x}}"
    assert refused(tmp_path, inside) == [("not-supported", f"{AT}forbid.{kind}", FIRST_LINE)]


def test_the_kinds(tmp_path: Path) -> None:
    isolate = resolved(tmp_path, "isolate: {by: tenant}").statement
    assert isinstance(isolate, Isolate)
    assert (isolate.by, isolate.ports) == ("tenant", ())
    cover = resolved(tmp_path, "cover: {pods: {namespace: shop}}").statement
    assert cover == Cover((IN_SHOP,), (Direction.INGRESS, Direction.EGRESS))
    one_way = resolved(tmp_path, "cover: {pods: {namespace: shop}, directions: [Egress, Egress]}").statement
    assert one_way == Cover((IN_SHOP,), (Direction.EGRESS,))


@pytest.mark.parametrize(
    ("statement", "faults"),
    [
        ("description: nothing", [("no-statement", "spec.properties[0]")]),
        ("isolate: {}", [("required", f"{AT}isolate.by")]),
        ("isolate: {by: -x-}", [("invalid-label-key", f"{AT}isolate.by")]),
        ("cover: {pods: external}", [("not-pods", f"{AT}cover.pods")]),
        ("cover: {pods: [{namespace: shop}, node]}", [("not-pods", f"{AT}cover.pods")]),
        ("cover: {pods: {namespace: shop}, directions: []}", [("empty-list", f"{AT}cover.directions")]),
        (
            "cover: {pods: {namespace: shop}, directions: [egress]}",
            [("unsupported-value", f"{AT}cover.directions[0]")],
        ),
        (f"forbid: {{{TO_DB}}}", [("required", f"{AT}forbid.from")]),
        (f"forbid: {{form: any, {TO_DB}}}", [("unknown-field", f"{AT}forbid.form")]),
        ("forbid: any", [("wrong-type", f"{AT}forbid")]),
        ("forbids: {}", [("unknown-field", f"{AT}forbids")]),
    ],
)
def test_what_is_no_statement(statement: str, faults: list[tuple[str, str]], tmp_path: Path) -> None:
    assert [(code, field) for code, field, _ in refused(tmp_path, statement)] == faults


def test_two_statements_are_two_properties(tmp_path: Path) -> None:
    statement = f"forbid: {{from: any, {TO_DB}}}\n      cover: {{pods: {{namespace: shop}}}}"

    assert refused(tmp_path, statement) == [("two-statements", f"{AT}cover", FIRST_LINE + 1)]


@pytest.mark.parametrize(
    ("expect", "world", "expected"),
    [
        ("", World.SNAPSHOT, {World.SNAPSHOT: "proved"}),
        ("expect: refuted\n      ", World.SNAPSHOT, {World.SNAPSHOT: "refuted"}),
        ("world: any-pod\n      ", World.ANY_POD, {World.ANY_POD: "proved"}),
        ("world: any-pod\n      expect: unknown\n      ", World.ANY_POD, {World.ANY_POD: "unknown"}),
        (
            "expect: {anyPod: refuted}\n      ",
            World.SNAPSHOT,
            {World.SNAPSHOT: "proved", World.ANY_POD: "refuted"},
        ),
        (
            "expect: {snapshot: vacuous, anyPod: proved}\n      ",
            World.SNAPSHOT,
            {World.SNAPSHOT: "vacuous", World.ANY_POD: "proved"},
        ),
    ],
)
def test_expectations(expect: str, world: World, expected: dict[World, str], tmp_path: Path) -> None:
    found = resolved(tmp_path, f"{expect}forbid: {{from: any, {TO_DB}}}")

    assert found.world is world
    assert found.expected == expected


@pytest.mark.parametrize("expect", ["maybe", "{snapshots: proved}", "{snapshot: maybe}", "5", "[proved]"])
def test_what_is_no_expectation(expect: str, tmp_path: Path) -> None:
    found = refused(tmp_path, f"expect: {expect}\n      forbid: {{from: any, {TO_DB}}}")

    assert [line for *_, line in found] == [FIRST_LINE]
    assert found[0][0] in ("unsupported-value", "unknown-field", "wrong-type")


def test_the_world_of_the_command_line_wins_over_all(tmp_path: Path) -> None:
    one = f"{{name: it, world: snapshot, forbid: {{from: any, {TO_DB}}}}}"
    text = f"{HEAD}  world: snapshot\n  properties: [{one}]\n"

    (found,) = load(tmp_path, text, Overrides(world=World.ANY_POD)).properties

    assert found.world is World.ANY_POD


def test_without_a_workload_the_world_is_any_pod(tmp_path: Path) -> None:
    text = f"{HEAD}  properties:\n    - {{name: it, forbid: {{from: any, to: {{namespace: shop}}}}}}\n"
    (tmp_path / "only.yaml").write_text(SHOP, "utf-8")

    (found,) = load(tmp_path, text, Overrides(manifests=(str(tmp_path / "only.yaml"),))).properties

    assert found.world is World.ANY_POD


def test_severity_and_readings_of_set_and_property(tmp_path: Path) -> None:
    spec = "  readings: {self_traffic: free, sctp_support: false}\n"
    statement = (
        f"severity: high\n      readings: {{sctp_support: true}}\n      forbid: {{from: any, {TO_DB}}}"
    )

    found = resolved(tmp_path, statement, spec)

    assert found.severity is Severity.HIGH
    assert found.readings == {
        **profile_choices(Profile.KUBERNETES),
        "self_traffic": "free",
        "sctp_support": True,
    }


@pytest.mark.parametrize(
    ("readings", "code"),
    [
        ("{moon: true}", "unknown-reading"),
        ("{sctp_support: maybe}", "unsupported-value"),
        ("{host_network: true}", "unsupported-value"),
        ("{sctp_support: 1}", "unsupported-value"),
        ("[sctp_support]", "wrong-type"),
    ],
)
def test_what_is_no_reading(readings: str, code: str, tmp_path: Path) -> None:
    found = refused(tmp_path, f"readings: {readings}\n      forbid: {{from: any, {TO_DB}}}")

    assert [(of, line) for of, _, line in found] == [(code, FIRST_LINE)]
