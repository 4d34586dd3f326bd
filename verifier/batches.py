"""Which properties are decided together: in one process, over one set of terms.

What is found of a property hangs a little on what was decided before it with the same terms: of two
counterexamples that are as good, one or the other. So the properties are cut into batches by what the input
says alone, and each batch begins afresh: however many processes there are, and whatever is known from a run
before, the answers are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

from verifier.cluster import Cluster
from verifier.properties.spec.scope import Property

_MOST = 64
_WORK = 32_768  # policies and rules, times properties, that are worth a context of their own


def batches(properties: Sequence[Property], cluster: Cluster) -> list[list[Property]]:
    """Return the properties in batches, in order.

    A batch ends where the name of its last property says so, thus a property that is added or removed
    changes the batch it is in, and hardly ever another one.
    """
    typical = _typical_size(cluster)
    found: list[list[Property]] = []
    for prop in properties:
        if not found or _ends(found[-1], typical):
            found.append([])
        found[-1].append(prop)
    return found


def _typical_size(cluster: Cluster) -> int:
    """Return how many properties a batch is to have: the more there is to look at, the fewer."""
    rules = sum(len(policy.spec.ingress or ()) + len(policy.spec.egress or ()) for policy in cluster.policies)
    return max(1, min(_MOST, _WORK // max(1, len(cluster.policies) + len(cluster.tiers) + rules)))


def _ends(batch: Sequence[Property], typical: int) -> bool:
    if 2 * len(batch) < typical:
        return False
    half = max(1, typical // 2)
    return len(batch) >= 2 * typical or crc32(batch[-1].name.encode()) % half == 0
