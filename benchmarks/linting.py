"""The answers of the lint, within this process."""

from __future__ import annotations

from collections.abc import Sequence

from verifier.analyses.lint.finding import Finding
from verifier.analyses.lint.registry import RULES, findings
from verifier.analyses.lint.scene import Scene
from verifier.cluster import Cluster

_EVERYTHING = frozenset(rule.id for rule in RULES)
_SECONDS = 600.0  # nobody is to run out of time


def linted(cluster: Cluster) -> Sequence[Finding]:
    """Return what any rule finds.

    Raises:
        RuntimeError: something could not be decided.
    """
    scene = Scene(cluster, _SECONDS)
    found = tuple(findings(scene, _EVERYTHING))
    if scene.undecided:
        raise RuntimeError(f"the lint could not decide {scene.undecided[0]}")
    return found
