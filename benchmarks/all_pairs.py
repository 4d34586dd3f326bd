"""All pairs of a large cluster with exact ports: in what time, and in what memory?"""

from __future__ import annotations

import gc
import resource
from time import process_time

from benchmarks.result import Peak, Result
from benchmarks.size import Size
from verifier.cluster import build_cluster
from verifier.mapper import connection_map
from verifier.source import decode

MOST_SECONDS, MOST_MEBIBYTES = 2.0, 800
_KIB_PER_MIB = 1024


def measure(size: Size) -> list[Result | Peak]:
    """Return the CPU time of the map of a cluster that has been read, and the memory of both.

    The base is one second, so that the ratio is the time.
    """
    cluster = build_cluster(decode(size.manifests().encode(), "cluster.yaml")[0])
    gc.collect()
    gc.freeze()  # as the program does not look at what it has read again
    seconds = []
    for _ in range(size.rounds):
        begin = process_time()
        rows = connection_map(cluster).rows()
        seconds.append(process_time() - begin)
        del rows
        gc.collect()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB_PER_MIB
    return [
        Result(f"map, {size}", "one second", (1.0,) * size.rounds, tuple(seconds), MOST_SECONDS),
        Peak(f"peak memory, reading and map, {size}", peak, MOST_MEBIBYTES),
    ]
