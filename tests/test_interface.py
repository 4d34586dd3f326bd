"""The Python interface, used the way docs/python.md shows it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import verifier

PROGRAM = """\
import verifier

cluster = {load}
report = verifier.check("examples/patterns/metrics-port/properties.yaml")
answers = verifier.query(cluster, [("default/prometheus", "default/api", "TCP", 5000)])
print(len(cluster.policies), report.exit_code, report.sets[0].properties[0].verdict.word, answers[0].allowed)
print(sorted(name for name in verifier.__all__ if not hasattr(verifier, name)))
try:
    verifier.loads("kind: Pod")
except verifier.ManifestError as error:
    print(error.diagnostics[0])
print(len(verifier.load("examples/patterns/metrics-port/manifests").policies))
"""


@pytest.mark.parametrize(
    "load",
    [
        'verifier.load("examples/patterns/metrics-port/manifests")',
        'verifier.loads(open("examples/patterns/metrics-port/manifests/policy.yaml").read()'
        ' + "\\n---\\n" + open("examples/patterns/metrics-port/manifests/pods.yaml").read())',
    ],
)
def test_load_check_and_query(load: str, root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore::ResourceWarning", "-c", PROGRAM.format(load=load)],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    first, missing, fault, policies = done.stdout.splitlines()
    assert first == "1 0 proved True"
    assert missing == "[]"
    assert fault.startswith("<text>:1:1: error[")
    assert policies == "1"


def test_there_is_nothing_else(root: Path) -> None:
    program = "import verifier\ntry:\n    verifier.moon\nexcept AttributeError as error:\n    print(error)"

    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, check=True)

    assert done.stdout == b"module 'verifier' has no attribute 'moon'\n"


OTHERS = """\
import verifier
from verifier.difference import Change

before, after = "examples/change/before", "examples/change/after"
change = verifier.diff(before, after)
again = verifier.diff(verifier.load(before), verifier.load(after))
print([len(change.blocks(each)) for each in Change], [len(again.blocks(each)) for each in Change])
print(change.nothing(Change.GAINED), int(change.exit_code))
print(verifier.diff(before, before).nothing(Change.GAINED))
(lost,) = change.blocks(Change.LOST)
print(lost.source.workloads, lost.destination.workloads, lost.named)
cluster = verifier.load(after)
sql = verifier.map(cluster, ports=["5432/TCP"])
print(sorted({w.title for row in sql.rows() for w in row.destination.workloads}))
title = {workload.title: workload for workload in cluster.population.workloads}
for source in ("shop/api", "shop/mailer"):
    print(source, [span.first for span in sql.between(title[source], title["shop/db"]).always])
print(verifier.map(after).rows() == verifier.map(cluster).rows())
"""


def test_diff_and_map(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore::ResourceWarning", "-c", OTHERS],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "[4, 1] [4, 1]",
        "False 1",
        "True",
        "('shop/Deployment/api',) ('shop/StatefulSet/db',) ('sql/TCP',)",
        "['monitoring/prometheus', 'shop/db']",
        "shop/api []",
        "shop/mailer [5432]",
        "True",
    ]


def test_one_cluster_at_a_time() -> None:
    cluster = verifier.loads("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}")

    with pytest.raises(TypeError, match="expected one cluster"):
        verifier.map(cluster, "manifests")
