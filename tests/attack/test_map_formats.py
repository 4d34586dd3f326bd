"""Names in a map come from strangers: whatever they write, a format stays what it is."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from itertools import pairwise
from typing import TextIO

from hypothesis import example, given, settings
from hypothesis import strategies as st

from verifier.cluster import Cluster
from verifier.manifest.network_policy import NetworkPolicy
from verifier.mapper import MapReport, connection_map
from verifier.population import Namespace, Population, Workload
from verifier.render.map_graph import print_map_dot, print_map_mermaid
from verifier.render.map_json import print_map_json
from verifier.render.map_tables import print_map_csv, print_map_markdown
from verifier.render.map_text import print_map

HOSTILE = (
    '=HYPERLINK("http://x","y")',
    "@SUM(A1)",
    '"]; click n0 "javascript:alert(1)"',
    'a"] b [label="c',
    "a|b|c",
    "`code` <img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "line\nbreak\r\n| a | b |",
    "\x1b[31mred\x1b]0;title\x07",
    "\u202egnp.exe",
    'back\\slash\\"',
    "end\nsubgraph s0",
    "-->|x| n1",
    "#quot;",
)
NAMES = st.one_of(st.sampled_from(HOSTILE), st.text(min_size=1, max_size=30))
Printer = Callable[[MapReport, TextIO], None]


def report(names: list[str], *, matrix: bool) -> MapReport:
    """A map of workloads and namespaces of those names, some open, some closed but for one rule."""
    spaces = {name: Namespace(name, {"team": name}) for name in names}
    workloads = tuple(
        Workload("Pod", space, name, {"app": name}, single=True) for space in spaces for name in names
    )
    spec = {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"from": [{"podSelector": {}}], "ports": [{"port": 80}]}],
        "egress": [{"to": [{"namespaceSelector": {}}, {"ipBlock": {"cidr": "10.0.0.0/8"}}]}],
    }
    policy = NetworkPolicy.model_validate({"name": "p", "namespace": names[0], "spec": spec})
    made = connection_map(Cluster(Population(spaces, workloads), (policy,)))
    return MapReport(made, made.rows(), made.exposures(), made.matrix() if matrix else None)


def printed(shown: MapReport, printer: Printer) -> str:
    out = io.StringIO()
    printer(shown, out)
    return out.getvalue()


lists = st.lists(NAMES, min_size=1, max_size=3, unique=True)
every = [example(names=[one, other]) for one, other in pairwise(HOSTILE)]


def with_hostile_names(test: Callable[[list[str]], None]) -> Callable[[], None]:
    for each in every:
        test = each(test)
    return settings(max_examples=25)(given(names=lists)(test))


@with_hostile_names
def test_nothing_steers_a_terminal(names: list[str]) -> None:
    for matrix in (False, True):
        shown = report(names, matrix=matrix)
        for printer in (print_map, print_map_csv, print_map_markdown, print_map_dot, print_map_mermaid):
            if not matrix or printer in (print_map, print_map_csv, print_map_markdown):
                text = printed(shown, printer)
                assert all(line.isprintable() for line in text.split("\n")), repr(text)


@with_hostile_names
def test_no_cell_of_a_spreadsheet_is_a_formula(names: list[str]) -> None:
    for matrix in (False, True):
        rows = list(csv.reader(io.StringIO(printed(report(names, matrix=matrix), print_map_csv))))
        assert {len(row) for row in rows} == {len(rows[0])}
        assert not any(re.match(r"\s*[=+\-@\t\r]", cell) for row in rows for cell in row)


@with_hostile_names
def test_tables_keep_their_columns(names: list[str]) -> None:
    for matrix in (False, True):
        text = printed(report(names, matrix=matrix), print_map_markdown)
        table = [line for line in text.split("\n") if line.startswith("|")]
        assert len({line.count("|") for line in table}) == 1
        rest = re.sub(r"(`+).*?\1(?!`)", "", text).replace("<br>", "")
        assert not re.search(r"[<\[\]`]", rest), rest


QUOTED = re.compile(r'"(?:[^"\\\n]|\\.)*"')
DOT_LINE = re.compile(
    r"digraph map \{|rankdir=Q|node \[shape=Q\]|subgraph cluster_\d+ \{|label=Q|\}|"
    r"[np]\d+ \[(?:label|shape)=Q\]|[np]\d+ -> [np]\d+(?: \[(?:label=Q)?(?:, )?(?:style=Q)?\])?"
)


@with_hostile_names
def test_dot_stays_dot(names: list[str]) -> None:
    for line in printed(report(names, matrix=False), print_map_dot).splitlines():
        assert DOT_LINE.fullmatch(QUOTED.sub("Q", line).strip()), line


MERMAID_LINE = re.compile(
    r"flowchart LR|subgraph s\d+\[Q\]|end|n\d+\[Q\]|p\d+\(\(Q\)\)|[np]\d+ -\.?->(?:\|Q\|)? [np]\d+"
)


@with_hostile_names
def test_mermaid_stays_mermaid(names: list[str]) -> None:
    for line in printed(report(names, matrix=False), print_map_mermaid).splitlines():
        assert not re.search(r"[<>`\\]", QUOTED.sub("Q", line).replace("-->", "").replace("-.->", ""))
        assert MERMAID_LINE.fullmatch(re.sub(r'"[^"]*"', "Q", line).strip()), line


@with_hostile_names
def test_json_stays_json(names: list[str]) -> None:
    for matrix in (False, True):
        text = printed(report(names, matrix=matrix), print_map_json)
        assert text.isascii()
        assert json.loads(text)["rows"]
