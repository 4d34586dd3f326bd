"""Of all counterexamples one that its reader can do something about."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soundness.cluster import SHOP, decide, pod
from verifier.flow import Pod
from verifier.verdict import FlowCounterexample, Refuted


@pytest.mark.parametrize("host", ["agent", "zebra"])
def test_a_pod_that_policies_govern_comes_before_one_on_the_host_network(host: str, tmp_path: Path) -> None:
    manifests = SHOP + pod(host, spec="hostNetwork: true,") + pod("monitor", "app: monitor")

    verdict = decide(tmp_path, manifests, "forbid: {from: {namespace: shop}, to: internet}").verdict

    assert isinstance(verdict, Refuted)
    assert isinstance(verdict.counterexample, FlowCounterexample)
    source = verdict.counterexample.flow.source
    assert isinstance(source, Pod)
    assert source.name == "monitor"
