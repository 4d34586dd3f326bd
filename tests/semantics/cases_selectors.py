"""SEL-1 to SEL-6: label selectors, as peers of `db` that `web` does or does not match."""

from collections.abc import Mapping
from typing import Any

from tests.semantics.cast import DB, LONER, PROM, WEB, Case, flow, into_db_from, policy

WEB_TO_DB = flow(WEB, DB, 5432)


def expression(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"key": key, "operator": operator, **({"values": list(values)} if values else {})}


def web_row(item: str, name: str, selector: Mapping[str, Any], matches: bool) -> Case:
    """web's labels: app=web, tier=front, note= (empty)."""
    return Case(item, name, into_db_from({"podSelector": selector}), WEB_TO_DB, matches)


def expressions_row(item: str, name: str, matches: bool, *expressions: Mapping[str, Any]) -> Case:
    return web_row(item, name, {"matchExpressions": list(expressions)}, matches)


SELECTOR_CASES = [
    web_row("SEL-1", "two labels, both there", {"matchLabels": {"app": "web", "tier": "front"}}, True),
    web_row("SEL-1", "two labels, one wrong", {"matchLabels": {"app": "web", "tier": "back"}}, False),
    web_row("SEL-1", "two labels, one missing", {"matchLabels": {"app": "web", "zone": "a"}}, False),
    web_row(
        "SEL-1",
        "labels and expressions both hold",
        {"matchLabels": {"app": "web"}, "matchExpressions": [expression("tier", "Exists")]},
        True,
    ),
    web_row(
        "SEL-1",
        "the labels hold, an expression does not",
        {"matchLabels": {"app": "web"}, "matchExpressions": [expression("zone", "Exists")]},
        False,
    ),
    web_row(
        "SEL-1",
        "an expression holds, the labels do not",
        {"matchLabels": {"app": "db"}, "matchExpressions": [expression("tier", "Exists")]},
        False,
    ),
    web_row("SEL-1", "values are compared as written", {"matchLabels": {"app": "Web"}}, False),
    web_row("SEL-2", "the empty selector", {}, True),
    web_row("SEL-2", "empty lists inside", {"matchLabels": {}, "matchExpressions": []}, True),
    web_row("SEL-2", "nulls inside", {"matchLabels": None, "matchExpressions": None}, True),
    Case(
        "SEL-2",
        "a pod without labels",
        into_db_from({"namespaceSelector": {}, "podSelector": {}}),
        flow(LONER, DB, 5432),
        True,
    ),
    expressions_row("SEL-3", "In, the value is listed", True, expression("app", "In", "api", "web")),
    expressions_row("SEL-3", "In, the value is not listed", False, expression("app", "In", "api", "db")),
    expressions_row("SEL-3", "In, the key is missing", False, expression("zone", "In", "a")),
    expressions_row("SEL-3", "In with the empty value", True, expression("note", "In", "")),
    expressions_row("SEL-3", "In with the empty value, key missing", False, expression("zone", "In", "")),
    expressions_row("SEL-3", "Exists", True, expression("tier", "Exists")),
    expressions_row("SEL-3", "Exists, with the empty value", True, expression("note", "Exists")),
    expressions_row("SEL-3", "Exists, the key is missing", False, expression("zone", "Exists")),
    expressions_row("SEL-4", "NotIn, the value is not listed", True, expression("app", "NotIn", "db")),
    expressions_row("SEL-4", "NotIn, the value is listed", False, expression("app", "NotIn", "db", "web")),
    expressions_row("SEL-4", "NotIn, the key is missing", True, expression("zone", "NotIn", "a")),
    expressions_row("SEL-4", "NotIn the empty value, key missing", True, expression("zone", "NotIn", "")),
    expressions_row("SEL-4", "NotIn the empty value", False, expression("note", "NotIn", "")),
    expressions_row("SEL-4", "DoesNotExist, the key is missing", True, expression("zone", "DoesNotExist")),
    expressions_row("SEL-4", "DoesNotExist, the key is there", False, expression("app", "DoesNotExist")),
    expressions_row("SEL-4", "DoesNotExist, empty value", False, expression("note", "DoesNotExist")),
    Case(
        "SEL-4",
        "NotIn on a namespace without labels",
        into_db_from({"namespaceSelector": {"matchExpressions": [expression("team", "NotIn", "ops")]}}),
        flow(LONER, DB, 5432),
        True,
    ),
    Case(
        "SEL-4",
        "NotIn on a namespace with the value",
        into_db_from({"namespaceSelector": {"matchExpressions": [expression("team", "NotIn", "ops")]}}),
        flow(PROM, DB, 5432),
        False,
    ),
    Case(
        "SEL-4",
        "NotIn in a subject selects pods that lack the key",
        (policy({"podSelector": {"matchExpressions": [expression("tier", "NotIn", "front")]}}),),
        WEB_TO_DB,
        False,
    ),
    web_row("SEL-5", "the empty value", {"matchLabels": {"note": ""}}, True),
    web_row("SEL-5", "the empty value, key missing", {"matchLabels": {"zone": ""}}, False),
    web_row("SEL-5", "the empty value, key with another", {"matchLabels": {"tier": ""}}, False),
    expressions_row(
        "SEL-6",
        "Exists and DoesNotExist",
        False,
        expression("app", "Exists"),
        expression("app", "DoesNotExist"),
    ),
    expressions_row(
        "SEL-6",
        "two In that overlap",
        True,
        expression("app", "In", "web", "api"),
        expression("app", "In", "web"),
    ),
    expressions_row(
        "SEL-6",
        "two In that are disjoint",
        False,
        expression("app", "In", "web"),
        expression("app", "In", "api"),
    ),
    expressions_row(
        "SEL-6",
        "In and NotIn the same",
        False,
        expression("app", "In", "web"),
        expression("app", "NotIn", "web"),
    ),
    Case(
        "SEL-6",
        "a contradictory subject selects nothing",
        (
            policy(
                {
                    "podSelector": {
                        "matchExpressions": [expression("app", "Exists"), expression("app", "DoesNotExist")]
                    }
                }
            ),
        ),
        WEB_TO_DB,
        True,
    ),
]
