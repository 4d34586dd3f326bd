"""`verify explain`: what it says to a person and to a program, and of bad questions."""

from __future__ import annotations

import json
import re
from io import StringIO
from pathlib import Path

import pytest

from tests.cli.programs import SHOP, run, shop
from verifier.cli.explain import Format
from verifier.diagnostics import InputError
from verifier.explain import explain
from verifier.reading import loads
from verifier.render.explanation import markdown, print_explanation, print_markdown
from verifier.render.explanation_json import explanation

MISSPELT = SHOP.replace(
    "from: [{podSelector: {matchLabels: {app: web}}}]", "from: [{podSelector: {matchLabels: {app: wbe}}}]"
)
# Whether another replica is the pod itself is not said; the policy does not let replicas reach each other.
REPLICAS = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: inside, namespace: shop}
spec:
  podSelector: {}
  ingress: [{from: [{ipBlock: {cidr: 10.1.0.0/16}}]}]
"""


def text_of(manifests: str, source: str, destination: str, port: str) -> str:
    cluster, out = loads(manifests, file="shop.yaml"), StringIO()
    print_explanation(explain(cluster, source, destination, port), cluster, out)
    return out.getvalue()


def test_a_denial_names_the_label_that_differs_and_the_change(tmp_path: Path) -> None:
    shop(tmp_path)
    (tmp_path / "shop.yaml").write_text(MISSPELT, "utf-8")

    done = run("explain", "shop/web", "shop/db", "5432", "-f", "shop.yaml", folder=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("DENIED  shop/web -> shop/db on 5432/TCP\n")
    assert "from[0] fails: podSelector `app: wbe`: the pod has `app: web` (shop.yaml:21:" in done.stdout
    assert "ports[0] matches: 5432/TCP (shop.yaml:22:" in done.stdout
    assert "to allow it" in done.stdout


def test_an_allowed_flow_needs_no_change() -> None:
    text = text_of(SHOP, "shop/web", "shop/Pod/db", "5432/TCP")

    assert text.startswith("ALLOWED")
    assert "ingress[0] (shop.yaml:21:7): matches" in text
    assert "to allow it" not in text


def test_what_an_answer_depends_on_is_said_for_both_answers() -> None:
    text = text_of(REPLICAS, "shop/web", "shop/web", "80")

    assert text.startswith("DEPENDS")
    assert "allowed, for one" in text
    assert "denied, for one" in text
    assert "surely so if:" in text
    assert "10.1.0.0/16" in text


def test_json_has_every_part_with_its_place() -> None:
    cluster = loads(MISSPELT, file="shop.yaml")

    found = explanation(explain(cluster, "shop/web", "shop/db", "5432"), cluster)

    assert list(found) == [
        *("source", "destination", "protocol", "port", "allowed", "reason", "unmodelled", "cases")
    ]
    (case,) = found["cases"]
    (tier,) = case["ingress"]["tiers"]
    (policy,) = tier["policies"]
    (rule,) = policy["rules"]
    assert set(policy) == {"policy", "priority", "location", "selects", "applies", "note", "rules"}
    assert set(rule) == {"rule", "name", "location", "matches", "action", "note", "peers", "ports"}
    assert rule["peers"] == [
        {
            "matches": False,
            "text": "podSelector `app: wbe`: the pod has `app: web`",
            "location": {"file": "shop.yaml", "line": 21, "column": 48},
        }
    ]
    assert [part["matches"] for part in rule["ports"]] == [True]
    assert case["change"][0]["policy"] == "shop/db"
    json.dumps(found)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("shop/wbe", "shop/db", "80"), "error[unknown-endpoint]: no pod or workload is called `shop/wbe`"),
        (("shop", "shop/db", "80"), "error[invalid-endpoint]"),
        (("node:n1", "shop/db", "80"), "error[unknown-endpoint]: no Node is called `n1`"),
        (("ip:1.2.3", "shop/db", "80"), "error[invalid-address]"),
        (("ip:192.0.2.1", "ip:192.0.2.2", "80"), "error[no-pod]"),
        (("shop/web", "shop/db", "0"), "error[invalid-port]"),
        (("shop/web", "shop/db", "80/ICMP"), "error[invalid-protocol]"),
        (
            ("shop/web", "shop/db", "metrics"),
            "error[unknown-port]: `shop/db` declares no port called `metrics`",
        ),
    ],
)
def test_bad_questions_exit_2(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    shop(tmp_path)

    done = run("explain", *arguments, "shop.yaml", folder=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_port_by_name_is_that_of_the_destination() -> None:
    named = SHOP.replace(
        "{name: db, image: db}", "{name: db, image: db, ports: [{name: sql, containerPort: 5432}]}"
    )
    second = "{name: b, image: b, ports: [{name: sql, containerPort: 53, protocol: UDP}]}"
    twice = named.replace("containerPort: 5432}]}", f"containerPort: 5432}}]}}, {second}")

    assert "on 5432/TCP" in text_of(named, "shop/web", "shop/db", "sql")
    assert "on 53/UDP" in text_of(twice, "shop/web", "shop/db", "sql/UDP")
    with pytest.raises(InputError, match="calls 53/UDP and 5432/TCP `sql`: say which"):
        text_of(twice, "shop/web", "shop/db", "sql")


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "![x](https://example.org/x.png)",
        "a``b`<b>",
        "`",
        "**bold** _it_ @somebody #1",
        "https://example.org www.example.org",
        "| a | b |",
        "x&lt;",
        "two\nlines\x1b[31m",
    ],
)
def test_markdown_has_no_markup_from_names(hostile: str) -> None:
    cluster, out = loads(MISSPELT, file=f"{hostile}.yaml"), StringIO()
    print_markdown(explain(cluster, "shop/web", "shop/db", "5432"), cluster, out)

    for shown in (markdown(f"pod `app: {hostile}` ({hostile}:1:1)"), *out.getvalue().splitlines()):
        outside = re.sub(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", "", shown)
        assert not re.search(r"[<>`@&\[\]|]|://|www\.|_", outside.replace("->", "")), shown
        assert "#" not in outside.removeprefix("## ")


def test_the_formats_are_three() -> None:
    assert [str(each) for each in Format] == ["text", "json", "markdown"]
