"""A property that speaks of nobody says what there is instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soundness.cluster import DB, SHOP, WEB, decide, deployment, namespace, pod
from verifier.manifest.spelling import listed, suggestion
from verifier.verdict import Vacuous

TIER = pod("cache", "app: cart, tier: cache")
OTHER = namespace("other", "team: data, env: prod") + pod("etl", "app: etl", where="other")
EMPTY = namespace("empty", "team: none")
PORTS = pod("api", "app: api").replace(
    "image: i}",
    "image: i, ports: [{name: metrics, containerPort: 9000}, {name: dns, containerPort: 53, protocol: UDP}]}",
)
PEOPLE = SHOP + WEB + DB + TIER + OTHER + EMPTY


def hints(folder: Path, statement: str, manifests: str = PEOPLE) -> tuple[str, ...]:
    verdict = decide(folder, manifests, statement).verdict
    assert isinstance(verdict, Vacuous)
    return verdict.hints


@pytest.mark.parametrize(
    ("end", "hint"),
    [
        (
            "{namespace: shop, podSelector: {matchLabels: {app: wbe}}}",
            "no pod of namespace `shop` matches `app: wbe`; as `app` there are `cart`, `db`, `web`"
            " (did you mean `web`?)",
        ),
        (
            "{namespace: shop, podSelector: {matchExpressions: [{key: app, operator: In, values: [p, q]}]}}",
            "no pod of namespace `shop` matches `app In (p, q)`; as `app` there are `cart`, `db`, `web`",
        ),
        (
            "{namespace: other, podSelector: {matchExpressions: [{key: app, operator: DoesNotExist}]}}",
            "no pod of namespace `other` matches `app DoesNotExist`; as `app` there is `etl`",
        ),
        (
            "{namespace: shop, podSelector: {matchLabels: {ap: web}}}",
            "no pod of namespace `shop` has a label `ap`; did you mean `app`? There are `app`, `tier`",
        ),
        (
            "{podSelector: {matchLabels: {app: web, tier: cache}}}",
            "no pod matches all of `app: web`, `tier: cache`",
        ),
        (
            "{namespaceSelector: {matchLabels: {team: dta}}}",
            "no namespace matches `team: dta`; as `team` there are `data`, `none` (did you mean `data`?)",
        ),
        (
            "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shpo}}}",
            "no namespace matches `kubernetes.io/metadata.name: shpo`; as `kubernetes.io/metadata.name`"
            " there are `empty`, `other`, `shop` (did you mean `shop`?)",
        ),
        (
            "{namespaceSelector: {matchLabels: {zone: a}}}",
            "no namespace has a label `zone`; there are `env`, `kubernetes.io/metadata.name`, `team`",
        ),
        (
            "{namespaceSelector: {matchLabels: {team: none}}}",
            "there is no pod of the namespaces with `team: none`: `empty`",
        ),
        (
            "{namespaceSelector: {matchLabels: {team: data}}, podSelector: {matchLabels: {app: web}}}",
            "no pod of the namespaces with `team: data` matches `app: web`; as `app` there is `etl`",
        ),
        ("{namespace: empty}", "namespace `empty` has no pods; those of `other`, `shop` have"),
        (
            "{workload: web, podSelector: {matchLabels: {app: db}}}",
            "no workload that the other fields select is called `web`; there is `db`",
        ),
        ("{namespace: other, except: {workload: etl}}", "`except` takes away all of `other/etl`"),
        (
            "{namespace: other, ipBlock: {cidr: 203.0.113.0/24}}",
            "no pod that the other fields select can have an address in `203.0.113.0/24`",
        ),
    ],
)
def test_what_there_is_instead(end: str, hint: str, tmp_path: Path) -> None:
    assert hints(tmp_path, f"forbid: {{from: {end}, to: external}}") == (f"`from`: {hint}",)
    assert hints(tmp_path, f"cover: {{pods: {end}}}") == (f"`pods`: {hint}",)


def test_each_end_and_each_part_of_one_has_its_own(tmp_path: Path) -> None:
    nobody, no_one = "{podSelector: {matchLabels: {app: dbb}}}", "{namespace: empty}"

    assert hints(tmp_path, f"require: {{from: {no_one}, to: [{no_one}, {nobody}]}}") == (
        "`from`: namespace `empty` has no pods; those of `other`, `shop` have",
        "`to`: namespace `empty` has no pods; those of `other`, `shop` have",
        "`to`: no pod matches `app: dbb`; as `app` there are `cart`, `db`, `etl`, `web` (did you mean `db`?)",
    )


def test_a_label_that_a_controller_adds_may_have_any_value(tmp_path: Path) -> None:
    template = deployment("web", "app: web")
    selector = "{matchLabels: {pod-template-hash: abc, app: wbe}}"

    found = hints(tmp_path, f"forbid: {{from: {{podSelector: {selector}}}, to: external}}", SHOP + template)

    assert found == ("`from`: no pod matches `app: wbe`; as `app` there is `web` (did you mean `web`?)",)


def test_a_port_that_no_destination_declares(tmp_path: Path) -> None:
    statement = "forbid: {from: any, to: {namespace: shop}, ports: [%s]}"

    assert hints(tmp_path, statement % "metrcs", SHOP + PORTS) == (
        "no destination has a TCP port called `metrcs`; did you mean `metrics`?",
    )
    assert hints(tmp_path, statement % "dns", SHOP + PORTS) == (
        "no destination has a TCP port called `dns`; there is `metrics`",
    )
    assert hints(tmp_path, statement % "dns", SHOP + WEB) == ("no destination has a TCP port called `dns`",)


@pytest.mark.parametrize(
    ("statement", "hint"),
    [
        (
            "{namespaces: {matchLabels: {team: x}}, by: team}",
            "no namespace matches `team: x`; as `team` there are `data`, `none`",
        ),
        (
            "{namespaces: {}, by: tema}",
            "none of `empty`, `other`, `shop` has a label `tema`; did you mean `team`?"
            " There are `env`, `kubernetes.io/metadata.name`, `team`",
        ),
        ("{namespaces: {}, by: env}", "as `env` there is `prod` alone: there is nothing to keep apart"),
        ("{namespaces: {}, by: team}", "as `team` there are `data`, `none`, and pods in `data` of them"),
    ],
)
def test_groups_that_are_none(statement: str, hint: str, tmp_path: Path) -> None:
    assert hints(tmp_path, f"isolate: {statement}") == (hint,)


UNDECLARED = pod("tool", where="partner")


def test_of_a_namespace_that_is_not_declared_the_name_is_known(tmp_path: Path) -> None:
    names = "[partner, shop, other, empty]"
    expression = f"{{key: kubernetes.io/metadata.name, operator: NotIn, values: {names}}}"
    statement = f"forbid: {{from: {{namespaceSelector: {{matchExpressions: [{expression}]}}}}, to: external}}"

    (hint,) = hints(tmp_path, statement, PEOPLE + UNDECLARED)

    assert hint.startswith("`from`: no namespace matches `kubernetes.io/metadata.name NotIn")
    assert hint.endswith("there are `empty`, `other`, `partner`, `shop`")


@pytest.mark.parametrize(
    ("namespaces", "hint"),
    [
        (
            "{matchLabels: {team: data}}",
            ("`namespaces` asks for `team: data` alone: there is nothing to keep apart",),
        ),
        (
            "{matchExpressions: [{key: team, operator: In, values: [data]}]}",
            ("`namespaces` asks for `team: data` alone: there is nothing to keep apart",),
        ),
        # The namespace that is not declared cannot be among them.
        (
            "{matchLabels: {kubernetes.io/metadata.name: other}}",
            ("as `team` there is `data` alone: there is nothing to keep apart",),
        ),
        ("{matchExpressions: [{key: team, operator: DoesNotExist}]}", ()),
    ],
)
def test_groups_where_a_namespace_is_not_declared(
    namespaces: str, hint: tuple[str, ...], tmp_path: Path
) -> None:
    statement = f"isolate: {{namespaces: {namespaces}, by: team}}"

    assert hints(tmp_path, statement, PEOPLE + UNDECLARED) == hint


@pytest.mark.parametrize(
    ("end", "hint"),
    [
        (
            "{ipBlock: {cidr: 172.20.0.1/32}}",
            "`172.20.0.1/32` lies in `spec.network.serviceCIDRs`:"
            " no pod, no node and nobody outside has a Service's address",
        ),
        ("{ipBlock: {cidr: 127.0.0.0/8}}", "nobody can have an address in `127.0.0.0/8`"),
        (
            "{namespace: shop, ipBlock: {cidr: 10.43.0.0/24}}",
            "no pod that the other fields select can have an address in `10.43.0.0/24`",
        ),
    ],
)
def test_a_block_that_is_nobodys(end: str, hint: str, tmp_path: Path) -> None:
    network = "network: {podCIDRs: [10.42.0.0/16], serviceCIDRs: [172.20.0.0/16], nodeCIDRs: [10.43.0.0/24]}"
    verdict = decide(tmp_path, PEOPLE, f"forbid: {{from: {{namespace: shop}}, to: {end}}}", network).verdict

    assert isinstance(verdict, Vacuous)
    assert verdict.hints == (f"`to`: {hint}",)


def test_of_many_names_a_few_are_listed_in_order() -> None:
    names = [f"n{number:02}" for number in range(20)]

    assert listed(reversed(names)) == "`n00`, `n01`, `n02`, `n03`, `n04`, `n05`, `n06`, `n07` and 12 more"
    assert listed(["b", "a", "b"]) == "`a`, `b`"
    assert listed(["evil\x1b[2J\u202e"]) == r"`evil\x1b[2J\u202e`"


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ([], None),
        (["web"], "did you mean `web`?"),
        (["web", "api"], "did you mean `web`? There are `api`, `web`"),
        (["payments"], "there is `payments`"),
        (["payments", "api"], "there are `api`, `payments`"),
    ],
)
def test_a_name_that_nobody_bears(known: list[str], said: str | None) -> None:
    assert suggestion("wbe", known) == said
