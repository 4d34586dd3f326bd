"""How large the clusters are and how often everything is measured."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from benchmarks.properties import property_file
from benchmarks.workload import DEFAULT_SEED, generate

_generated = lru_cache(maxsize=1)(generate)  # the largest takes long, and is asked about in several ways


@dataclass(frozen=True, slots=True)
class Size:
    """What one run of the benchmarks measures."""

    pods: int = 1000
    policies: int = 500
    namespaces: int = 20
    seed: int = DEFAULT_SEED
    rounds: int = 7

    def __str__(self) -> str:
        return f"{_short(self.pods)} pods / {_short(self.policies)} policies"

    def manifests(self, siblings: int = 1) -> str:
        """Return the cluster, with that many pods of each make."""
        return _generated(
            pods=self.pods,
            policies=self.policies,
            namespaces=self.namespaces,
            seed=self.seed,
            siblings=siblings,
        )

    def properties(self) -> str:
        """Return the property file for `cluster.yaml`."""
        return property_file(self.namespaces)


def _short(count: int) -> str:
    return f"{count // 1000}k" if count >= 1000 and count % 1000 == 0 else str(count)


SMALL, MIDDLE, LARGE = Size(1000, 100), Size(), Size(10000, 1000, 100)
HUGE = Size(100_000, 5000, 500)
LINTED, VERSIONS = Size(200, 50, 10), Size(500, 250)  # what a peer can do in minutes
QUICK = Size(pods=40, policies=24, namespaces=4, rounds=1)
