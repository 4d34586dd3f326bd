"""The benchmarks run, and measure what they say they measure."""

from __future__ import annotations

import json
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from benchmarks import again, peer_map, redundancy
from benchmarks.__main__ import main
from benchmarks.edit import with_another_port
from benchmarks.growth import Growth
from benchmarks.policies import METRICS_PORT
from benchmarks.properties import property_file, three_a_namespace
from benchmarks.result import Result, in_seconds
from benchmarks.size import QUICK
from benchmarks.table import as_markdown, growth_as_markdown
from benchmarks.workload import Kind, generate, namespace_names
from verifier.analyses.lint.redundancy import Redundancy
from verifier.cluster import Cluster
from verifier.manifest.labels import Operator
from verifier.pieces import Contradictory, Found, Outcome
from verifier.population import World
from verifier.reading import loads
from verifier.remembered import Remembered
from verifier.report import Report
from verifier.verdict import Proved, Word
from verifier.verify import check

ROOT = Path(__file__).resolve().parent.parent
small = partial(generate, pods=60, policies=60, namespaces=4)


def test_a_cluster_has_the_size_asked_for() -> None:
    cluster = loads(small())

    assert len(cluster.population.workloads) == 60
    assert len(cluster.policies) == 60
    assert sorted(cluster.population.namespaces) == sorted(namespace_names(4))
    assert cluster.warnings == ()


def test_the_same_seed_gives_the_same_text() -> None:
    assert small(seed=3) == small(seed=3)
    assert small(seed=3) != small(seed=4)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(Kind.POD, {"Pod"}), (Kind.DEPLOYMENT, {"Deployment"}), (Kind.MIXED, {"Pod", "Deployment"})],
)
def test_kinds(kind: Kind, expected: set[str]) -> None:
    cluster = loads(small(kind=kind))

    assert {workload.kind for workload in cluster.population.workloads} == expected


def test_siblings_differ_in_nothing_that_a_policy_sees() -> None:
    alone = loads(small())
    crowded = loads(small(siblings=3))

    assert [(p.title, p.spec) for p in crowded.policies] == [(p.title, p.spec) for p in alone.policies]
    assert _makes(crowded) == Counter({make: 3 * count for make, count in _makes(alone).items()})
    names = [workload.title for workload in crowded.population.workloads]
    assert len(set(names)) == len(names) == 180


def _makes(cluster: Cluster) -> Counter[tuple[object, ...]]:
    return Counter(
        (w.namespace, tuple(sorted((k, v) for k, v in w.labels.items() if k != "pod-template-hash")), w.ports)
        for w in cluster.population.workloads
    )


def test_policies_use_every_field() -> None:
    text = generate(pods=60, policies=400, namespaces=8)

    for operator in Operator:
        assert f"operator: {operator}" in text
    for field in (
        "except:",
        "endPort:",
        "namespaceSelector:",
        "port: metrics",
        "cidr: 2001:db8:",
        "cidr: ::/0",
    ):
        assert field in text


def test_the_properties_are_worth_deciding(tmp_path: Path) -> None:
    """Some hold and some do not, and the one about the whole cluster holds: a proof is what takes long."""
    report = _checked(tmp_path, pods=60, policies=260, namespaces=8)
    words = [result.verdict.word for result in report.sets[0].properties]

    assert len(words) == 9
    assert {Word.PROVED, Word.REFUTED} == set(words[:-1])
    assert words[-1] is Word.PROVED
    assert f"port {METRICS_PORT}" in report.sets[0].properties[-1].prop.name


def test_three_properties_of_each_namespace(tmp_path: Path) -> None:
    """The pods of every namespace do resolve names; whatever else holds, nothing is vacuous."""
    tmp_path.joinpath("cluster.yaml").write_text(small(), encoding="utf-8")
    properties = tmp_path / "properties.yaml"
    properties.write_text(three_a_namespace(4), encoding="utf-8")
    words = [result.verdict.word for result in check(str(properties)).results]

    assert len(words) == 12
    assert set(words[2::3]) == {Word.PROVED}
    assert set(words) <= {Word.PROVED, Word.REFUTED}


def _checked(folder: Path, *, pods: int, policies: int, namespaces: int) -> Report:
    text = generate(pods=pods, policies=policies, namespaces=namespaces)
    folder.joinpath("cluster.yaml").write_text(text, encoding="utf-8")
    properties = folder / "properties.yaml"
    properties.write_text(property_file(namespaces), encoding="utf-8")
    return check(str(properties))


def test_ratios_are_taken_within_a_round() -> None:
    result = Result("b", "a", (1.0, 10.0, 2.0), (3.0, 10.0, 4.0), target=2.0)

    assert list(result.ratios) == [3.0, 1.0, 2.0]
    assert result.ratio == 2.0
    assert result.met is True


def test_seconds_are_ratios_to_one_second() -> None:
    result = in_seconds("b", [0.25, 0.5, 0.125], 0.2)

    assert result.ratio == 0.25
    assert result.met is False


@pytest.mark.parametrize("exponent", [0.0, 1.0, 2.0])
def test_the_exponent_of_a_power_is_found(exponent: float) -> None:
    sizes = (100, 300, 1000, 3000)
    seconds = tuple((1e9, 0.5 * size**exponent, 0.0) for size in sizes)

    assert Growth("b", "pods", sizes, seconds).exponent == pytest.approx(exponent)


def test_one_policy_gets_another_port() -> None:
    before, after = loads(small()), loads(with_another_port(small(), ["monitoring"]))
    pairs = zip(before.policies, after.policies, strict=True)
    (changed,) = [new for old, new in pairs if (old.title, old.spec) != (new.title, new.spec)]

    assert changed.namespace == "monitoring"
    assert "4321" in str(changed.spec)


def test_other_answers_of_the_solver_alone_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Redundancy, "alone", lambda self, part: True)

    with pytest.raises(RuntimeError, match="the solver alone says otherwise"):
        redundancy.measure(QUICK)


def test_only_a_share_of_the_namespaces_is_asked_about() -> None:
    (whole,), (half,) = redundancy.measure(QUICK), redundancy.measure(QUICK, 0.5)

    assert "50% of the namespaces" in half.measured
    assert "namespaces" not in whole.measured


def test_other_verdicts_with_what_was_found_before_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    proved = Found({World.SNAPSHOT: Proved(), World.ANY_POD: Proved()}, (), 0.0)
    monkeypatch.setattr(
        Remembered,
        "all",
        lambda self, pieces: [
            Outcome([proved] * len(piece.batch), Contradictory((), exhaustive=True), None, compared=False)
            for piece in pieces
        ],
    )

    with pytest.raises(RuntimeError, match="other verdicts"):
        again.measure(QUICK, QUICK.namespaces)


def test_without_a_peer_it_is_said_that_it_is_skipped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("NETQED_NCA", raising=False)

    assert peer_map.measure(QUICK) == []
    assert "peer-map: skipped" in capsys.readouterr().err


def test_a_quick_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every row but those of peers, which few have."""
    out = tmp_path / "results.json"
    monkeypatch.delenv("NETQED_NCA", raising=False)

    main(["--quick", "--json", str(out)])

    data = json.loads(out.read_text("utf-8"))
    targets = {result["target"] for result in data["results"]}
    assert targets >= {0.45, 1.4, 0.03, 0.06, 2.0, 0.8, 200, 800, 1.3, 3.0, 0.9, 1.0, 0.1, 0.25}
    ratios = [result for result in data["results"] if "ratio_median" in result]
    assert all(result["base_median"] > 0 and result["measured_median"] > 0 for result in ratios)
    (anew,) = [result for result in data["results"] if "total" in result]
    assert 0 < anew["count"] <= anew["total"] == 12
    assert {(each["measured"], each["of"]) for each in data["growth"]} >= {
        ("lint", "pods"),
        ("lint", "policies"),
    }
    told = capsys.readouterr().out
    assert "whole program" in told
    assert "exponent" in told


def test_the_page_shows_the_last_results(update_golden: bool) -> None:
    page, results = ROOT / "docs/performance.md", sorted((ROOT / "benchmarks/results").glob("*.json"))
    data = json.loads(results[-1].read_text("utf-8"))
    expected = page.read_text("utf-8")
    for marker, table in (("results", as_markdown(data)), ("growth", growth_as_markdown(data))):
        begin, end = f"<!-- {marker} -->\n", f"<!-- end of {marker} -->"
        before, _, rest = expected.partition(begin)
        _, _, after = rest.partition(end)
        expected = f"{before}{begin}{table}{end}{after}"

    if update_golden:
        page.write_text(expected, encoding="utf-8")
    assert page.read_text("utf-8") == expected
